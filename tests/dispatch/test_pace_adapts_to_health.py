"""The pace grows slowly while health is good, is halved at once on trouble, rests, probes; it never passes the fixed limits."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qafila.dispatch.rules import human_pace
from qafila.dispatch.rules.adaptive_pace import (
    DAY,
    GROWTH,
    HOUR,
    WHOLE,
    Share,
    Signs,
    State,
    eased,
    eased_rate,
    evidence_from,
    resumed,
    share,
    step,
    warm_up,
)
from qafila.dispatch.rules.block_detection import Kind
from qafila.dispatch.rules.human_pace import HumanPolicy, HumanState

NOW = 1_790_000_000.0
WELL = Signs(score=100, accepted=1)


def minutes(state: State, signs: Signs, count: int, *, begin: float = NOW) -> State:
    for n in range(1, count + 1):
        state = step(state, signs, now=begin + 60.0 * n)
    return state


def test_a_well_number_uses_all_of_its_limits_and_stays_there() -> None:
    assert minutes(State(), WELL, 100).factor == 1.0


def test_trouble_halves_at_once_and_goes_on_halving_only_each_half_hour() -> None:
    ill = Signs(score=30, kind=Kind.ACCOUNT_BLOCKED, accepted=1)
    assert minutes(State(), ill, 5).factor == 1.0  # it cannot send: nothing to slow down
    low = Signs(score=49, accepted=1)
    assert step(State(), low, now=NOW).factor == 0.5
    assert minutes(step(State(), low, now=NOW), low, 359).factor == 0.5
    assert minutes(step(State(), low, now=NOW), low, 360).factor == 0.25


@pytest.mark.parametrize("kind", [Kind.SPAM_LIMITED, Kind.BLACK_HOLE, Kind.FAILING])
def test_it_rests_then_probes_and_grows_again_only_after_the_probe(kind: Kind) -> None:
    state = step(State(), Signs(score=30, kind=kind, accepted=3), now=NOW)
    assert (state.factor, state.target, state.rests) == (0.25, 0.5, 1)
    assert state.rest_until == NOW + GROWTH.rest[0]
    assert share(state, age_days=400, official=False, now=NOW + 60).rest_until == state.rest_until
    over = state.rest_until
    assert share(state, age_days=400, official=False, now=over + 1).rest_until == 0.0
    probing = minutes(state, Signs(accepted=1), GROWTH.probe, begin=over)
    assert probing.factor == 0.25 and probing.probing == 0
    after = minutes(probing, WELL, 60, begin=over + 60.0 * GROWTH.probe)
    assert 0.25 < after.factor <= 0.25 * GROWTH.catch_up * 1.001


def hours(state: State, signs: Signs, count: int) -> State:
    for n in range(1, count + 1):
        state = step(state, signs, now=NOW + HOUR * n)
    return state


@pytest.mark.parametrize("kind", [Kind.NONE, Kind.BANNED])
def test_who_is_stopped_keeps_its_pace_and_begins_slowly_when_it_is_back(kind: Kind) -> None:
    """Stopped by a webhook, or hours ago, it has no calls that say why: the verdict is none and the score 0."""
    state = hours(State(), Signs(score=0, kind=kind, stopped=True), 24)
    assert state.factor == 1.0
    back = resumed(state, now=NOW + 25 * HOUR)
    assert (back.factor, back.target) == (0.2, 0.5)


def test_a_rest_of_the_providers_costs_one_cut_however_long_it_is() -> None:
    resting = Signs(score=30, resting=True)
    assert hours(State(), resting, 1).factor == 0.5
    assert hours(State(), resting, 24).factor == 0.5
    told = step(State(), Signs(score=30, kind=Kind.SPAM_LIMITED, accepted=1), now=NOW)
    assert hours(told, resting, 24).factor == told.factor


def test_rests_in_a_row_grow_longer() -> None:
    state, now, lengths = State(), NOW, []
    for _ in range(5):
        state = step(state, Signs(score=30, kind=Kind.SPAM_LIMITED, accepted=1), now=now)
        lengths.append(state.rest_until - now)
        now = state.rest_until + 60
    assert lengths == [1800.0, 3600.0, 7200.0, 14400.0, 14400.0]


def test_below_what_it_had_it_grows_quickly_beyond_it_carefully() -> None:
    state = State(factor=0.2, target=0.4, grown_at=NOW)
    quickly = minutes(state, WELL, 102)
    assert quickly.factor == pytest.approx(0.4, abs=0.01)
    carefully = minutes(quickly, WELL, 120, begin=NOW + 102 * 60)
    assert carefully.factor == pytest.approx(quickly.factor + 2 * GROWTH.step, abs=0.02)


def test_who_does_not_send_does_not_grow() -> None:
    state = State(factor=0.2, grown_at=NOW)
    assert minutes(state, Signs(accepted=0), 600).factor == 0.2


def test_between_well_and_ill_it_stays() -> None:
    state = State(factor=0.4, target=0.4, grown_at=NOW)
    assert minutes(state, Signs(score=65, accepted=1), 600).factor == 0.4


def test_the_providers_trouble_changes_nothing() -> None:
    state = State(factor=0.7, grown_at=NOW)
    assert minutes(state, Signs(score=10, kind=Kind.DEGRADED, accepted=1), 600).factor == 0.7


def test_who_comes_back_begins_slowly_and_old_evidence_does_not_count() -> None:
    state = resumed(State(), now=NOW)
    assert (state.factor, state.target, state.probing) == (GROWTH.again, 0.5, GROWTH.probe)
    assert evidence_from(state, now=NOW + 1) == NOW
    assert resumed(State(factor=0.06, target=0.5), now=NOW).factor == 0.06
    resting = replace(state, rest_until=NOW + 100)
    assert evidence_from(resting, now=NOW + 50) == 0.0  # its trouble stands while it rests


def test_a_new_phone_linked_number_warms_up_an_official_one_need_not() -> None:
    assert [warm_up(age) for age in (0, 1.9, 2, 4.9, 5, 400)] == [0.1, 0.1, 0.4, 0.4, 1.0, 1.0]
    assert share(State(), age_days=0, official=False, now=NOW) == Share(rate=1.0, day=0.1)
    assert share(State(), age_days=0, official=True, now=NOW) == WHOLE
    policy = eased(HumanPolicy(), share(State(), age_days=0, official=False, now=NOW))
    assert policy.day_limit(0) == 50
    assert policy.rest == HumanPolicy().rest


@given(
    rate=st.floats(0.001, 1.0),
    day=st.floats(0.001, 1.0),
    age=st.floats(0, 4000),
    throughput=st.integers(1, 1000),
)
@settings(max_examples=200, deadline=None)
def test_the_fixed_limits_stay_the_ceiling(rate: float, day: float, age: float, throughput: int) -> None:
    whole, less = HumanPolicy(), Share(rate, day)
    policy = eased(whole, less)
    assert 1 <= policy.per_minute <= whole.per_minute
    assert 1 <= policy.day_limit(age) <= whole.day_limit(age)
    assert policy.between[0] >= whole.between[0] and policy.rest[0] >= whole.rest[0]
    assert 1 <= eased_rate(throughput, less) <= throughput


@given(
    st.lists(
        st.tuples(
            st.integers(0, 100), st.sampled_from(list(Kind)), st.integers(0, 20), st.floats(1, 2 * DAY)
        ),
        max_size=40,
    )
)
@settings(max_examples=200, deadline=None)
def test_whatever_happens_the_factor_stays_between_its_bounds(
    course: list[tuple[int, Kind, int, float]],
) -> None:
    state, now = State(), NOW
    for score, kind, accepted, later in course:
        now += later
        state = State.from_kept(step(state, Signs(score, kind, accepted), now=now).kept())
        assert GROWTH.least <= state.factor <= 1.0
        assert state.rest_until <= now + GROWTH.rest[-1]


def test_a_pace_that_changes_does_not_forget_its_minute() -> None:
    """Slowed down in the very moment in which it sends, then at full speed: still never more than 20 in a minute."""
    rng, state, now, sent = random.Random(3), HumanState(), NOW, []
    eager = HumanPolicy(
        burst=10**6, between=(0, 0.1), before_typing=(0, 0), typing_at_most=0.1, typing_at_least=0
    )
    slow = eased(eager, Share(rate=0.2, day=1.0))
    for n in range(600):
        free_at, _ = human_pace.free_at(eager, state, age_days=400, now=now)
        now = free_at + 0.01
        policy = slow if n % 7 == 0 else eager
        state = HumanState.read(human_pace.after_send(policy, state, at=now, rng=rng).kept())
        sent.append(now)
    assert all(sent[n + 20] - sent[n] >= 60.0 for n in range(len(sent) - 20))


def test_an_hour_of_growth_is_an_hour_however_often_it_is_reckoned() -> None:
    state = State(factor=0.4, target=0.4, grown_at=NOW)
    often = minutes(state, WELL, 60)
    seldom = step(state, WELL, now=NOW + HOUR)
    assert often.factor == pytest.approx(seldom.factor, abs=1e-6)
