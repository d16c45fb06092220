"""A draft becomes a contract: after a last look at everything, with some seconds in which the start can be taken back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, NotFound, Refused
from qafila.campaigns import checking
from qafila.campaigns.actions.creating import create_contract
from qafila.campaigns.actions.drafts import KEPT_FOR, locked_draft
from qafila.campaigns.actions.opening import audit, check_opening, open_campaign
from qafila.campaigns.actions.planning import set_plan
from qafila.campaigns.actions.running import delete_contract, refuse_duplicate, start_contract
from qafila.campaigns.carrying import word_of
from qafila.campaigns.models import Campaign, Draft, ImportState, TestNumber
from qafila.campaigns.queries.drafts import blockers, carrier, template_form, template_of, twin_of
from qafila.campaigns.rules.beginning import checked
from qafila.campaigns.rules.content import is_template
from qafila.campaigns.ways import Way, way_of
from qafila.events import live
from qafila.kit import phones
from qafila.kit.ids import is_public_id
from qafila.providers.contents_json import filled, is_extended
from qafila.senders.models import Package, Sender

UNDO_SECONDS: Final = 5
MOST_TEST_NUMBERS: Final = 5


def start_draft(
    *,
    business: Business,
    public_id: str,
    name: str,
    confirm: bool = False,
    begins_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> Campaign:
    """Makes the contract. After :data:`UNDO_SECONDS` a worker reads its rows into the books and it begins; nothing is
    written there and nothing is sent before.

    :param confirm: it is meant, although the same contract was posted within 24 hours before.
    :param begins_at: it begins by itself then (:mod:`planning`); None: after those seconds.
    :raises NotFound: no such draft here. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Clash: ``possible_duplicate``, or whatever keeps it from starting (:func:`queries.drafts.blockers`).
    :raises Refused: ``empty``, ``too_long`` (the name), ``begin_in_past``, ``begin_too_far``.
    """
    from qafila.campaigns import jobs

    with transaction.atomic():
        draft = locked_draft(business, public_id, actor)
        if draft.adds_to_id is not None:
            raise NotFound("draft")  # its rows are for a contract that is there (draft_adding)
        way = way_of(draft, now=now)
        found = blockers(draft, way)
        if found:
            raise Clash(
                found[0].code, "This has to be put right before the contract can start.", **found[0].params
            )
        over = way.over
        assert over is not None  # noqa: S101 - a draft over nothing is blocked
        kept_name = check_opening(business=business, over=over, name=name, actor=actor)
        digest = digest_of(draft, way)
        twin = twin_of(business.pk, digest, now)
        if twin is not None and not confirm:
            raise Clash(
                "possible_duplicate", "The same contract was posted within 24 hours.", other=twin.public_id
            )
        total = int(draft.check_result["total"])
        campaign, _ = open_campaign(
            business=business,
            over=over,
            name=kept_name,
            content=content_of_draft(draft, way),
            total=total,
            content_hash=digest,
            sealed=False,
            actor=actor,
            now=now,
            import_state=ImportState.WAITING,
            import_file=draft.file,
            import_options=checking.options_of(draft),
        )
        if way.direction is not None and way.resolution is not None:
            campaign.direction, campaign.routing = way.direction, way.resolution.routing
            campaign.save(update_fields=["direction", "routing"])
        draft.campaign, draft.name = campaign, kept_name
        draft.start_at = now + timedelta(seconds=UNDO_SECONDS)
        draft.start_confirmed = confirm
        draft.begins_at = begins_at
        draft.updated_at = now
        draft.save()
        jobs.defer_start(draft, now=now)
        detail = {"rows": total, word_of(over): str(over.public_id), "draft": draft.public_id}
        audit(campaign, "created", actor=actor, now=now, detail=detail)
        if begins_at is not None:
            refuse_duplicate(campaign, confirm=confirm, now=now)
            set_plan(campaign, checked(begins_at, now=now), actor=actor, now=now)
    return campaign


def undo_start(*, business: Business, public_id: str, actor: Actor, now: datetime) -> Draft:
    """Takes the start back while it has not begun: the contract goes, the draft is a draft again.

    :param public_id: of the draft.
    :raises NotFound: no such draft here. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Clash: ``too_late_to_undo``.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        draft = _becoming(business, public_id)
        campaign = draft.campaign
        if draft.start_at is None or draft.start_at <= now or campaign is None:
            raise Clash("too_late_to_undo", "The contract has begun. Pause it instead.")
        delete_contract(business=business, public_id=campaign.public_id, actor=actor, now=now)
        draft.campaign = draft.start_at = None
        draft.expires_at = now + KEPT_FOR
        draft.save()
    return draft


def begin_due(*, now: datetime) -> int:
    """Begins what was started long enough ago: from here on it cannot be taken back. Returns how many contracts."""
    from qafila.campaigns import jobs

    begun = 0
    for pk in list(Draft.objects.filter(start_at__lte=now).order_by("start_at").values_list("pk", flat=True)):
        with transaction.atomic():
            draft = (
                Draft.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
                .select_related("campaign", "business")
                .filter(pk=pk, start_at__lte=now)
                .first()
            )
            if draft is None:
                continue
            campaign = draft.campaign
            draft.start_at = None
            draft.expires_at = now
            draft.save(update_fields=["start_at", "expires_at"])
            if campaign is not None and campaign.deleted_at is None:
                # One that has a moment begins then, even if that was taken back meanwhile: a person starts it in that case.
                if draft.begins_at is None and campaign.begins_at is None:
                    _start(campaign, draft, now)
                jobs.defer_import(campaign)
                live.notify_now(campaign.business_id, f"batch:{campaign.public_id}")
                begun += 1
    return begun


def _start(campaign: Campaign, draft: Draft, now: datetime) -> None:
    kind, _, person = draft.created_by.partition(":")
    actor = Actor(
        kind or "system", person, draft.business, frozenset({"contracts:write"}), draft.business.language
    )
    try:
        start_contract(
            business=draft.business,
            public_id=campaign.public_id,
            confirm=draft.start_confirmed,
            actor=actor,
            now=now,
        )
    except Clash as refusal:
        # The sender or the template was lost in these seconds: the contract waits as a draft contract, and says why.
        Campaign.objects.filter(pk=campaign.pk).update(
            warnings=[
                *campaign.warnings,
                {"code": refusal.code, "params": refusal.params, "count": 1, "rows": []},
            ]
        )


def test_send(
    *,
    business: Business,
    public_id: str,
    recipient: dict[str, Any],
    numbers: Sequence[str],
    actor: Actor,
    now: datetime,
) -> Campaign:
    """Sends the message of one recipient to numbers of one's own, over what is chosen, as a small contract.

    :param recipient: a preview (``checking.recipient_at``).
    :param numbers: E.164; each of the saved :class:`TestNumber`.
    :raises NotFound: no such draft here. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: ``test_numbers_missing``, and what keeps a contract from starting.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        draft = locked_draft(business, public_id, actor)
        way = way_of(draft, now=now)
        found = blockers(draft, way, audience=False)
        if found:
            raise Clash(found[0].code, "This has to be put right first.", **found[0].params)
        saved = set(
            TestNumber.objects.filter(business=business, phone__in=numbers).values_list("phone", flat=True)
        )
        if not saved:
            raise Refused("test_numbers_missing", "Choose at least one number.", field="numbers")
        over = way.over
        assert over is not None  # noqa: S101 - a draft over nothing is blocked
        content = content_of_draft(draft, way)
        rows = [{"phoneNumber": phone, **_said(recipient, content)} for phone in sorted(saved)]
        created = create_contract(
            business=business,
            sender=over if isinstance(over, Sender) else None,
            package=over if isinstance(over, Package) else None,
            name=f"Test: {draft.name}"[:200],
            recipients=rows,
            content=content if is_template(content) else None,
            is_test=True,
            actor=actor,
            now=now,
        )
        start_contract(
            business=business, public_id=created.campaign.public_id, confirm=True, actor=actor, now=now
        )
    return created.campaign


def _said(recipient: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """What one recipient gets, as a row of a contract says it."""
    said, params = {"message": recipient["body"]}, recipient["params"]
    if is_extended(params):
        own = filled(content.get("components", ()), params.get("more") or {})
        return {**said, "params": params["body"], "components": own}
    return said if params is None else {**said, "params": params}


def save_test_number(*, business: Business, phone: str, name: str, actor: Actor, now: datetime) -> TestNumber:
    """Keeps a number for test messages, at most :data:`MOST_TEST_NUMBERS`.

    :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: ``phone.…``, ``too_many_test_numbers``.
    """
    actor.must("contracts:write", business_id=business.pk)
    read = phones.normalise(phone, business.default_country or None, international_first=False)
    if isinstance(read, phones.BadPhone):
        raise Refused(read.wording, "This is no phone number.", field="phone")
    with transaction.atomic():
        Business.objects.select_for_update(no_key=True).get(pk=business.pk)
        mine = TestNumber.objects.filter(business=business)
        if mine.count() >= MOST_TEST_NUMBERS and not mine.filter(phone=read.e164).exists():
            raise Refused(
                "too_many_test_numbers", "Five numbers are enough. Remove one first.", limit=MOST_TEST_NUMBERS
            )
        kept = " ".join(name.replace("\x00", "").split())[:60].encode("utf-8", "replace").decode()
        number, _ = TestNumber.objects.update_or_create(
            business=business,
            phone=read.e164,
            defaults={"name": kept},
            create_defaults={"name": kept, "created_at": now},
        )
        _audit_number("saved", read.e164, actor=actor, now=now)
    return number


def remove_test_number(*, business: Business, phone: str, actor: Actor, now: datetime) -> None:
    """Forgets a number for test messages; nothing happens if there is no such.

    :raises NotAllowed: ``contracts:write`` is missing.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        count, _ = TestNumber.objects.filter(business=business, phone=phone).delete()
        if count:
            _audit_number("removed", phone, actor=actor, now=now)


def content_of_draft(draft: Draft, way: Way) -> dict[str, Any]:
    """What carries the messages, as the batch keeps it."""
    if checking.is_templated(draft):
        template = template_of(draft, way)
        if template is None:
            raise Clash("template_missing", "The template is not there any more.")
        form = template_form(template)
        content = {"kind": "template", "name": template.name, "language": template.language, "variable": None}
        slots = form.slots if form else ()
        return {**content, "components": [slot.component() for slot in slots]} if slots else content
    return carrier(way)


def digest_of(draft: Draft, way: Way) -> bytes:
    """The same file sent in the same way over the same number or package has the same one."""
    over = str(way.over.public_id) if way.over else ""
    told = json.dumps([checking.options_of(draft), draft.content], sort_keys=True).encode()
    return hashlib.sha256(over.encode() + bytes(draft.file_sha256) + told).digest()


def _audit_number(what: str, phone: str, *, actor: Actor, now: datetime) -> None:
    record_audit(
        actor=actor,
        action=f"test_number.{what}",
        subject_kind="test_number",
        subject_id=phones.mask(phone),
        detail={},
        now=now,
    )


def _becoming(business: Business, public_id: str) -> Draft:
    found = (
        Draft.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign", "business")
        .filter(business=business, public_id=public_id)
        .first()
        if is_public_id(public_id, "draft")
        else None
    )
    if found is None:
        raise NotFound("draft")
    return found
