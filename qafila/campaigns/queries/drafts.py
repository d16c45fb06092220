"""Reads for the new-contract pages: drafts, who could send them and when it would be done, what is in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qafila.campaigns.models import Campaign, CheckState, Draft, TestNumber
from qafila.campaigns.rules.content import content_for, is_template
from qafila.campaigns.rules.drafting import Blocker, content_blockers
from qafila.campaigns.rules.statuses import DUPLICATE_WITHIN
from qafila.campaigns.rules.templates import TemplateForm, form_of
from qafila.dispatch.forecast import Forecast, forecast_new
from qafila.kit.ids import is_public_id, parse_uuid
from qafila.providers import registry
from qafila.senders import queries as senders
from qafila.senders.models import MessageTemplate, Sender, SenderState
from qafila.senders.rules.template_states import code_of


def drafts(business_id: int, *, limit: int = 20) -> list[Draft]:
    """Drafts that are not contracts yet, the one that was changed last first."""
    return list(Draft.objects.filter(business_id=business_id, campaign=None).order_by("-updated_at")[:limit])


def draft(business_id: int, public_id: str) -> Draft | None:
    """One draft; None also for another business's and for one that became a contract."""
    if not is_public_id(public_id, "draft"):
        return None
    return (
        Draft.objects.select_related("business", "sender__provider_account__portfolio")
        .filter(business_id=business_id, public_id=public_id, campaign=None)
        .first()
    )


def test_numbers(business_id: int) -> list[TestNumber]:
    """Numbers for test messages, oldest first."""
    return list(TestNumber.objects.filter(business_id=business_id).order_by("pk"))


def templates(sender: Sender | None) -> list[MessageTemplate]:
    """The templates of a sender's provider account that there are, by name and language."""
    if sender is None or sender.provider_account_id is None:
        return []
    found = MessageTemplate.objects.filter(provider_account_id=sender.provider_account_id)
    return list(found.exclude(status="DELETED").order_by("-can_send", "name", "language"))


def template_of(draft: Draft) -> MessageTemplate | None:
    """The template that a draft names, if its sender's account has it."""
    wanted = parse_uuid(draft.content.get("template", ""))
    if wanted is None or draft.sender is None or draft.sender.provider_account_id is None:
        return None
    return MessageTemplate.objects.filter(
        provider_account_id=draft.sender.provider_account_id, public_id=wanted
    ).first()


def template_form(template: MessageTemplate | None) -> TemplateForm | None:
    """What a template asks for."""
    return form_of(template.components, template.parameter_format) if template else None


def carrier(draft: Draft) -> dict[str, Any]:
    """What carries a draft's texts: nothing (``kind`` text) or the sender's default template."""
    sender = draft.sender
    default = sender.default_template if sender else None
    return content_for(chosen=None, default=default, official=is_official(sender))


def carried_by(draft: Draft) -> MessageTemplate | None:
    """The sender's default template that carries a draft's texts, where one does and it is known."""
    content = carrier(draft)
    if draft.sender is None or not is_template(content):
        return None
    return MessageTemplate.objects.filter(
        provider_account_id=draft.sender.provider_account_id,
        name=content["name"],
        language=content["language"],
    ).first()


def is_official(sender: Sender | None) -> bool:
    """Whether a sender keeps WhatsApp's 24-hour window."""
    account = sender.provider_account if sender else None
    return bool(account and registry.get(account.kind).capabilities.official)


def needs_window(draft: Draft) -> bool:
    """Whether only people with an open window can get these messages: free text on an official number."""
    return (
        draft.content.get("kind") != "template"
        and is_official(draft.sender)
        and not is_template(carrier(draft))
    )


def blockers(draft: Draft, *, audience: bool = True) -> list[Blocker]:
    """What keeps a draft from becoming a contract, the first to be mended first; empty: it may start.

    :param audience: also ask for a finished check with somebody to send to.
    """
    template = template_of(draft) if draft.content.get("kind") == "template" else None
    found = content_blockers(
        draft.content,
        header=draft.reading.get("header", ()) if draft.reading.get("has_header", True) else (),
        columns=draft.columns,
        template=template_form(template),
    )
    found += _sender_blockers(draft.sender)
    if template is not None and not template.can_send:
        words = {"template": f"{template.name} ({template.language})"}
        found.append(Blocker(code_of(template.status), "templates", words))
    if audience:
        found += _audience_blockers(draft)
    return found


def will_be_sent(draft: Draft) -> int:
    """How many messages will really go out, as far as is known now."""
    result = draft.check_result
    good = int(result.get("good", 0))
    if needs_window(draft):
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


@dataclass(frozen=True, slots=True)
class SenderChoice:
    """A sender that could be chosen.

    :ivar state: a value of ``SenderState``. :ivar reason: wording code of what holds it, or "".
    :ivar forecast: None where it cannot send.
    """

    sender: Sender
    state: str
    reason: str
    forecast: Forecast | None

    @property
    def able(self) -> bool:
        """Whether it can send, now or after its rest."""
        return self.forecast is not None


def sender_choices(
    business_id: int, *, count: int, lengths: Sequence[int], now: datetime
) -> list[SenderChoice]:
    """All senders of a business, those that would be done first in front."""
    found = []
    rows = senders.for_business(business_id).select_related("provider_account__portfolio")
    for sender in rows[:200]:
        held = senders.effective(sender)
        able = held.state in (SenderState.READY, SenderState.RESTING)
        forecast = forecast_new(sender, count=count, lengths=lengths, now=now) if able else None
        found.append(SenderChoice(sender, held.state, held.reason, forecast))
    return sorted(found, key=lambda one: (not one.able, one.forecast.seconds if one.forecast else 0.0))


def _sender_blockers(sender: Sender | None) -> list[Blocker]:
    if sender is None:
        return [Blocker("draft_no_sender", "map")]
    held = senders.effective(sender)
    if held.state == SenderState.NOT_CONNECTED:
        return [Blocker("account_not_connected", "senders")]
    if held.state == SenderState.STOPPED:
        return [Blocker("sender_stopped", "senders", {"sender": sender.name, "reason": held.reason})]
    if held.state == SenderState.PAUSED:
        return [Blocker("sender_paused", "senders", {"reason": held.reason})]
    return []


def _audience_blockers(draft: Draft) -> list[Blocker]:
    if draft.check_version != draft.version or draft.check_state not in (CheckState.DONE, CheckState.FAILED):
        return [Blocker("draft_not_checked", "check")]
    if draft.check_state == CheckState.FAILED:
        words: Mapping[str, Any] = draft.check_result.get("words") or {}
        return [Blocker(draft.check_reason, "map", words)]
    result = draft.check_result
    if not result.get("good"):
        return [Blocker("audience_empty", "check")]
    if will_be_sent(draft) == 0:
        return [Blocker("audience_out_of_reach", "check")]
    return []
