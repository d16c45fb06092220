"""More rows for a contract that stands already: given in one call, or in a file that a worker reads (``campaigns.adding``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, Refused
from qafila.campaigns.actions.creating import (
    MOST_RECIPIENTS,
    StrictRejected,
    contacts_of,
    messages_of,
    several_texts_warning,
)
from qafila.campaigns.actions.opening import audit
from qafila.campaigns.actions.running import locked, refuse_template
from qafila.campaigns.carrying import check_able, check_here
from qafila.campaigns.flattening import flattened_warnings
from qafila.campaigns.models import Campaign, ImportState
from qafila.campaigns.queries.adding import UNDER_WAY
from qafila.campaigns.rules import adding
from qafila.campaigns.rules.content import is_template
from qafila.campaigns.rules.duplicates import mark_duplicates
from qafila.campaigns.rules.recipients import Recipient, read_recipient
from qafila.campaigns.rules.statuses import IMPORTING, Status, status_of
from qafila.dispatch import actions as dispatch
from qafila.dispatch.addressing import known_numbers
from qafila.dispatch.queries import closed_windows
from qafila.ledger import actions as ledger
from qafila.ledger.adding import Said, last_row_number, standing_rows
from qafila.ledger.states import BatchState


@dataclass(frozen=True, slots=True)
class Added:
    """What a call added.

    :ivar first_row: the number of the first of these rows in the contract.
    :ivar rejected: rows that are in the books as skipped, each with its reason.
    :ivar warnings: of these rows; the contract keeps them with its own.
    :ivar closed_windows: all queued recipients of the contract that cannot get free text now.
    """

    campaign: Campaign
    status: Status
    first_row: int
    accepted: int
    rejected: Sequence[Recipient]
    warnings: Sequence[dict[str, Any]]
    closed_windows: int


def add_rows(
    *,
    business: Business,
    public_id: str,
    recipients: Sequence[object],
    strict: bool = False,
    actor: Actor,
    now: datetime,
) -> Added:
    """Puts more rows into a contract: all of them, or (when the transaction does not come to its end) none. A running one goes on
    with them, a completed one runs again, one that waits or is paused waits with them. Every row becomes a message: bad rows,
    and what the contract says to that number already, are skipped with their reason.

    :param recipients: as in :func:`creating.create_contract`. :param strict: take all rows or none.
    :raises NotFound: no such contract here, or its package was deleted. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: ``empty``, ``too_many_rows``. :raises StrictRejected: with ``strict``, when a row cannot be used.
    :raises Clash: ``not_complete``, ``contract_archived``, ``contract_takes_no_rows``; for a completed one also what keeps a
        contract from starting: ``account_not_connected``, ``no_active_profiles``, ``template_…``.
    """
    actor.must("contracts:write", business_id=business.pk)
    if not recipients:
        raise Refused("empty", "There are no recipients. Name at least one.", field="recipients")
    if len(recipients) > MOST_RECIPIENTS:
        raise Refused(
            "too_many_rows",
            f"At most {MOST_RECIPIENTS} recipients are accepted in one call. Use a file instead.",
            limit=MOST_RECIPIENTS,
            field="recipients",
        )
    with transaction.atomic():
        campaign = locked(business, public_id)
        campaign.batch.refresh_from_db()  # as it is now: it was read before the lock was had
        check_takes_rows(campaign, more=len(recipients), now=now)
        first = last_row_number(campaign.batch) + 1
        region, templated = business.default_country or None, is_template(campaign.batch.content)
        rows = [
            read_recipient(raw, number, region=region, templated=templated, named_template=templated)
            for number, raw in enumerate(recipients, start=first)
        ]
        warnings = write_rows(campaign, rows, once_per_number=is_once_per_number(campaign), now=now)
        rejected = [row for row in rows if row.reason]
        if strict and rejected:
            raise StrictRejected(rejected)
        closed = closed_windows(campaign.batch_id, now=now)
        campaign.batch.refresh_from_db()
        detail = {"rows": len(rows), "rejected": len(rejected)}
        audit(campaign, "rows_added", actor=actor, now=now, detail=detail)
    status = status_of(BatchState(campaign.batch.state), campaign.import_state)
    return Added(campaign, status, first, len(rows) - len(rejected), rejected, warnings, closed)


def check_takes_rows(campaign: Campaign, *, more: int, now: datetime) -> None:
    """Whether a contract (locked, or to be asked once more) takes rows now; raises as :func:`add_rows`."""
    check_here(campaign.business, campaign.target)
    why = adding.takes_rows(
        complete=campaign.import_state not in (*IMPORTING, ImportState.FAILED),
        adding=campaign.additions.filter(business=campaign.business, state__in=UNDER_WAY).exists(),
        archived=campaign.archived_at is not None,
        made_at=campaign.created_at,
        standing=campaign.total_count,
        more=more,
        now=now,
    )
    if why is not None:
        code, params = why
        kind = Refused if code == "too_many_rows" else Clash
        raise kind(code, "The contract takes no rows now.", **params)
    if campaign.batch.state == BatchState.FINISHED:
        # It will run again: then everything must be there that a start asks for.
        check_able(campaign.target)
        refuse_template(campaign)


def is_once_per_number(campaign: Campaign) -> bool:
    """Whether each number gets one message of this contract, whatever the text."""
    return bool(campaign.import_options.get("duplicates") == "number")


def write_rows(
    campaign: Campaign, rows: list[Recipient], *, once_per_number: bool, now: datetime
) -> list[dict[str, Any]]:
    """Rows into the books of a contract that may be running, in the caller's transaction; the contract is locked. What is there
    already gets its reason before a lane can see it. Returns the warnings of these rows.
    """
    several = mark_duplicates(rows)
    if once_per_number:
        adding.refuse_repeated_numbers(rows)
    batch = campaign.batch
    dispatch.before_rows(batch, now=now)
    contacts = contacts_of(campaign.business_id, rows, now)
    mark_standing(campaign, rows, contacts, once_per_number=once_per_number)
    good = [row for row in rows if not row.reason]
    known = known_numbers(batch, [contacts[row.digits] for row in good], now=now)
    ledger.add_messages(batch=batch, rows=messages_of(rows, contacts, known), now=now)
    warnings = [several_texts_warning(several)] if several.people else []
    warnings += flattened_warnings(batch, good)
    campaign.total_count += len(rows)
    campaign.warnings = adding.with_warnings(campaign.warnings, warnings)
    campaign.save(update_fields=["total_count", "warnings"])
    if good:
        dispatch.resume_flow(batch_id=batch.pk, now=now)
    return warnings


def mark_standing(
    campaign: Campaign, rows: Sequence[Recipient], contacts: dict[str, int], *, once_per_number: bool
) -> None:
    """Refuses rows that say what the contract says to that number already (reason ``duplicate``)."""
    asked = [row for row in rows if not row.reason and row.digits in contacts]
    said = [Said(contacts[row.digits], row.body, row.params) for row in asked]
    for place, earlier in standing_rows(campaign.batch, said, once_per_person=once_per_number).items():
        adding.refuse_as_duplicate(asked[place], earlier)
