"""Open messages: the same words to some people, at once, over one number or the numbers of a package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import NotFound, Refused
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
from qafila.kit.ids import is_public_id
from qafila.ledger import actions as ledger
from qafila.ledger.states import BatchState
from qafila.senders.models import Package
from qafila.senders.package_queries import PackageState, comes_back_at

RIGHT = "messages:write"
RIGHT_FOR_MANY = "contracts:write"
MOST_WITHOUT_CONTRACTS = 50
"""To more people than this, an open message is a campaign, and needs the right for one."""


class TooManyForRight(Refused):
    """Whoever may only answer people may not write to a crowd."""

    status = 403


@dataclass(frozen=True, slots=True)
class Opened:
    """An open message that is on its way.

    :ivar rejected: recipients that are in the books as skipped, each with its reason.
    :ivar closed_windows: recipients that cannot get free text now: they will be skipped.
    :ivar waits: no number of the package may send now; it goes on by itself.
    :ivar held: the package is held after losses: nothing goes out before a person resumes it.
    :ivar is_new: False: its id was used before, and what was made then is here; nothing was made or sent now.
    """

    campaign: Campaign
    rejected: Sequence[Recipient]
    closed_windows: int
    waits: bool
    is_new: bool = True
    held: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """To whom an open message would go.

    :ivar people: numbers that would get it. :ivar left_out: given recipients that are no number, or stand twice.
    """

    people: int
    left_out: int


def reach_of(
    *, business: Business, target: Over, content: OpenContent, recipients: Sequence[object], actor: Actor
) -> Reach:
    """To whom :func:`create_open_message` would send, for a question before it; refuses what that refuses. Changes nothing.

    :raises NotFound, NotAllowed, Clash, Refused: as :func:`create_open_message`.
    """
    _, _, rows = _read(business, target, content, recipients, actor)
    left_out = sum(1 for row in rows if row.reason)
    return Reach(len(rows) - left_out, left_out)


def create_open_message(
    *,
    business: Business,
    target: Over,
    content: OpenContent,
    recipients: Sequence[object],
    actor: Actor,
    now: datetime,
    public_id: str | None = None,
) -> Opened:
    """Puts an open message into the books and starts it. Every recipient given becomes a message: bad numbers and repeated
    ones are skipped from the beginning, with their reason.

    :param target: a number or a package.
    :param content: of :func:`rules.open_content.read_open_content`. A text on official numbers goes out in their default
        template, as a contract's does; without one only people with an open window get it.
    :param recipients: phone numbers as they were given.
    :param public_id: of ``kit.ids.new_public_id("open")``, made before it was asked for: with the same one again nothing
        is made or sent again.
    :raises NotFound: another business, or an id that another one used. :raises NotAllowed: ``messages:write`` is missing.
    :raises TooManyForRight: ``contracts_right_needed``: for more than :data:`MOST_WITHOUT_CONTRACTS`, ``contracts:write``.
    :raises Clash: ``no_active_profiles``, ``account_not_connected``.
    :raises Refused: ``empty``, ``too_many_rows``, ``content_not_carried``, and the faults of a template.
    """
    actor.must(RIGHT, business_id=business.pk)
    if public_id is not None and (made := open_message_made(business, public_id)):
        return _again(made)
    state, carried, rows = _read(business, target, content, recipients, actor)
    rejected = [row for row in rows if row.reason]
    waits = state is PackageState.RESTING
    try:
        with transaction.atomic():
            campaign, shut = _open(
                business, target, content, carried, rows, public_id=public_id, actor=actor, now=now
            )
            if waits and isinstance(target, Package):
                _tell_waiting(target, now)
            held = campaign.batch.state == BatchState.PAUSED
            detail = {
                "rows": len(rows),
                "rejected": len(rejected),
                word_of(target): str(target.public_id),
                **({"held": True} if held else {}),
            }
            audit(campaign, "created", actor=actor, now=now, detail=detail)
    except IntegrityError:
        # The same id at the same moment: whoever came first made it.
        if public_id is None or not Campaign.objects.filter(public_id=public_id).exists():
            raise
        made = open_message_made(business, public_id)
        if made is None:
            raise NotFound("open_message") from None
        return _again(made)
    return Opened(campaign, rejected, shut, waits, held=held)


def open_message_made(business: Business, public_id: str) -> Campaign | None:
    """What was made in this business with an id that was given out before; None: nothing yet."""
    if not is_public_id(public_id, Kind.OPEN.value):
        return None
    rows = Campaign.objects.filter(business=business, public_id=public_id, kind=Kind.OPEN)
    return rows.select_related("batch", "sender", "package").first()


def resume_open_message(*, business: Business, public_id: str, actor: Actor, now: datetime) -> bool:
    """Lets one that was held go on, and what came over its package meanwhile. False when it was not held, or is held now
    because its package was meanwhile.

    :raises NotFound: no such one here. :raises NotAllowed: ``messages:write`` is missing.
    :raises TooManyForRight: as :func:`create_open_message`.
    :raises Clash: ``no_active_profiles``, ``account_not_connected``.
    """
    actor.must(RIGHT, business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id, Kind.OPEN)
        _check_right(actor, campaign.total_count)
        if campaign.batch.state != BatchState.PAUSED:
            return False
        check_able(campaign.target)
        state = dispatch.start_batch(batch_id=campaign.batch_id, business_id=business.pk, now=now)
        if state is BatchState.PAUSED:
            return False
        if campaign.package is not None:
            losses.resumed(campaign.package, now=now)
        audit(campaign, "resumed", actor=actor, now=now)
    return True


def cancel_open_message(*, business: Business, public_id: str, actor: Actor, now: datetime) -> bool:
    """Ends one for good: what waits is not sent, what was sent stays in the books. False when it was over.

    :raises NotFound: no such one here. :raises NotAllowed: ``messages:write`` is missing.
    """
    actor.must(RIGHT, business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id, Kind.OPEN)
        before, was_held = campaign.batch.state, campaign.batch.hold_code == losses.HELD
        after = dispatch.cancel_batch(batch_id=campaign.batch_id, business_id=business.pk, now=now)
        if after == before:
            return False
        if campaign.package is not None:
            losses.end_hold(campaign.package, was_held=was_held, now=now)
        audit(campaign, "cancelled", actor=actor, now=now)
    return True


def _again(made: Campaign) -> Opened:
    held = made.batch.state == BatchState.PAUSED
    return Opened(made, (), 0, waits=False, is_new=False, held=held)


def _read(
    business: Business, target: Over, content: OpenContent, recipients: Sequence[object], actor: Actor
) -> tuple[PackageState, dict[str, Any], list[Recipient]]:
    """Whether it may go out now, what the batch keeps, and the recipients with their faults."""
    actor.must(RIGHT, business_id=business.pk)
    check_here(business, target)
    _check_count(recipients)
    _check_right(actor, len(recipients))
    state = check_able(target)
    carried = _carried(target, content)
    rows = _rows(recipients, content, carried, business.default_country or None)
    mark_duplicates(rows)
    return state, carried, rows


def _open(
    business: Business,
    target: Over,
    content: OpenContent,
    carried: dict[str, Any],
    rows: Sequence[Recipient],
    *,
    public_id: str | None,
    actor: Actor,
    now: datetime,
) -> tuple[Campaign, int]:
    """Puts it into the books and starts it, in the caller's transaction; also how many people's windows are closed."""
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
        public_id=public_id,
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
    dispatch.start_batch(batch_id=batch.pk, business_id=business.pk, now=now)
    batch.refresh_from_db()
    return campaign, shut


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


def _check_right(actor: Actor, count: int) -> None:
    if count > MOST_WITHOUT_CONTRACTS and not actor.may(RIGHT_FOR_MANY):
        raise TooManyForRight(
            "contracts_right_needed",
            f"More than {MOST_WITHOUT_CONTRACTS} people at once need the right {RIGHT_FOR_MANY!r}. Name fewer.",
            limit=MOST_WITHOUT_CONTRACTS,
            scope=RIGHT_FOR_MANY,
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
