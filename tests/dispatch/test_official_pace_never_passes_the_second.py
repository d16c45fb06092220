"""Whatever the network does between our call and its answer, no second at the provider holds more than the rate."""

from __future__ import annotations

import heapq
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qafila.dispatch.rules.official_pace import Backoff, Slowest, Throughput, after_a_loss
from qafila.dispatch.rules.pair_limit import GAP_SECONDS, PairLimit


@given(rate=st.integers(1, 40), seed=st.integers(0, 10**6), slowest=st.floats(0.001, 3.0))
@settings(max_examples=60, deadline=None)
def test_no_second_of_arrivals_is_too_full(rate: int, seed: int, slowest: float) -> None:
    rng, pace, now = random.Random(seed), Throughput(rate), 100.0
    arrivals: list[float] = []
    in_the_air: list[float] = []
    while len(arrivals) < rate * 8:
        while in_the_air and in_the_air[0] <= now:
            pace.answered(heapq.heappop(in_the_air))
        for _ in range(min(pace.allowed(now), 1 + rng.randrange(8))):
            pace.begin(1)
            answer = now + rng.uniform(0.0005, slowest)
            arrivals.append(rng.uniform(now, answer))
            heapq.heappush(in_the_air, answer)
        free_in = pace.free_in(now)
        steps = [now + max(free_in, 1e-6)] if free_in is not None else []
        now = min([*steps, *in_the_air[:1]])
    arrivals.sort()
    for first, later in zip(arrivals, arrivals[rate:], strict=False):
        assert later - first >= 1.0


def test_it_does_come_near_the_rate() -> None:
    pace, now, begun = Throughput(80), 0.0, 0
    answers: list[float] = []
    while now < 10.0:
        while answers and answers[0] <= now:
            pace.answered(answers.pop(0))
        n = max(0, pace.allowed(now))
        pace.begin(n)
        begun += n
        answers += [now + 0.02] * n
        now += 0.005
    assert begun > 0.9 * 80 * 10


def test_a_lane_taken_over_lets_the_last_second_pass() -> None:
    pace = Throughput(80, busy_until=5.0)
    assert pace.allowed(4.9) == 0
    assert abs((pace.free_in(4.9) or 0) - 0.1) < 1e-9
    assert pace.allowed(5.0) == 80


def test_after_a_loss_a_lane_waits_as_long_as_calls_took_lately() -> None:
    assert after_a_loss(0.0) == after_a_loss(0.3) == 2.0
    assert after_a_loss(4.0) == pytest.approx(9.02)
    assert after_a_loss(500.0) == 10.0
    slowest = Slowest(0.0, 100.0)
    slowest.took(4.0, 110.0)
    slowest.took(0.1, 111.0)
    assert slowest.now(111.0) == pytest.approx(4.0, rel=0.03)
    assert slowest.now(140.0) == pytest.approx(2.0)
    slowest.took(3.0, 140.0)
    assert slowest.now(140.0) == pytest.approx(3.0)


def test_unused_places_come_back() -> None:
    pace = Throughput(10)
    pace.begin(10)
    assert pace.allowed(0.0) == 0
    assert pace.free_in(0.0) is None
    pace.unused(4)
    assert pace.allowed(0.0) == 4


def test_backoff_doubles_once_a_burst_and_calms_down() -> None:
    back = Backoff()
    assert back.throttled(0.0, asked=None) == 1.0
    assert back.throttled(0.5, asked=None) == 1.5  # the same burst: not doubled
    assert back.throttled(2.0, asked=None) == 4.0
    assert back.throttled(2.1, asked=30.0) == 32.1
    assert back.throttled(32.1 + 600, asked=None) == 32.1 + 600 + 1.0


def test_a_number_that_people_write_to_settles_below_its_rate_instead_of_standing_still() -> None:
    """What people write counts at the provider, too: at the whole rate each second would be refused, at ever longer waits."""
    rate, from_people, back = 80, 6, Backoff()
    sent, now = 0, 1.0
    while now < 601.0:
        own = int(rate * back.share(now))
        if now >= back.until:
            sent += min(own, rate - from_people)
            if own + from_people > rate:
                back.throttled(now, asked=None)
        now += 1.0
    assert sent > 0.8 * 600 * (rate - from_people)
    assert back.share(now + 3600) == 1.0


def test_pairs_wait_six_seconds_and_replies_may_borrow() -> None:
    pairs = PairLimit([(7, 100.0)])
    assert pairs.free_at(8, reply=False) == 0.0
    assert pairs.free_at(7, reply=False) >= 100.0 + GAP_SECONDS
    assert pairs.free_at(7, reply=True) <= 100.0
    for _ in range(12):
        pairs.sent(7, 100.0)
    assert pairs.free_at(7, reply=True) > 100.0


def test_a_pair_is_unanswered_until_its_last_call_has_ended() -> None:
    pairs = PairLimit()
    pairs.begun(7)
    pairs.begun(7)
    pairs.ended(7)
    assert pairs.unanswered(7)
    pairs.ended(7)
    assert not pairs.unanswered(7)


def test_old_pairs_are_forgotten() -> None:
    pairs = PairLimit()
    for contact in range(10_000):
        pairs.sent(contact, contact * 10.0)
    assert len(pairs._due) < 5000


def test_a_late_answer_moves_the_pair_on() -> None:
    pairs = PairLimit()
    pairs.sent(7, 100.0)
    pairs.arrived(7, 103.0)
    assert pairs.free_at(7, reply=False) >= 103.0 + GAP_SECONDS
    pairs.arrived(7, 90.0)
    assert pairs.free_at(7, reply=False) >= 103.0 + GAP_SECONDS, "an earlier one takes nothing back"
