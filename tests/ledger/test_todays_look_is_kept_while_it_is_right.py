"""What moved today in older batches is looked for again when a counter moved, soon where they move all the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.seeding import fill
from qafila.businesses.models import Business
from qafila.ledger import finding, today, walking
from qafila.ledger.finding import Wanted
from qafila.ledger.models import Batch, BatchSender, Message
from qafila.ledger.states import BatchState, State

pytestmark = pytest.mark.django_db
MIDNIGHT = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clock:
    """Seconds that pass when told to; each look takes as long as said."""

    def __init__(self, look: float = 0.0) -> None:
        self.now, self.look = 1000.0, look

    def __call__(self) -> float:
        self.now += self.look
        return self.now


@pytest.fixture
def over_midnight(business: Business) -> Batch:
    return fill(
        business_id=business.pk,
        sender_id=1,
        count=200,
        shares={State.SENT: 1.0, State.READ: 1.0, State.FAILED: 1.0, State.QUEUED: 1.0},
        begin=MIDNIGHT - 3 * HOUR,
        end=MIDNIGHT + 3 * HOUR,
        people=50,
        state=BatchState.FLOWING,
    )


@pytest.fixture
def look(business: Business) -> Callable[[Clock], tuple[today.Moved, int]]:
    """What moved, and how many statements it took."""

    def looked(clock: Clock) -> tuple[today.Moved, int]:
        older = walking.figures(business.pk)
        with CaptureQueriesContext(connection) as asked:
            found = today.moved(business.pk, older, since=MIDNIGHT, clock=clock)
        return found, len(asked)

    return looked


def arrives(batch: Batch) -> None:
    """One message sent today is read, and the counters say so."""
    one = Message.objects.filter(batch_id=batch.pk, state=State.SENT, claimed_at__gte=MIDNIGHT).first()
    assert one is not None
    Message.objects.filter(pk=one.pk).update(state=State.READ)
    counters = BatchSender.objects.get(batch_id=batch.pk, sender_id=1)
    BatchSender.objects.filter(batch_id=batch.pk, sender_id=1).update(
        sent=counters.sent - 1, read=counters.read + 1
    )


def test_it_is_kept_while_no_counter_moves(over_midnight: Batch, look: Any) -> None:
    clock = Clock()
    first, statements = look(clock)
    assert statements == 2
    assert first[over_midnight.pk] == {
        s: Message.objects.filter(
            **{"batch_id": over_midnight.pk, "state": s, f"{moment}__gte": MIDNIGHT}
        ).count()
        for s, moment in ((State.SENT, "claimed_at"), (State.READ, "claimed_at"), (State.FAILED, "failed_at"))
    }
    clock.now += today.UNMOVED_SECONDS - 1
    assert look(clock) == (first, 0)
    clock.now += 2
    assert look(clock) == (first, 2)


def test_a_moved_counter_is_seen_at_once(over_midnight: Batch, look: Any) -> None:
    clock = Clock()
    before, _ = look(clock)
    arrives(over_midnight)
    after, statements = look(clock)
    assert statements == 2
    assert after[over_midnight.pk][State.READ] == before[over_midnight.pk][State.READ] + 1
    assert after[over_midnight.pk][State.SENT] == before[over_midnight.pk][State.SENT] - 1


def test_a_look_that_took_long_is_taken_again_later_but_within_two_seconds(
    over_midnight: Batch, look: Any
) -> None:
    clock = Clock(look=0.5)
    before, _ = look(clock)
    clock.look = 0.0
    arrives(over_midnight)
    clock.now += 1.0
    assert look(clock) == (before, 0)
    clock.now += 1.0
    after, statements = look(clock)
    assert statements == 2
    assert after != before


def test_the_figure_and_the_list_share_one_look(over_midnight: Batch, business: Business) -> None:
    wanted = Wanted(business.pk, (State.SENT, State.READ), since=MIDNIGHT)
    count = finding.total(wanted).count
    counts = finding.counts_since(business.pk, since=MIDNIGHT)
    assert count == counts[State.SENT] + counts[State.READ] == len(list(finding.all_rows(wanted)))
    assert count == len(finding.rows(wanted, offset=0, limit=500))


def test_what_waits_in_an_older_batch_is_not_of_today(over_midnight: Batch, business: Business) -> None:
    Message.objects.filter(batch_id=over_midnight.pk, state=State.QUEUED).update(created_at=MIDNIGHT + HOUR)
    everything = Wanted(business.pk, since=MIDNIGHT)
    rows = finding.rows(everything, offset=0, limit=500)
    assert len(rows) == finding.total(everything).count == len(list(finding.all_rows(everything)))
    assert State.QUEUED not in {row.state for row in rows}
    assert finding.rows(Wanted(business.pk, (State.QUEUED,), since=MIDNIGHT), offset=0, limit=500) == []
