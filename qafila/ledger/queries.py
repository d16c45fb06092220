"""What the ledger says: counts, lists, one message's story. Every query names the business or a batch that its caller
has already found in the business."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import connection

from qafila.kit.statements import statement
from qafila.ledger.models import Attempt, Batch
from qafila.ledger.states import BatchState, State


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages of a batch stand in each state; they always add up to ``total``."""

    total: int = 0
    queued: int = 0
    sending: int = 0
    uncertain: int = 0
    sent: int = 0
    failed: int = 0
    delivered: int = 0
    read: int = 0
    skipped: int = 0
    cancelled: int = 0

    @property
    def success(self) -> int:
        """Sent, delivered or read."""
        return self.sent + self.delivered + self.read


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message as lists show it. ``given_or_address`` is the number exactly as it was given."""

    id: int
    row_number: int | None
    batch_id: int
    sender_id: int
    contact_id: int | None
    state: State
    reason: str | None
    tries: int
    attempt: int
    address: str
    given_or_address: str
    body: str
    params: Any
    provider_id: str | None
    due_at: datetime | None
    created_at: datetime
    claimed_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    failed_at: datetime | None
    uncertain_at: datetime | None

    @property
    def number_shown(self) -> str:
        """The number it goes to; as it was given where that is none."""
        return self.given_or_address if self.contact_id is None else self.address


ROW_COLUMNS = (
    "id, row_number, batch_id, sender_id, contact_id, state, reason, tries, attempt, address,"
    " coalesce(given, address) AS given_or_address, body, params, provider_id, due_at, created_at, claimed_at, sent_at,"
    " delivered_at, read_at, failed_at, uncertain_at"
)


def counts(batch_id: int) -> Counts:
    """The counts of one batch: the sum of a handful of rows, however many messages it has."""
    return counts_many([batch_id]).get(batch_id, Counts())


def counts_many(batch_ids: Sequence[int]) -> dict[int, Counts]:
    """The counts of several batches."""
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.ledger", "counts"), {"batches": list(batch_ids)})
        return {row[0]: Counts(*row[1:]) for row in cursor.fetchall()}


def reasons(batch_id: int) -> list[tuple[State, str, int]]:
    """How often each reason stands among the failed and skipped messages of a batch; reads all of the batch's rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.state, coalesce(m.reason, ''), count(*) FROM ledger_message m, ledger_batch b"
            " WHERE b.id = %s AND m.id BETWEEN b.first_id AND b.last_id AND m.batch_id = b.id AND m.state IN (5, 8)"
            " GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2",
            (batch_id,),
        )
        return [(State(state), reason, count) for state, reason, count in cursor.fetchall()]


def messages(
    batch_id: int,
    *,
    states: Sequence[State] | None = None,
    after_id: int = 0,
    limit: int | None = None,
    failed_after: datetime | None = None,
) -> Iterator[MessageRow]:
    """The messages of a batch in the order of their rows, in flat memory.

    :param states: only these; None for all.
    :param after_id: only rows with a greater id (the last one of the page before).
    :param failed_after: of failed, skipped and cancelled ones only those since then (older ones were cleared).
    """
    batch = Batch.objects.filter(pk=batch_id).values_list("first_id", "last_id").first()
    if batch is None or batch[0] is None:
        return
    page = 2000 if limit is None else limit
    position, last = max(after_id, batch[0] - 1), batch[1]
    sql = (
        f"SELECT {ROW_COLUMNS} FROM ledger_message WHERE id > %(after)s AND id <= %(last)s AND batch_id = %(batch)s"  # noqa: S608
        " AND (%(states)s::int[] IS NULL OR state = ANY(%(states)s))"
        " AND (%(cleared)s::timestamptz IS NULL OR failed_at IS NULL OR failed_at > %(cleared)s)"
        " ORDER BY id LIMIT %(limit)s"
    )
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                sql,
                {
                    "after": position,
                    "last": last,
                    "batch": batch_id,
                    "states": [int(s) for s in states] if states is not None else None,
                    "cleared": failed_after,
                    "limit": page,
                },
            )
            rows = cursor.fetchall()
        for row in rows:
            yield message_row(row)
        if limit is not None or len(rows) < page:
            return
        position = rows[-1][0]


def message(business_id: int, message_id: int) -> MessageRow | None:
    """One message of a business, or None."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {ROW_COLUMNS} FROM ledger_message WHERE id = %s AND business_id = %s",  # noqa: S608
            (message_id, business_id),
        )
        row = cursor.fetchone()
        return message_row(row) if row else None


def attempts(message_id: int) -> list[Attempt]:
    """Every call made for a message, oldest first."""
    return list(Attempt.objects.filter(message_id=message_id).order_by("number"))


def uncertain(batch_id: int, *, limit: int = 1000) -> list[MessageRow]:
    """The uncertain messages of a batch."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {ROW_COLUMNS} FROM ledger_message WHERE batch_id = %s AND uncertain_at IS NOT NULL ORDER BY id LIMIT %s",  # noqa: S608
            (batch_id, limit),
        )
        return [message_row(row) for row in cursor.fetchall()]


def probably_not_sent(message_ids: Sequence[int], *, now: datetime) -> set[int]:
    """Of uncertain messages, those whose neighbours got their receipts while they did not for a good while."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.ledger", "probably_not_sent"), {"ids": list(message_ids), "now": now}
        )
        return {row[0] for row in cursor.fetchall()}


def queue_totals(business_id: int) -> dict[State, int]:
    """How many outgoing messages of a business stand in each state, over all its batches."""
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.ledger", "queue_totals"), {"business": business_id})
        row = cursor.fetchone()
    states = [State[field.name.upper()] for field in fields(Counts) if field.name != "total"]
    return dict(zip(states, row, strict=True))


def batch_states(business_id: int) -> dict[BatchState, int]:
    """How many batches of a business stand in each state."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, count(*) FROM ledger_batch WHERE business_id = %s GROUP BY 1", (business_id,)
        )
        return {BatchState(state): count for state, count in cursor.fetchall()}


def message_row(row: tuple[Any, ...]) -> MessageRow:
    """A row of :data:`ROW_COLUMNS` as it came from the database."""
    values = list(row)
    values[5] = State(values[5])
    if isinstance(values[12], str):  # Django's cursor hands jsonb over as text
        import json

        values[12] = json.loads(values[12])
    return MessageRow(*values)


def oldest_waiting(business_id: int, *, now: datetime) -> tuple[int, datetime] | None:
    """The batch whose message waits longest of all that may go, and since when; None when nothing waits."""
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.ledger", "oldest_waiting"), {"business": business_id, "now": now})
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None
