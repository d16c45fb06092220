"""The failure's class alone decides: the table of the design, row by row."""

from __future__ import annotations

import random

import pytest

from qafila.dispatch.rules import outcomes, retry
from qafila.dispatch.rules.gates import Facts, NotBefore, Skip, ask
from qafila.dispatch.rules.outcomes import Consequence, of_failure
from qafila.ledger.states import State
from qafila.providers.interface import Failure, ProviderError, Scope

RNG = random.Random(1)


@pytest.mark.parametrize(
    ("failure", "state", "counts", "consequence"),
    [
        (Failure.TEMPORARY, State.QUEUED, True, Consequence.NONE),
        (Failure.THROTTLED, State.QUEUED, False, Consequence.SLOW_SENDER),
        (Failure.RECIPIENT, State.FAILED, True, Consequence.NONE),
        (Failure.CONTENT, State.FAILED, True, Consequence.CONTENT),
        (Failure.RESTING, State.QUEUED, False, Consequence.REST_SENDER),
        (Failure.SENDER, State.QUEUED, False, Consequence.STOP_SENDER),
        (Failure.ACCOUNT, State.QUEUED, False, Consequence.STOP_ACCOUNT),
        (Failure.UNKNOWN, State.UNCERTAIN, True, Consequence.NONE),
    ],
)
def test_first_try(failure: Failure, state: State, counts: bool, consequence: Consequence) -> None:
    error = ProviderError(failure, "7", scope=Scope.SENDER)
    outcome = of_failure("cloud_api", error, tries=1, rng=RNG)
    assert (outcome.state, outcome.counts, outcome.consequence) == (state, counts, consequence)
    assert outcome.reason == "cloud_api.7"


def test_every_class_is_in_the_table() -> None:
    for failure in Failure:
        assert of_failure("x", ProviderError(failure, "1"), tries=1, rng=RNG).state in State


def test_a_temporary_failure_is_final_at_the_third_try() -> None:
    error = ProviderError(Failure.TEMPORARY, "131016")
    assert [of_failure("c", error, tries=n, rng=RNG).state for n in (1, 2, 3)] == [
        State.QUEUED,
        State.QUEUED,
        State.FAILED,
    ]


def test_unknown_is_never_queued_again_by_itself() -> None:
    error = ProviderError(Failure.UNKNOWN, "lost", retry_after=1.0)
    assert {of_failure("c", error, tries=n, rng=RNG).state for n in range(1, 9)} == {State.UNCERTAIN}


def test_waits_are_two_to_ten_seconds_and_grow() -> None:
    waits = {tries: [retry.wait_seconds(tries, random.Random(s)) for s in range(500)] for tries in (1, 2, 3)}
    for drawn in waits.values():
        assert 2.0 <= min(drawn) <= max(drawn) <= 10.0
        assert len(set(drawn)) > 1  # jitter
    means = [sum(drawn) / len(drawn) for drawn in waits.values()]
    assert means[0] < means[1] < means[2]


def test_only_the_pair_waits_for_a_pair_throttle() -> None:
    error = ProviderError(Failure.THROTTLED, "131056", scope=Scope.PAIR)
    outcome = of_failure("c", error, tries=1, rng=RNG)
    assert outcome.consequence is Consequence.NONE
    assert outcome.wait >= 6.0
    assert not outcome.counts


def test_rests_grow_to_a_day() -> None:
    assert [retry.rest_seconds(n) / 3600 for n in (1, 2, 3, 9)] == [1.0, 2.0, 4.0, 24.0]


FREE = Facts(
    opted_out=False, reply=False, free_text=True, official=True, last_inbound=1000.0, pair_free_at=0.0
)


def test_gates_in_their_order() -> None:
    now = 2000.0
    assert ask(FREE, now) is None
    shut = FREE._replace(last_inbound=now - 86_400 + 30)
    assert ask(shut, now) == Skip("window_closed")
    assert ask(shut._replace(opted_out=True), now) == Skip("opted_out")
    assert ask(FREE._replace(opted_out=True, reply=True), now) is None
    assert ask(shut._replace(free_text=False), now) is None
    assert ask(shut._replace(official=False), now) is None
    assert ask(FREE._replace(pair_free_at=now + 5), now) == NotBefore(now + 5, "pair_limit")


def test_content_failures_hold_after_a_few() -> None:
    assert 3 <= outcomes.CONTENT_FAILURES_IN_A_ROW <= 10
