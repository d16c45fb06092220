"""Open messages: the same words to some people, at once, over one number or the numbers of a package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Refused
from qafila.campaigns.actions.creating import (
    MOST_RECIPIENTS,
    contacts_of,
    messages_of,
    template_warnings,
)
from qafila.campaigns.actions.opening import audit, content_of, open_campaign
from qafila.campaigns.actions.running import locked
from qafila.campaigns.carrying import Over, carrier_of, check_able, check_here, numbers_of, word_of
from qafila.campaigns.models import Campaign, Kind
from qafila.campaigns.rules.content import is_template
from qafila.campaigns.rules.duplicates import mark_duplicates
from qafila.campaigns.rules.open_content import OpenContent
from qafila.campaigns.rules.recipients import Recipient, read_recipient
from qafila.dispatch import actions as dispatch
from qafila.dispatch import losses, packages
from qafila.dispatch.addressing import known_numbers, spread
from qafila.dispatch.queries import closed_windows
from qafila.ledger import actions as ledger
from qafila.ledger.states import BatchState
from qafila.senders.models import Package
from qafila.senders.package_queries import PackageState, comes_back_at

RIGHT = "messages:write"


@dataclass(frozen=True, slots=True)
class Opened:
    """An open message that is on its way.

    :ivar rejected: recipients that are in the books as skipped, each with its reason.
    :ivar closed_windows: recipients that cannot get free text now: they will be skipped.
    :ivar waits: no number of the package may send now; it goes on by itself.
    """

    campaign: Campaign
    rejected: Sequence[Recipient]
    closed_windows: int
    waits: bool


def create_open_message(
    *,
    business: Business,
    target: Over,
    content: OpenContent,
    recipients: Sequence[object],
    actor: Actor,
    now: datetime,
) -> Opened:
    """Puts an open message into the books and starts it. Every recipient given becomes a message: bad numbers and repeated
    ones are skipped from the beginning, with their reason.

    :param target: a number or a package.
    :param content: of :func:`rules.open_content.read_open_content`. A text on official numbers goes out in their default
        template, as a contract's does; without one only people with an open window get it.
    :param recipients: phone numbers as they were given.
    :raises NotFound: another business. :raises NotAllowed: ``messages:write`` is missing.
    :raises Clash: ``no_active_profiles``, ``account_not_connected``.
    :raises Refused: ``empty``, ``too_many_rows``, ``content_not_carried``, and the faults of a template.
    """
    actor.must(RIGHT, business_id=business.pk)
    check_here(business, target)
    _check_count(recipients)
    state = check_able(target)
    carried = _carried(target, content)
    rows = _rows(recipients, content, carried, business.default_country or None)
    mark_duplicates(rows)
    rejected = [row for row in rows if row.reason]
    with transaction.atomic():
        campaign, batch = open_campaign(
            business=business,
            over=target,
            name=content.label,
            content=carried,
            total=len(rows),
            content_hash=None,
            sealed=True,
            actor=actor,
            now=now,
            kind=Kind.OPEN,
        )
        contacts = contacts_of(business.pk, rows, now)
        known = known_numbers(batch, list(contacts.values()), now=now)
        if isinstance(target, Package):
            strangers = sorted(set(contacts.values()) - known.keys())
            known = {**spread(target.pk, strangers), **known}
        ledger.add_messages(batch=batch, rows=messages_of(rows, contacts, known), now=now)
        campaign.warnings = template_warnings(target, carried) if content.kind == "text" else []
        if campaign.warnings:
            campaign.save(update_fields=["warnings"])
        shut = closed_windows(batch.pk, now=now)
        waits = state is PackageState.RESTING
        if waits and isinstance(target, Package):
            _tell_waiting(target, now)
        dispatch.start_batch(batch_id=batch.pk, business_id=business.pk, now=now)
        batch.refresh_from_db()
        detail = {"rows": len(rows), "rejected": len(rejected), word_of(target): str(target.public_id)}
        audit(campaign, "created", actor=actor, now=now, detail=detail)
    return Opened(campaign, rejected, shut, waits)


def resume_open_message(*, business: Business, public_id: str, actor: Actor, now: datetime) -> bool:
    """Lets one that was held go on. False when it was not held.

    :raises NotFound: no such one here. :raises NotAllowed: ``messages:write`` is missing.
    :raises Clash: ``no_active_profiles``, ``account_not_connected``.
    """
    actor.must(RIGHT, business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id, Kind.OPEN)
        if campaign.batch.state != BatchState.PAUSED:
            return False
        check_able(campaign.target)
        dispatch.start_batch(batch_id=campaign.batch_id, business_id=business.pk, now=now)
        if campaign.package is not None:
            losses.end_hold(campaign.package, now=now)
        audit(campaign, "resumed", actor=actor, now=now)
    return True


def cancel_open_message(*, business: Business, public_id: str, actor: Actor, now: datetime) -> bool:
    """Ends one for good: what waits is not sent, what was sent stays in the books. False when it was over.

    :raises NotFound: no such one here. :raises NotAllowed: ``messages:write`` is missing.
    """
    actor.must(RIGHT, business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id, Kind.OPEN)
        before = campaign.batch.state
        after = dispatch.cancel_batch(batch_id=campaign.batch_id, business_id=business.pk, now=now)
        if after == before:
            return False
        audit(campaign, "cancelled", actor=actor, now=now)
    return True


def _check_count(recipients: Sequence[object]) -> None:
    if not recipients:
        raise Refused("empty", "There are no recipients. Name at least one.", field="recipients")
    if len(recipients) > MOST_RECIPIENTS:
        raise Refused(
            "too_many_rows",
            f"At most {MOST_RECIPIENTS} recipients are accepted in one call.",
            limit=MOST_RECIPIENTS,
            field="recipients",
        )


def _carried(target: Over, content: OpenContent) -> dict[str, Any]:
    """The content as the batch keeps it."""
    if content.kind == "text":
        return content_of(target, None)
    if content.kind == "template":
        return content_of(target, content.carrier)
    if content.kind not in carrier_of(target).contents:
        raise Refused(
            "content_not_carried",
            "These numbers cannot send this type of message. Choose another one.",
            kind=content.kind,
            field="message_type",
        )
    return dict(content.carrier)


def _rows(
    recipients: Sequence[object], content: OpenContent, carried: Mapping[str, Any], region: str | None
) -> list[Recipient]:
    rows = []
    templated = is_template(carried)
    plain = content.kind not in ("text", "template")
    for number, given in enumerate(recipients, start=1):
        # What is no text and no template is the same for all: only the number is read here.
        raw: dict[str, Any] = {"phoneNumber": given, "message": content.kind if plain else content.body}
        if content.params is not None:
            raw["params"] = content.params
        row = read_recipient(
            raw, number, region=region, templated=templated, named_template=content.kind == "template"
        )
        if plain:
            row.body = content.body
        rows.append(row)
    return rows


def _tell_waiting(package: Package, now: datetime) -> None:
    packages.tell_waiting(
        business_id=package.business_id,
        public_id=str(package.public_id),
        name=package.name,
        comes_back=True,
        back_at=comes_back_at(numbers_of(package)),
        now=now,
    )
