"""The human pace never passes a minute, a day or a rest, whatever chance and length bring."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qafila.dispatch.rules import human_pace
from qafila.dispatch.rules.human_pace import HumanPolicy, HumanState

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC).timestamp()
DAY = 86_400.0


def run(policy: HumanPolicy, *, count: int, length: int, age_days: float, seed: int) -> list[float]:
    """The moments at which a number would send, restarting its state from JSON after every message."""
    rng, state, now, sent = random.Random(seed), HumanState(), START, []
    for _ in range(count):
        free_at, _ = human_pace.free_at(policy, state, age_days=age_days, now=now)
        now = (
            free_at
            + human_pace.reaction_seconds(policy, rng)
            + human_pace.typing_seconds(policy, length, rng)
        )
        state = HumanState.read(human_pace.after_send(policy, state, at=now, rng=rng).kept())
        sent.append(now)
    return sent


def most_in(sent: list[float], seconds: float) -> int:
    most = start = 0
    for end, at in enumerate(sent):
        while at - sent[start] >= seconds:
            start += 1
        most = max(most, end - start + 1)
    return most


@given(seed=st.integers(0, 10**6), length=st.integers(0, 4096))
@settings(max_examples=25, deadline=None)
def test_at_most_twenty_in_any_minute(seed: int, length: int) -> None:
    eager = HumanPolicy(
        burst=10**6, between=(0, 0.1), before_typing=(0, 0), typing_at_least=0, typing_at_most=0.2
    )
    assert most_in(run(eager, count=200, length=length, age_days=400, seed=seed), 60.0) == 20


@pytest.mark.parametrize(
    ("age_days", "limit"), [(0, 500), (6.9, 500), (7, 600), (45, 800), (90, 1000), (4000, 1000)]
)
def test_the_day_holds_what_the_age_allows(age_days: float, limit: int) -> None:
    sent = run(HumanPolicy(), count=limit + 200, length=20, age_days=age_days, seed=1)
    assert limit * 0.9 < most_in(sent, DAY) <= limit


@given(seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_a_rest_after_every_five(seed: int) -> None:
    sent = run(HumanPolicy(), count=101, length=30, age_days=400, seed=seed)
    gaps = [later - earlier for earlier, later in itertools.pairwise(sent)]
    assert min(gaps[4::5]) >= 30.0
    assert min(gaps) >= 3.0 + 0.5 + 1.0


def test_a_number_that_just_rested_says_why_it_waits() -> None:
    policy, rng = HumanPolicy(), random.Random(3)
    state = human_pace.after_send(policy, HumanState(), at=START, rng=rng)
    at, why = human_pace.free_at(policy, state, age_days=1, now=START + 0.1)
    assert why == "pace"
    assert START + 3 <= at <= START + 8
    full = HumanState(recent=[START] * 20)
    assert human_pace.free_at(policy, full, age_days=1, now=START + 1) == (START + 61.0, "pace_minute")
    spent = HumanState(hours={int(START // 3600): 500})
    at, why = human_pace.free_at(policy, spent, age_days=1, now=START + 1)
    assert why == "pace_day"
    assert at > START + DAY
    assert human_pace.free_at(policy, HumanState(), age_days=1, now=START) == (START, "")


def test_longer_texts_are_typed_longer_up_to_a_bound() -> None:
    policy = HumanPolicy()
    short = human_pace.typing_seconds(policy, 10, random.Random(1))
    long = human_pace.typing_seconds(policy, 60, random.Random(1))
    assert policy.typing_at_least <= short < long < policy.typing_at_most
    assert human_pace.typing_seconds(policy, 4096, random.Random(1)) == policy.typing_at_most
