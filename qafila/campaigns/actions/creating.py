"""A contract from a list of recipients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Refused
from qafila.campaigns.actions.opening import audit, check_opening, content_of, open_campaign
from qafila.campaigns.flattening import line_breaks_warnings
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.content import is_template
from qafila.campaigns.rules.duplicates import SeveralTexts, content_hash, mark_duplicates
from qafila.campaigns.rules.recipients import LONGEST_ADDRESS, Recipient, read_recipient
from qafila.contacts.actions import ensure_phones
from qafila.dispatch.queries import closed_windows
from qafila.ledger import actions as ledger
from qafila.ledger.actions import NewMessage
from qafila.senders.models import Sender

MOST_RECIPIENTS = 200_000
"""In one call; more goes through the upload of a file."""
_NUMBERS_AT_ONCE = 10_000


class StrictRejected(Refused):
    """All rows or none was asked for, and some cannot be used: nothing was made.

    :ivar rejected: these rows.
    """

    def __init__(self, rejected: Sequence[Recipient]) -> None:
        super().__init__(
            "strict_rejected",
            f"Nothing was taken, because {len(rejected)} rows cannot be used.",
            count=len(rejected),
        )
        self.rejected = rejected


@dataclass(frozen=True, slots=True)
class Created:
    """A new contract.

    :ivar rejected: rows that are in the books as skipped, each with its reason.
    :ivar closed_windows: accepted recipients that cannot get free text now.
    """

    campaign: Campaign
    accepted: int
    rejected: Sequence[Recipient]
    closed_windows: int


def create_contract(
    *,
    business: Business,
    sender: Sender,
    name: str,
    recipients: Sequence[object],
    template: Mapping[str, Any] | None = None,
    content: dict[str, Any] | None = None,
    strict: bool = False,
    actor: Actor,
    now: datetime,
) -> Created:
    """Puts a contract into the books; nothing is sent before it is started. Every row given becomes a message: bad rows
    and duplicates are skipped from the beginning, with their reason.

    :param recipients: as they came in the JSON: ``{"phoneNumber", "message", "name"?, "params"?}`` each.
    :param template: ``{"name", "language", "variable"}``; None: the account's default on an official number, else free text.
    :param content: what carries the messages, ready as a batch keeps it; then ``template`` does not count.
    :param strict: take all rows or none.
    :raises NotFound: another business. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: ``empty``, ``too_long``, ``too_many_rows``, ``invalid_value``, ``default_template_invalid``.
    :raises StrictRejected: with ``strict``, when a row cannot be used.
    """
    kept_name = check_opening(business=business, sender=sender, name=name, actor=actor)
    if not recipients:
        raise Refused("empty", "There are no recipients. Name at least one.", field="recipients")
    if len(recipients) > MOST_RECIPIENTS:
        raise Refused(
            "too_many_rows",
            f"At most {MOST_RECIPIENTS} recipients are accepted in one call. Upload a file instead.",
            limit=MOST_RECIPIENTS,
            field="recipients",
        )
    content = content_of(sender, template) if content is None else content
    region, templated = business.default_country or None, is_template(content)
    rows = [
        read_recipient(raw, number, region=region, templated=templated)
        for number, raw in enumerate(recipients, start=1)
    ]
    several = mark_duplicates(rows)
    rejected = [row for row in rows if row.reason]
    if strict and rejected:
        raise StrictRejected(rejected)
    with transaction.atomic():
        campaign, batch = open_campaign(
            business=business,
            sender=sender,
            name=kept_name,
            content=content,
            total=len(rows),
            content_hash=content_hash(str(sender.public_id), rows),
            sealed=True,
            actor=actor,
            now=now,
        )
        contacts = _contacts(business.pk, rows, now)
        ledger.add_messages(batch=batch, rows=_messages(rows, contacts), now=now)
        campaign.warnings = [several_texts_warning(several)] if several.people else []
        campaign.warnings += line_breaks_warnings(batch)
        if campaign.warnings:
            campaign.save(update_fields=["warnings"])
        closed = closed_windows(batch.pk, now=now)
        audit(
            campaign,
            "created",
            actor=actor,
            now=now,
            detail={"rows": len(rows), "rejected": len(rejected), "account": str(sender.public_id)},
        )
    return Created(campaign, len(rows) - len(rejected), rejected, closed)


def several_texts_warning(several: SeveralTexts) -> dict[str, Any]:
    """The warning as it is kept: a wording code, its parameters, and example rows."""
    rows = [list(pair) for pair in several.rows]
    params = {"row": rows[0][1]} if rows else {}
    return {"code": "same_number_other_text", "params": params, "count": several.people, "rows": rows}


def _contacts(business_id: int, rows: Sequence[Recipient], now: datetime) -> dict[str, int]:
    """Contact ids by number. Numbers go in ascending order through all calls: two contracts with the same new people
    wait for one another then, and never lock one another out."""
    numbers = sorted({row.digits for row in rows if row.digits})
    names = {row.digits: row.name for row in rows if row.name}
    found: dict[str, int] = {}
    for start in range(0, len(numbers), _NUMBERS_AT_ONCE):
        some = numbers[start : start + _NUMBERS_AT_ONCE]
        found |= ensure_phones(business_id=business_id, numbers=some, names=names, now=now)
    return found


def _messages(rows: Sequence[Recipient], contacts: Mapping[str, int]) -> Iterator[NewMessage]:
    for row in rows:
        yield new_message(row, contacts)


def new_message(row: Recipient, contacts: Mapping[str, int]) -> NewMessage:
    """The ledger's row of a recipient."""
    address = row.digits or row.given[:LONGEST_ADDRESS]
    return NewMessage(
        row_number=row.row,
        contact_id=contacts.get(row.digits),
        address=address,
        given=row.given if row.given != address else None,
        body=row.body,
        params=row.params,
        reason=row.reason or None,
    )
