"""What became of a contract's messages, in the two lists of its results, in flat memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import connection

from qafila.campaigns.models import Campaign
from qafila.campaigns.rules import results as rules
from qafila.kit.statements import statement
from qafila.ledger import queries as ledger
from qafila.ledger.queries import MessageRow
from qafila.ledger.states import State


def results(campaign: Campaign, *, now: datetime) -> Iterator[tuple[bool, MessageRow]]:
    """Every message that went out (True) or counts as failed (False), in the order of the rows. Each once.

    Failed ones that were cleared are left out.
    """
    rows = ledger.messages(campaign.batch_id, states=rules.LISTED, failed_after=campaign.failed_cleared_at)
    return _judged(rows, now)


def results_page(
    campaign: Campaign, *, after_id: int, limit: int, now: datetime
) -> tuple[list[tuple[bool, MessageRow]], int | None]:
    """A page of :func:`results`.

    :param after_id: where the page before ended, 0 to begin.
    :returns: the page, and where it ended; None when nothing can follow.
    """
    rows = list(
        ledger.messages(
            campaign.batch_id,
            states=rules.LISTED,
            after_id=after_id,
            limit=limit,
            failed_after=campaign.failed_cleared_at,
        )
    )
    ended = rows[-1].id if len(rows) == limit else None
    return list(_judged(rows, now)), ended


def all_failed_are_cleared(campaign: Campaign) -> bool:
    """Whether somebody cleared what did not go out, and nothing failed, was skipped or cancelled since."""
    if campaign.failed_cleared_at is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.campaigns", "has_failed_after"),
            {
                "business": campaign.business_id,
                "batch": campaign.batch_id,
                "after": campaign.failed_cleared_at,
            },
        )
        return not cursor.fetchone()[0]


def rejected(campaign: Campaign, *, after_id: int = 0) -> Iterator[MessageRow]:
    """The rows that were refused when the contract was posted, in their order."""
    for row in ledger.messages(campaign.batch_id, states=[State.SKIPPED], after_id=after_id):
        if rules.is_rejection(row.reason):
            yield row


def _judged(
    rows: Iterator[MessageRow] | list[MessageRow], now: datetime
) -> Iterator[tuple[bool, MessageRow]]:
    for row in rows:
        if rules.is_success(row.state):
            yield True, row
        elif rules.is_not_sent(row.state, row.uncertain_at, now=now):
            yield False, row


def batches_of_messages(business_id: int, message_ids: Sequence[int]) -> dict[int, int]:
    """Message id to batch id, for those of these messages that are the business's."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.campaigns", "batches_of_messages"),
            {"business": business_id, "ids": list(message_ids)},
        )
        return dict(cursor.fetchall())
