"""The summary of a number's calls agrees with the attempts it is made of, however often it is made."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from qafila.dispatch import tally
from qafila.dispatch.models import Tally
from qafila.ledger.models import Attempt

pytestmark = pytest.mark.django_db

A, B = 71, 72


@pytest.fixture
def calls(now: datetime) -> list[Attempt]:
    """Calls of two numbers over more than a day."""
    made = []
    for number in range(200):
        at = now - timedelta(minutes=9 * number)
        outcome, code = [
            ("accepted", None),
            ("recipient", "131026"),
            ("throttled", "130429"),
            ("gate", "opted_out"),
        ][number % 4]
        made.append(
            Attempt(
                message_id=number + 1,
                number=1,
                sender_id=A if number % 3 else B,
                worker_id=1,
                epoch=1,
                began_at=at,
                ended_at=at,
                outcome=outcome,
                code=code,
            )
        )
    made.append(Attempt(message_id=900, number=1, sender_id=A, worker_id=1, epoch=1, began_at=now))
    return Attempt.objects.bulk_create(made)


def _expected(calls: list[Attempt], since: datetime) -> Counter[tuple[int, str, str]]:
    return Counter(
        (call.sender_id, call.outcome, call.code or "")
        for call in calls
        if call.began_at >= since and call.outcome in ("accepted", "recipient", "throttled")
    )


def _tallied() -> Counter[tuple[int, str, str]]:
    found: Counter[tuple[int, str, str]] = Counter()
    for row in Tally.objects.all():
        found[row.sender_id, row.outcome, row.code] += row.count
    return found


def test_it_agrees_with_the_attempts_and_again_changes_nothing(calls: list[Attempt], now: datetime) -> None:
    assert tally.count_calls(now=now)
    assert _tallied() == _expected(calls, tally.floor(now - tally.KEPT))
    for later in (1, 20, 60):
        tally.count_calls(now=now + timedelta(seconds=later))
    assert _tallied() == _expected(calls, tally.floor(now - tally.KEPT))


def test_a_call_that_ends_late_is_counted_once(calls: list[Attempt], now: datetime) -> None:
    tally.count_calls(now=now)
    before = _tallied()[A, "accepted", ""]
    Attempt.objects.filter(message_id=900).update(outcome="accepted")
    tally.count_calls(now=now + timedelta(minutes=4))
    tally.count_calls(now=now + timedelta(minutes=5))
    assert _tallied()[A, "accepted", ""] == before + 1


def test_what_is_older_than_a_day_is_forgotten(calls: list[Attempt], now: datetime) -> None:
    tally.count_calls(now=now)
    tally.count_calls(now=now + timedelta(days=2))
    assert not Tally.objects.exists()


def test_the_figures_of_a_page_add_up(calls: list[Attempt], now: datetime) -> None:
    tally.count_calls(now=now)
    since = now - timedelta(hours=24)
    expected = _expected(calls, tally.floor(since))
    mix = tally.mix_of(A, since=since)
    assert {(one.failure, one.code): one.count for one in mix} == {
        (outcome, code): count
        for (sender, outcome, code), count in expected.items()
        if sender == A and outcome != "accepted"
    }
    steps = tally.steps_of(A, since=since, until=now)
    assert sum(step.accepted for step in steps) == tally.accepted_since([A, B], since=since)[A]
    assert sum(step.refused for step in steps) == sum(one.count for one in mix)
    assert tally.last_refusals([A], since=since)[A].last_at == max(one.last_at for one in mix)
    assert len(steps) == 24 * 12 + 1
