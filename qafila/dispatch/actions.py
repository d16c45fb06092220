"""Starting, pausing and cancelling what is to be sent, and waking the lanes that send it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from qafila.alerts import actions as alerts
from qafila.dispatch import package_holds
from qafila.dispatch.addressing import address_windows
from qafila.events import actions as events
from qafila.kit.statements import statement
from qafila.ledger import actions as ledger
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, Target
from qafila.senders.models import PackageMember, Sender

HELD_CONTENT: Final = "campaign_held_content"
"""Wording code of the alert that a batch is held, because its texts were refused one after the other."""
_TO_START: Final = (BatchState.DRAFT, BatchState.PAUSED)


def start_batch(*, batch_id: int, business_id: int, now: datetime) -> BatchState:
    """Lets a batch flow and wakes the lanes that may take it. Again: no effect.

    Over a package that is held after losses it is held from the beginning (``package_holds``). Started once more it flows:
    whoever does that was told. Then call ``losses.resumed``.

    :returns: the batch's state afterwards.
    :raises ledger.NoSuchBatch: not of this business.
    """
    with transaction.atomic():
        before = Batch.objects.filter(pk=batch_id, business_id=business_id, state__in=_TO_START).first()
        waits = before is not None and package_holds.must_wait(before, now=now)
        state = ledger.start_batch(batch_id=batch_id, business_id=business_id, now=now)
        if before is not None:
            _end_content_hold(before, now)
        if state is BatchState.FLOWING:
            batch = Batch.objects.get(pk=batch_id)
            if waits and package_holds.keep(batch, at_start=True, now=now):
                return BatchState.PAUSED
            address_windows(batch, now=now)
            wake_target((Target(batch.target_kind), batch.target_id), now=now)
        return state


def pause_batch(*, batch_id: int, business_id: int, now: datetime) -> BatchState:
    """Stops a batch: one UPDATE of one row. What is in the air lands.

    :raises ledger.NoSuchBatch: not of this business.
    """
    with transaction.atomic():
        # Locked before its state is read: its package may let it go on at this moment.
        Batch.objects.select_for_update(no_key=True).filter(pk=batch_id, business_id=business_id).first()
        state = ledger.pause_batch(batch_id=batch_id, business_id=business_id, now=now)
        if state is BatchState.PAUSED:
            package_holds.pause(batch_id, now=now)
        return state


def cancel_batch(*, batch_id: int, business_id: int, now: datetime) -> BatchState:
    """Ends a batch for good; what was sent stays in the books. Its queued rows are marked in the background.

    :raises ledger.NoSuchBatch: not of this business.
    """
    with transaction.atomic():
        before = Batch.objects.filter(pk=batch_id, business_id=business_id).first()
        state = ledger.cancel_batch(batch_id=batch_id, business_id=business_id, now=now)
        if before is not None:
            _end_content_hold(before, now)
    return state


def _end_content_hold(before: Batch, now: datetime) -> None:
    """A person has looked at what was held for its texts: the alert is over."""
    if before.hold_code and before.hold_code != package_holds.HELD:
        subject = ("batch", str(before.public_id))
        alerts.close_alert(HELD_CONTENT, business_id=before.business_id, subject=subject, now=now)


def wake_target(target: tuple[Target, int], *, now: datetime) -> int:
    """Wakes every lane that may take messages for a target. Returns how many."""
    kind, target_id = target
    match kind:
        case Target.SENDER:
            ids = [target_id]
        case Target.PROVIDER_ACCOUNT:
            ids = list(Sender.objects.filter(provider_account_id=target_id).values_list("pk", flat=True))
        case Target.PACKAGE:
            ids = list(PackageMember.objects.filter(package_id=target_id).values_list("sender_id", flat=True))
    return wake_senders(ids, now=now)


def wake_senders(sender_ids: Sequence[int], *, now: datetime) -> int:
    """Wakes lanes (and makes the ones that do not exist yet); workers hear of it when this commits."""
    if not sender_ids:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement("qafila.dispatch", "wake"), {"senders": sorted(sender_ids), "now": now})
        woken = len(cursor.fetchall())
        cursor.execute("SELECT pg_notify('qafila_lane', '')")
    return woken


def wake_by_the_clock(*, business_id: int, now: datetime) -> int:
    """The clock of a business is another one: its numbers that have hours look at once when these are. Returns how many."""
    numbers = Sender.objects.filter(business_id=business_id, hours__isnull=False)
    return wake_senders(list(numbers.values_list("pk", flat=True)), now=now)


def resume_flow(*, batch_id: int, now: datetime) -> None:
    """Rows came back to a batch (a resend, a retry, an upload): a finished one flows on (over a package that is held it is
    held), a cancelled one cancels them, and the lanes of a flowing one look again.

    They are woken by an event, not here: whoever calls holds counters, a claim locks a lane and then counters.
    """
    with transaction.atomic():
        waits = package_holds.must_wait(Batch.objects.get(pk=batch_id), now=now)
        batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
        if batch.state == BatchState.FINISHED:
            Batch.objects.filter(pk=batch_id).update(state=BatchState.FLOWING, finished_at=None)
            if waits and package_holds.keep(batch, at_start=True, now=now):
                return
        if batch.state == BatchState.CANCELLED:
            Batch.objects.filter(pk=batch_id).update(finished_at=None)
            return
        if batch.state in (BatchState.FINISHED, BatchState.FLOWING, BatchState.OPEN):
            subject = ("batch", str(batch.public_id))
            events.emit("batch.started", business_id=batch.business_id, subject=subject, data={}, now=now)


def before_rows(batch: Batch, *, now: datetime) -> None:
    """Call it in the transaction that adds rows to a batch and then :func:`resume_flow`, before the first row: the package is
    locked before its batches, and adding rows locks the batch."""
    package_holds.must_wait(batch, now=now)


def wake_stranded(*, now: datetime) -> int:
    """The net below all waking: lanes that sleep without a time though something waits for them. Returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement("qafila.dispatch", "stranded_lanes"))
        return wake_senders([row[0] for row in cursor.fetchall()], now=now)
