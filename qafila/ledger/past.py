"""Messages of a system before: they come into the books in the state in which they were left there, and nothing of them
is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, State

COLUMNS = (
    "business_id, batch_id, sender_id, pinned_to, contact_id, state, attempt, tries, row_number, address, given, body,"
    " reason, provider_id, due_at, uncertain_at, created_at, claimed_at, sent_at, delivered_at, read_at, failed_at"
)
OUTCOME = "unknown"
CODE = "imported"
_LONGEST_DETAIL = 300
_MANY = 10_000

_ATTEMPTS = """
INSERT INTO ledger_attempt (message_id, number, sender_id, worker_id, epoch, began_at, ended_at, outcome, code, detail)
SELECT m.id, 1, m.sender_id, 0, 0, coalesce(m.failed_at, m.created_at), coalesce(m.failed_at, m.created_at), %s, %s, e.detail
FROM past_errors e
JOIN ledger_message m ON m.id BETWEEN %s AND %s AND m.batch_id = %s AND m.row_number = e.row_number
"""


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message as it was left.

    :ivar state: QUEUED waits in the batch, and goes only when a person starts that.
    :ivar sender_id: the number that sent it; 0 where nobody knows.
    :ivar error: the words of the other system for why it failed.
    """

    row_number: int
    contact_id: int | None
    address: str
    given: str | None
    body: str
    state: State
    created_at: datetime
    sender_id: int = 0
    tries: int = 0
    reason: str | None = None
    provider_id: str | None = None
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    error: str = ""


def bring_past(*, batch: Batch, rows: Iterable[PastMessage], now: datetime) -> Counter[State]:
    """Adds the rows to an empty batch with one COPY, keeps its counters, and leaves it paused where something waits, else
    finished; how many of each state.

    In the caller's transaction or one of its own, in flat memory.
    """
    counts: Counter[tuple[int, State]] = Counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE past_errors (row_number int, detail text) ON COMMIT DROP")
        cursor.execute("SELECT nextval(pg_get_serial_sequence('ledger_message', 'id'))")
        first = cursor.fetchone()[0]
        errors: list[tuple[int, str]] = []
        for some in _parts(rows):
            with cursor.copy(f"COPY ledger_message ({COLUMNS}) FROM STDIN") as copy:
                for row in some:
                    counts[row.sender_id, row.state] += 1
                    copy.write_row(_columns(row, batch, now))
            errors = [(row.row_number, row.error[:_LONGEST_DETAIL]) for row in some if row.error]
            if errors:
                cursor.executemany("INSERT INTO past_errors VALUES (%s, %s)", errors)
        cursor.execute("SELECT currval(pg_get_serial_sequence('ledger_message', 'id'))")
        last = cursor.fetchone()[0]
        cursor.execute(_ATTEMPTS, [OUTCOME, CODE, first, last, batch.pk])
        cursor.execute("DROP TABLE past_errors")
        _count(cursor, batch.pk, counts)
        states: Counter[State] = Counter()
        for (_, state), count in counts.items():
            states[state] += count
        _close(batch, states, first, last, now)
        if sum(states.values()) >= _MANY:
            cursor.execute("ANALYZE ledger_message")
    return states


def _parts(rows: Iterable[PastMessage], size: int = 1_000) -> Iterable[list[PastMessage]]:
    part: list[PastMessage] = []
    for row in rows:
        part.append(row)
        if len(part) >= size:
            yield part
            part = []
    if part:
        yield part


def _columns(row: PastMessage, batch: Batch, now: datetime) -> tuple[Any, ...]:
    out = row.state in (State.SENT, State.DELIVERED, State.READ)
    over = row.state in (State.FAILED, State.SKIPPED, State.CANCELLED)
    sent = (row.sent_at or row.created_at) if out else None
    # A row with a provider's id and without a claim would be taken for an incoming one.
    tried = out or row.provider_id is not None or row.state in (State.FAILED, State.UNCERTAIN)
    claimed = (row.sent_at or row.created_at) if tried else None
    return (
        batch.business_id,
        batch.pk,
        row.sender_id,
        0,
        row.contact_id,
        int(row.state),
        1 if row.error else 0,
        row.tries,
        row.row_number,
        row.address,
        row.given,
        row.body,
        row.reason,
        row.provider_id,
        now if row.state is State.QUEUED else None,
        row.created_at if row.state is State.UNCERTAIN else None,
        row.created_at,
        claimed,
        sent,
        sent if row.state in (State.DELIVERED, State.READ) else None,
        sent if row.state is State.READ else None,
        (row.failed_at or row.created_at) if over else None,
    )


def _count(cursor: Any, batch_id: int, counts: Counter[tuple[int, State]]) -> None:
    for (sender_id, state), count in sorted(counts.items()):
        if state is State.QUEUED:
            continue
        column = state.word
        cursor.execute(
            f"INSERT INTO ledger_batchsender AS c (batch_id, sender_id, {column}) VALUES (%s, %s, %s)"  # noqa: S608
            f" ON CONFLICT (batch_id, sender_id) DO UPDATE SET {column} = c.{column} + excluded.{column}",
            (batch_id, sender_id, count),
        )


def _close(batch: Batch, states: Counter[State], first: int, last: int, now: datetime) -> None:
    waits = states[State.QUEUED] > 0
    batch.total = sum(states.values())
    batch.first_id, batch.last_id = first, last
    batch.state = BatchState.PAUSED if waits else BatchState.FINISHED
    batch.finished_at = None if waits else batch.finished_at or now
    batch.save(update_fields=["total", "first_id", "last_id", "state", "finished_at"])
