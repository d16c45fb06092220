"""Verbs that write to the ledger. Each transition is one conditional UPDATE whose row count is checked.

Lock order everywhere: messages by id, then counters by (batch, sender).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from psycopg.types.json import Jsonb

from qafila.kit.statements import statement
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, State, Target


class NoSuchBatch(Exception):
    """There is no such batch in this business."""

    code = "not_found"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A row for the ledger.

    :ivar row_number: row in its file or list, from 1.
    :ivar contact_id: None only where the given number is no number.
    :ivar address: E.164 digits, or another identity; for a bad number what can be kept of it.
    :ivar given: the number as given, where that differs from ``address``.
    :ivar reason: a wording code: the message is skipped for it from the beginning, with no attempt.
    :ivar sender_id: in a batch that several numbers share: the one it is addressed to; 0: whoever takes it.
    """

    row_number: int
    contact_id: int | None
    address: str
    given: str | None
    body: str
    params: Any = None
    reason: str | None = None
    sender_id: int = 0


@dataclass(frozen=True, slots=True)
class Added:
    """How many rows were added, and how many of them skipped from the beginning."""

    total: int
    skipped: int


class Resolution(enum.StrEnum):
    """What a person says of an uncertain message."""

    SENT = "sent"
    FAILED = "failed"
    RESEND = "resend"


def create_batch(
    *,
    business_id: int,
    target: tuple[Target, int],
    content: dict[str, Any],
    priority: int = 5,
    sealed: bool = True,
    now: datetime,
) -> Batch:
    """An empty batch, not started.

    :param content: see :attr:`Batch.content`.
    :param sealed: False while rows are still to be added by later calls.
    """
    kind, target_id = target
    return Batch.objects.create(
        business_id=business_id,
        target_kind=kind,
        target_id=target_id,
        content=content,
        priority=priority,
        sealed=sealed,
        created_at=now,
    )


COLUMNS = (
    "business_id, batch_id, contact_id, state, row_number, address, given, body, params, reason, due_at, created_at,"
    " failed_at"
)


def add_messages(*, batch: Batch, rows: Iterable[NewMessage], now: datetime) -> Added:
    """Adds rows with one COPY, and keeps the batch's total, its range of ids and the counters, in one transaction.

    Rows are queued at once; lanes take them when the batch flows. Rows with a ``reason`` are skipped from the beginning.
    """
    total = skipped = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('ledger_message', 'id'))")
        before = cursor.fetchone()[0]
        # Only rows that several numbers share may be addressed; the many others are spared two columns.
        shared = batch.target_kind != Target.SENDER
        columns = f"{COLUMNS}, sender_id, pinned_to" if shared else COLUMNS
        with cursor.copy(f"COPY ledger_message ({columns}) FROM STDIN") as copy:
            business_id, batch_id = batch.business_id, batch.pk
            queued, skip = int(State.QUEUED), int(State.SKIPPED)
            for row in rows:
                total += 1
                bad = row.reason is not None
                skipped += bad
                copy.write_row(
                    (
                        business_id,
                        batch_id,
                        row.contact_id,
                        skip if bad else queued,
                        row.row_number,
                        row.address,
                        row.given,
                        row.body,
                        None if row.params is None else Jsonb(row.params),
                        row.reason,
                        None if bad else now,
                        now,
                        now if bad else None,
                        *(((0, 0) if bad else (row.sender_id, row.sender_id)) if shared else ()),
                    )
                )
        if not total:
            return Added(0, 0)
        cursor.execute("SELECT currval(pg_get_serial_sequence('ledger_message', 'id'))")
        last = cursor.fetchone()[0]
        Batch.objects.filter(pk=batch.pk, first_id=None).update(first_id=before)
        Batch.objects.filter(pk=batch.pk).update(total=F("total") + total, last_id=last)
        if skipped:
            _count(cursor, batch.pk, 0, State.SKIPPED, skipped)
    if total >= 10_000:
        # A plan made while the table was small would walk it from end to end.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE ledger_message")
    batch.refresh_from_db()
    return Added(total, skipped)


def skip_duplicates(*, batch_id: int, once_per_person: bool = False, now: datetime) -> int:
    """The same text to the same person within one batch is sent once: the first row stays, later ones are skipped with
    the reason ``duplicate``. Returns how many. Touches queued rows only.

    :param once_per_person: whatever the text: each person gets one message of this batch.
    """
    name = "skip_repeated_people" if once_per_person else "skip_duplicates"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement("qafila.ledger", name), {"batch": batch_id, "now": now})
        return int(cursor.fetchone()[0])


def seal_batch(*, batch_id: int, now: datetime) -> None:
    """No more rows will be added: the batch may finish."""
    del now
    Batch.objects.filter(pk=batch_id).update(sealed=True)


def readdress_unbegun(*, batch_id: int, sender_id: int) -> bool:
    """A batch of one number that never flowed goes out over another number. False: it began, or several numbers share it;
    nothing is changed then.

    Rows that a person put first name the former number: the caller frees them (``dispatch.addressing.free``).
    """
    unbegun = Batch.objects.filter(
        pk=batch_id, state=BatchState.DRAFT, started_at=None, target_kind=Target.SENDER
    )
    return unbegun.update(target_id=sender_id) == 1


def start_batch(*, batch_id: int, business_id: int, now: datetime) -> BatchState:
    """DRAFT or PAUSED → FLOWING; any other state stays. Returns the state afterwards.

    Use ``dispatch.actions.start_batch``, which also wakes the lanes.
    """
    _move(
        batch_id,
        business_id,
        (BatchState.DRAFT, BatchState.PAUSED),
        state=BatchState.FLOWING,
        hold_code="",
        started_at=now,
    )
    return _state(batch_id, business_id)


def pause_batch(*, batch_id: int, business_id: int, now: datetime) -> BatchState:
    """FLOWING → PAUSED by a person; any other state stays. Returns the state afterwards."""
    del now
    _move(batch_id, business_id, (BatchState.FLOWING,), state=BatchState.PAUSED, hold_code="")
    return _state(batch_id, business_id)


def hold_batch(*, batch_id: int, code: str, now: datetime) -> bool:
    """FLOWING → PAUSED by the engine, with its reason. False: it was not flowing."""
    del now
    held = Batch.objects.filter(pk=batch_id, state=BatchState.FLOWING).update(
        state=BatchState.PAUSED, hold_code=code
    )
    return held == 1


def cancel_batch(*, batch_id: int, business_id: int, now: datetime) -> BatchState:
    """Anything not finished → CANCELLED; the queued rows follow in the background (:func:`cancel_some`)."""
    del now
    _move(
        batch_id,
        business_id,
        (BatchState.DRAFT, BatchState.FLOWING, BatchState.PAUSED),
        state=BatchState.CANCELLED,
        sealed=True,
    )
    return _state(batch_id, business_id)


def cancel_some(*, most: int = 5000, now: datetime) -> int:
    """Marks queued rows of one cancelled batch; returns how many (0: nothing is left to do)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement("qafila.ledger", "cancel_some"), {"most": most, "now": now})
        return int(cursor.fetchone()[0])


def finish_batches(*, now: datetime, uncertain_before: datetime) -> list[tuple[int, int, str]]:
    """FLOWING → FINISHED for every batch in which nothing is queued, sending, or uncertain since after
    ``uncertain_before``. Returns (id, business id, public id) of those finished now."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Locked first, counted afterwards: a retry that came between the two is seen.
        cursor.execute(statement("qafila.ledger", "lock_flowing"))
        batches = [row[0] for row in cursor.fetchall()]
        if not batches:
            return []
        cursor.execute(
            statement("qafila.ledger", "finish_batches"),
            {"now": now, "uncertain_before": uncertain_before, "batches": batches},
        )
        return [(row[0], row[1], str(row[2])) for row in cursor.fetchall()]


def resolve_uncertain(
    *,
    business_id: int,
    as_: Resolution,
    message_ids: Sequence[int] | None = None,
    batch_id: int | None = None,
    older_than: datetime | None = None,
    now: datetime,
) -> int:
    """A person decides what became of uncertain messages, singly or in bulk. Returns how many were uncertain and are not
    any more.

    ``RESEND`` queues them again as a new attempt; should the former one turn out to have been accepted before the new one
    begins, the message leaves the queue by itself. Call ``dispatch.actions.resume_flow`` afterwards.

    :param message_ids: these, or None for all of ``batch_id``.
    :param older_than: only those uncertain since before this moment.
    """
    if message_ids is None and batch_id is None:
        raise ValueError("name the messages or the batch")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.ledger", "resolve_uncertain"),
            {
                "business": business_id,
                "batch": batch_id,
                "ids": list(message_ids) if message_ids is not None else None,
                "before": older_than or now,
                "state": {"sent": State.SENT, "failed": State.FAILED, "resend": State.QUEUED}[as_.value],
                "now": now,
            },
        )
        return int(cursor.fetchone()[0])


def retry_failed(
    *,
    business_id: int,
    batch_id: int,
    reasons: Sequence[str] | None = None,
    failed_after: datetime | None = None,
    now: datetime,
) -> int:
    """Queues the failed messages of a batch again, with three fresh tries. Returns how many. Skipped ones stay skipped.

    Call ``dispatch.actions.resume_flow`` afterwards.

    :param reasons: only those with one of these wording codes; None: all.
    :param failed_after: only those that failed later (earlier ones were cleared); None: all.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.ledger", "retry_failed"),
            {
                "business": business_id,
                "batch": batch_id,
                "reasons": None if reasons is None else list(reasons),
                "failed_after": failed_after,
                "now": now,
            },
        )
        return int(cursor.fetchone()[0])


def _move(batch_id: int, business_id: int, states: Sequence[BatchState], **values: Any) -> bool:
    return bool(Batch.objects.filter(pk=batch_id, business_id=business_id, state__in=states).update(**values))


def _state(batch_id: int, business_id: int) -> BatchState:
    state = Batch.objects.filter(pk=batch_id, business_id=business_id).values_list("state", flat=True).first()
    if state is None:
        raise NoSuchBatch
    return BatchState(state)


def _count(cursor: Any, batch_id: int, sender_id: int, state: State, count: int) -> None:
    column = state.word
    cursor.execute(
        f"INSERT INTO ledger_batchsender AS c (batch_id, sender_id, {column}) VALUES (%s, %s, %s)"  # noqa: S608
        f" ON CONFLICT (batch_id, sender_id) DO UPDATE SET {column} = c.{column} + excluded.{column}",
        (batch_id, sender_id, count),
    )
