"""The counters of each minute, noted once; a chart's points and a batch's rate are their differences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from bench.seeding import fill
from qafila.businesses.models import Business
from qafila.ledger import samples
from qafila.ledger.models import Batch, Sample
from qafila.ledger.states import BatchState, State

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def batch(business: Business) -> Batch:
    return fill(
        business_id=business.pk,
        sender_id=1,
        count=100,
        shares={State.QUEUED: 1.0},
        begin=NOON - 10 * MINUTE,
        end=NOON,
        people=100,
    )


def count(batch: Batch, **columns: int) -> None:
    changes = ", ".join(f"{name} = {value}" for name, value in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_batchsender (batch_id, sender_id) VALUES (%s, 1) ON CONFLICT DO NOTHING",
            [batch.pk],
        )
        cursor.execute(f"UPDATE ledger_batchsender SET {changes} WHERE batch_id = %s", [batch.pk])


def test_a_minute_is_noted_once_and_told_as_a_difference(batch: Batch, business: Business) -> None:
    samples.take(now=NOON + timedelta(seconds=2))
    count(batch, sent=10, failed=3)
    samples.take(now=NOON + timedelta(seconds=9))
    samples.take(now=NOON + MINUTE)
    count(batch, sent=5, delivered=25, failed=1)
    samples.take(now=NOON + 4 * MINUTE)
    assert Sample.objects.filter(batch_id=batch.pk).count() == 3
    points = samples.pace(business.pk, since=NOON)
    assert [(p.at, p.sent, p.delivered, p.failed) for p in points] == [
        (NOON + MINUTE, 10, 0, 3),
        (NOON + 4 * MINUTE, 20 / 3, 25 / 3, 0),
    ]
    assert [(m.at, m.sent, m.total) for m in samples.course(business.pk, batch.pk)] == [
        (NOON, 0, 100),
        (NOON + MINUTE, 10, 100),
        (NOON + 4 * MINUTE, 30, 100),
    ]


@pytest.mark.parametrize(
    ("began", "points"), [(30, [(NOON, 40)]), (3 * 60, [(NOON, 40 / 3)]), (2 * 3600, [])]
)
def test_the_first_messages_of_a_business_are_in_its_charts(
    batch: Batch, business: Business, began: int, points: list[tuple[datetime, float]]
) -> None:
    """All of a short contract may go out before the first note; of one that ran long before it nobody knows when."""
    Batch.objects.filter(pk=batch.pk).update(started_at=NOON - timedelta(seconds=began))
    count(batch, delivered=40)
    samples.take(now=NOON + timedelta(seconds=20))
    assert [(p.at, p.sent) for p in samples.pace(business.pk, since=NOON - timedelta(hours=1))] == points
    samples.take(now=NOON + MINUTE)
    assert samples.pace(business.pk, since=NOON)[-1].sent == 0
    noted = sum(hour.delivered for hour in samples.hours(business.pk, since=NOON - timedelta(hours=3)))
    assert noted == (40 if points else 0)


def test_a_rate_is_of_the_last_minutes(batch: Batch, business: Business) -> None:
    started = NOON - timedelta(seconds=30)
    assert samples.rates(business.pk, {batch.pk: (20, started)}, now=NOON) == {batch.pk: 40}
    count(batch, sent=100)
    for minute in range(20):
        samples.take(now=NOON + minute * MINUTE)
    at = NOON + 20 * MINUTE
    assert samples.rates(business.pk, {batch.pk: (160, started)}, now=at) == {batch.pk: 12}
    assert samples.rates(business.pk, {batch.pk: (100, started)}, now=at) == {batch.pk: 0}
    assert samples.rates(business.pk, {batch.pk: (0, None)}, now=at) == {}


def test_the_rate_of_one_that_began_just_now_counts_from_its_beginning(
    batch: Batch, business: Business
) -> None:
    started = NOON - timedelta(seconds=30)
    count(batch, sent=100)
    samples.take(now=NOON)
    assert samples.rates(business.pk, {batch.pk: (100, started)}, now=NOON + timedelta(seconds=30)) == {
        batch.pk: 100
    }


def test_what_rests_is_not_noted_and_old_minutes_go(batch: Batch, business: Business) -> None:
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.PAUSED)
    for hour in range(40):
        for minute in (0, 59):
            samples.take(now=NOON + timedelta(hours=hour, minutes=minute))
    kept = Sample.objects.filter(business_id=business.pk)
    assert not kept.filter(batch_id=batch.pk).exists()
    newest = NOON + timedelta(hours=39)
    assert {s.at.minute for s in kept.filter(at__lt=newest - samples.MINUTES_KEPT)} == {0}
    assert {s.at.minute for s in kept.filter(at__gte=newest - samples.MINUTES_KEPT)} == {0, 59}


def test_a_long_course_is_thinned_and_keeps_its_end(batch: Batch, business: Business) -> None:
    for minute in range(50):
        samples.take(now=NOON + minute * MINUTE)
    course = samples.course(business.pk, batch.pk, most=7)
    assert len(course) <= 8
    assert (course[0].at, course[-1].at) == (NOON, NOON + 49 * MINUTE)
