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
from qafila.campaigns.carrying import Over, carrier_of, one_of, word_of
from qafila.campaigns.flattening import line_breaks_warnings
from qafila.campaigns.models import IS_TEST, Campaign
from qafila.campaigns.rules.content import is_template
from qafila.campaigns.rules.duplicates import SeveralTexts, content_hash, mark_duplicates
from qafila.campaigns.rules.recipients import LONGEST_ADDRESS, Recipient, read_recipient
from qafila.contacts.actions import ensure_phones
from qafila.dispatch.addressing import known_numbers
from qafila.dispatch.queries import closed_windows
from qafila.ledger import actions as ledger
from qafila.ledger.actions import NewMessage
from qafila.senders.models import Package, Sender

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
    sender: Sender | None = None,
    package: Package | None = None,
    name: str,
    recipients: Sequence[object],
    template: Mapping[str, Any] | None = None,
    content: dict[str, Any] | None = None,
    strict: bool = False,
    is_test: bool = False,
    actor: Actor,
    now: datetime,
) -> Created:
    """Puts a contract into the books; nothing is sent before it is started. Every row given becomes a message: bad rows
    and duplicates are skipped from the beginning, with their reason.

    :param sender: the number that sends; or ``package``: the numbers that share it. Exactly one of the two.
    :param recipients: as they came in the JSON: ``{"phoneNumber", "message", "name"?, "params"?, "components"?}`` each.
    :param template: ``{"name", "language", "variable", "components"?}``; None: the account's default on an official number, else free text.
    :param content: what carries the messages, ready as a batch keeps it; then ``template`` does not count.
    :param strict: take all rows or none.
    :param is_test: it is a test to numbers of one's own, and known as such afterwards.
    :raises NotFound: another business. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: ``empty``, ``too_long``, ``too_many_rows``, ``invalid_value``, ``default_template_invalid``,
        ``template_components_bad``.
    :raises StrictRejected: with ``strict``, when a row cannot be used.
    """
    over = one_of(sender, package)
    kept_name = check_opening(business=business, over=over, name=name, actor=actor)
    if not recipients:
        raise Refused("empty", "There are no recipients. Name at least one.", field="recipients")
    if len(recipients) > MOST_RECIPIENTS:
        raise Refused(
            "too_many_rows",
            f"At most {MOST_RECIPIENTS} recipients are accepted in one call. Upload a file instead.",
            limit=MOST_RECIPIENTS,
            field="recipients",
        )
    is_named = template is not None or content is not None
    content = content_of(over, template) if content is None else content
    region, templated = business.default_country or None, is_template(content)
    rows = [
        read_recipient(raw, number, region=region, templated=templated, named_template=is_named)
        for number, raw in enumerate(recipients, start=1)
    ]
    several = mark_duplicates(rows)
    rejected = [row for row in rows if row.reason]
    if strict and rejected:
        raise StrictRejected(rejected)
    with transaction.atomic():
        campaign, batch = open_campaign(
            business=business,
            over=over,
            name=kept_name,
            content=content,
            total=len(rows),
            content_hash=content_hash(str(over.public_id), rows),
            sealed=True,
            import_options={IS_TEST: True} if is_test else None,
            actor=actor,
            now=now,
        )
        contacts = contacts_of(business.pk, rows, now)
        known = known_numbers(batch, list(contacts.values()), now=now)
        ledger.add_messages(batch=batch, rows=messages_of(rows, contacts, known), now=now)
        campaign.warnings = [several_texts_warning(several)] if several.people else []
        campaign.warnings += line_breaks_warnings(batch) + template_warnings(over, content)
        if campaign.warnings:
            campaign.save(update_fields=["warnings"])
        closed = closed_windows(batch.pk, now=now)
        audit(
            campaign,
            "created",
            actor=actor,
            now=now,
            detail={"rows": len(rows), "rejected": len(rejected), word_of(over): str(over.public_id)},
        )
    return Created(campaign, len(rows) - len(rejected), rejected, closed)


def several_texts_warning(several: SeveralTexts) -> dict[str, Any]:
    """The warning as it is kept: a wording code, its parameters, and example rows."""
    rows = [list(pair) for pair in several.rows]
    params = {"row": rows[0][1]} if rows else {}
    return {"code": "same_number_other_text", "params": params, "count": several.people, "rows": rows}


def template_warnings(over: Over, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Said where the numbers of a package have default templates that differ, so that none carries the texts."""
    if is_template(content) or not carrier_of(over).templates_differ:
        return []
    params = {"package": over.name}
    return [{"code": "package_templates_differ", "params": params, "count": 1, "rows": []}]


def contacts_of(business_id: int, rows: Sequence[Recipient], now: datetime) -> dict[str, int]:
    """Contact ids by number. Numbers go in ascending order through all calls: two contracts with the same new people
    wait for one another then, and never lock one another out."""
    numbers = sorted({row.digits for row in rows if row.digits})
    names = {row.digits: row.name for row in rows if row.name}
    found: dict[str, int] = {}
    for start in range(0, len(numbers), _NUMBERS_AT_ONCE):
        some = numbers[start : start + _NUMBERS_AT_ONCE]
        found |= ensure_phones(business_id=business_id, numbers=some, names=names, now=now)
    return found


def messages_of(
    rows: Sequence[Recipient], contacts: Mapping[str, int], known: Mapping[int, int]
) -> Iterator[NewMessage]:
    """The ledger's rows of recipients.

    :param contacts: digits to contact. :param known: contact to the number of the package that it is addressed to.
    """
    for row in rows:
        yield new_message(row, contacts, known)


def new_message(row: Recipient, contacts: Mapping[str, int], known: Mapping[int, int]) -> NewMessage:
    """The ledger's row of one recipient; see :func:`messages_of`."""
    contact = contacts.get(row.digits)
    address = row.digits or row.given[:LONGEST_ADDRESS]
    return NewMessage(
        row_number=row.row,
        contact_id=contact,
        address=address,
        given=row.given if row.given != address else None,
        body=row.body,
        params=row.params,
        reason=row.reason or None,
        sender_id=known.get(contact, 0) if contact else 0,
    )
