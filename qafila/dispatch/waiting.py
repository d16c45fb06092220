"""What of a batch waits, and why: for the page of a contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from qafila.dispatch.queries import (
    WhyNotYet,
    closed_windows,
    numbers_of,
    why_sender_waits,
    why_target_waits,
)
from qafila.kit.statements import statement
from qafila.ledger import queries as ledger
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, Target
from qafila.senders.models import Sender

LOOKED_AT = 50_000
"""A queue longer than this is not searched for closed windows: the start says how many there were."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Some messages that wait, or that will be skipped when their turn comes.

    :ivar code: a wording code.
    :ivar count: how many; None: all that are not in another line.
    :ivar not_before: the earliest moment one of them goes on, if that is known.
    """

    code: str
    count: int | None
    not_before: datetime | None = None
    is_skip: bool = False


def why_batch_waits(batch: Batch, *, now: datetime) -> WhyNotYet | None:
    """Why the next message of a batch has not gone out; None where its number is not there any more."""
    if batch.state not in (BatchState.FLOWING, BatchState.OPEN):
        return WhyNotYet("not_started" if batch.state == BatchState.DRAFT else (batch.hold_code or "paused"))
    if batch.target_kind != Target.SENDER:
        return why_target_waits(batch, now=now)
    sender = Sender.objects.select_related("provider_account").filter(pk=batch.target_id).first()
    return why_sender_waits(batch, sender, now=now) if sender else None


def waiting(batch: Batch, *, now: datetime) -> list[Waiting]:
    """Everything known about what is still queued, the general reason first; empty where nothing is."""
    queued = ledger.counts(batch.pk).queued
    if not queued or batch.state in (BatchState.FINISHED, BatchState.CANCELLED):
        return []
    why = why_batch_waits(batch, now=now)
    found = [Waiting(why.code, None, why.not_before)] if why else []
    numbers = [one.pk for one in numbers_of((Target(batch.target_kind), batch.target_id))]
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.dispatch", "waiting_later"),
            {"batch": batch.pk, "senders": [0, *numbers], "now": now},
        )
        found += [Waiting(code, count, due) for code, count, due in cursor.fetchall()]
    if out := opted_out(batch.pk):
        found.append(Waiting("opted_out", out, is_skip=True))
    if queued <= LOOKED_AT and (shut := closed_windows(batch.pk, now=now)):
        found.append(Waiting("window_closed", shut, is_skip=True))
    return found


def opted_out(batch_id: int) -> int:
    """Queued messages of a batch to people who unsubscribed: they will be skipped, whatever else would hold them."""
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.dispatch", "waiting_opted_out"), {"batch": batch_id})
        return int(cursor.fetchone()[0])
