"""Reads for the new-contract pages: drafts, what carries their messages, what is in the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from qafila.businesses.models import AuditEntry
from qafila.campaigns.carrying import lacks_number
from qafila.campaigns.models import Campaign, CheckState, Draft, TestNumber
from qafila.campaigns.queries.adding import other_content
from qafila.campaigns.queries.gone import REMEMBERED
from qafila.campaigns.rules.content import content_for, is_template
from qafila.campaigns.rules.drafting import Blocker, content_blockers
from qafila.campaigns.rules.statuses import DUPLICATE_WITHIN
from qafila.campaigns.rules.templates import TemplateForm, form_of
from qafila.campaigns.ways import Way
from qafila.kit.ids import is_public_id, parse_uuid
from qafila.senders.models import MessageTemplate, Package, SenderState
from qafila.senders.package_queries import PackageState, state_of
from qafila.senders.queries import effective
from qafila.senders.rules.template_states import code_of

OVER: Final = (
    *("business", "sender__provider_account__portfolio", "package", "direction__business"),
    *(
        "adds_to__batch",
        "adds_to__business",
        "adds_to__sender__provider_account__portfolio",
        "adds_to__package",
    ),
)
"""What :func:`ways.way_of` needs of a draft, and what is asked of the contract that its rows are for."""


def drafts(business_id: int, *, adds_to: Campaign | None = None, limit: int = 20) -> list[Draft]:
    """Drafts that are not contracts yet, the one that was changed last first.

    :param adds_to: those whose rows are for this contract; None: those that become a new one.
    """
    rows = Draft.objects.filter(business_id=business_id, campaign=None, adds_to=adds_to)
    return list(rows.order_by("-updated_at")[:limit])


def draft(business_id: int, public_id: str) -> Draft | None:
    """One draft; None also for another business's and for one that became a contract."""
    if not is_public_id(public_id, "draft"):
        return None
    return (
        Draft.objects.select_related(*OVER)
        .filter(business_id=business_id, public_id=public_id, campaign=None)
        .first()
    )


def became(business_id: int, public_id: str, *, now: datetime) -> str:
    """Public id of the contract that a draft became in the last two weeks: the draft itself may be gone since. "" where it
    became none, or one that was deleted."""
    if not is_public_id(public_id, "draft"):
        return ""
    made = AuditEntry.objects.filter(
        business_id=business_id,
        action__in=("contract.created", "contract.rows_added"),
        at__gte=now - REMEMBERED,
        detail__draft=public_id,
    )
    ids = list(made.order_by("-pk").values_list("subject_id", flat=True))
    there = Campaign.objects.filter(business_id=business_id, public_id__in=ids, deleted_at=None)
    return next(iter(there.order_by("-pk").values_list("public_id", flat=True)), "")


def test_numbers(business_id: int) -> list[TestNumber]:
    """Numbers for test messages, oldest first."""
    return list(TestNumber.objects.filter(business_id=business_id).order_by("pk"))


def templates(way: Way) -> list[MessageTemplate]:
    """The templates that every number of a way could send, by name and language, those that may be sent first. Numbers of
    several provider accounts have in common what each account has."""
    if not way.accounts:
        return []
    rows = MessageTemplate.objects.filter(provider_account_id__in=way.accounts).exclude(status="DELETED")
    found: dict[tuple[str, str], list[MessageTemplate]] = {}
    for row in rows.order_by("-can_send", "name", "language", "pk"):
        found.setdefault((row.name, row.language), []).append(row)
    return [same[0] for same in found.values() if len(same) == len(way.accounts)]


def template_of(draft: Draft, way: Way) -> MessageTemplate | None:
    """The template that a draft names, as far as the numbers of its way have it."""
    return template_named(draft.content.get("template", ""), draft.business_id, way)


def template_named(public_id: str, business_id: int, way: Way) -> MessageTemplate | None:
    """The template of this id, or the one of its name and language on the provider account that counts now."""
    wanted = parse_uuid(public_id)
    if wanted is None or not way.accounts:
        return None
    named = MessageTemplate.objects.filter(
        public_id=wanted, provider_account__business_id=business_id
    ).first()
    if named is None or way.accounts == {named.provider_account_id}:
        return named
    same = MessageTemplate.objects.filter(
        provider_account_id__in=way.accounts, name=named.name, language=named.language
    )
    rows = list(same.order_by("-can_send", "pk"))
    return rows[0] if len(rows) == len(way.accounts) else None


def template_form(template: MessageTemplate | None) -> TemplateForm | None:
    """What a template asks for."""
    return form_of(template.components, template.parameter_format) if template else None


def carrier(way: Way) -> dict[str, Any]:
    """What carries texts on a way: nothing (``kind`` text) or the default template that its numbers agree on."""
    return content_for(chosen=None, default=way.carrier.default_template, official=way.carrier.official)


def carried_by(way: Way) -> MessageTemplate | None:
    """The default template that carries texts on a way, where one does and it is known."""
    content = carrier(way)
    if not is_template(content):
        return None
    found = MessageTemplate.objects.filter(
        provider_account_id__in=way.accounts, name=content["name"], language=content["language"]
    )
    return found.order_by("-can_send", "pk").first()


def needs_window(draft: Draft, way: Way) -> bool:
    """Whether only people with an open window can get these messages: free text on an official number."""
    return draft.content.get("kind") != "template" and way.carrier.official and not is_template(carrier(way))


def is_carried_by_template(draft: Draft, way: Way) -> bool:
    """Whether a template carries what is sent, chosen or by default."""
    return draft.content.get("kind") == "template" or is_template(carrier(way))


def is_checked(draft: Draft, way: Way) -> bool:
    """Whether the last check holds: of these rows, and where windows matter, over these numbers (a direction may have another
    one by now, a package more)."""
    if draft.check_version != draft.version:
        return False
    asked = draft.check_result.get("numbers")
    return asked is None or not needs_window(draft, way) or asked == sorted(one.pk for one in way.numbers)


def blockers(draft: Draft, way: Way, *, audience: bool = True) -> list[Blocker]:
    """What keeps a draft from becoming a contract, the first to be mended first; empty: it may start.

    :param audience: also ask for a finished check with somebody to send to.
    """
    template = template_of(draft, way) if draft.content.get("kind") == "template" else None
    found = content_blockers(
        draft.content,
        header=draft.reading.get("header", ()) if draft.reading.get("has_header", True) else (),
        columns=draft.columns,
        template=template_form(template),
    )
    # Rows for a contract wait with it, whatever holds its number.
    found += _way_blockers(way) if draft.adds_to is None else other_content(draft, template)
    if template is not None and not template.can_send:
        words = {"template": f"{template.name} ({template.language})"}
        found.append(Blocker(code_of(template.status), "templates", words))
    if audience:
        found += _audience_blockers(draft, way)
    return found


def will_be_sent(draft: Draft, way: Way) -> int:
    """How many messages will really go out, as far as is known now."""
    result = draft.check_result
    good = int(result.get("good", 0))
    if needs_window(draft, way):
        return min(good, int(result.get("windows_open", 0)))
    return max(0, good - int(result.get("opted_out", 0)))


def twin_of(business_id: int, digest: bytes, now: datetime) -> Campaign | None:
    """The latest contract of the last 24 hours with the same content that was, or may still be, sent."""
    return (
        Campaign.objects.filter(
            business_id=business_id, content_hash=digest, created_at__gt=now - DUPLICATE_WITHIN
        )
        .exclude(deleted_at__isnull=False, batch__started_at=None)
        .order_by("-created_at", "-pk")
        .first()
    )


def _way_blockers(way: Way) -> list[Blocker]:
    if way.over is None:
        if way.direction is not None and way.resolution is not None:
            words = lacks_number(way.direction, way.resolution)
            return [Blocker("direction_has_no_number", "senders", words)]
        return [Blocker("draft_no_sender", "map")]
    if isinstance(way.over, Package):
        nothing = state_of(way.numbers) is PackageState.NOTHING_ACTIVE
        return [Blocker("no_active_profiles", "senders")] if nothing else []
    held = effective(way.over)
    if held.state == SenderState.NOT_CONNECTED:
        return [Blocker("account_not_connected", "senders")]
    if held.state == SenderState.STOPPED:
        return [Blocker("sender_stopped", "senders", {"sender": way.over.name, "reason": held.reason})]
    if held.state == SenderState.PAUSED:
        return [Blocker("sender_paused", "senders", {"reason": held.reason})]
    return []


def _audience_blockers(draft: Draft, way: Way) -> list[Blocker]:
    if not is_checked(draft, way) or draft.check_state not in (CheckState.DONE, CheckState.FAILED):
        return [Blocker("draft_not_checked", "check")]
    if draft.check_state == CheckState.FAILED:
        words: Mapping[str, Any] = draft.check_result.get("words") or {}
        return [Blocker(draft.check_reason, "map", words)]
    result = draft.check_result
    if not result.get("good"):
        return [Blocker("audience_empty", "check")]
    if will_be_sent(draft, way) == 0:
        return [Blocker("audience_out_of_reach", "check")]
    return []
