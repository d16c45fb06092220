"""A simulated month repeats itself, accounts for every message, and never passes a limit that its policy promises."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pytest

from qafila.dispatch.rules.human_pace import HumanPolicy
from qafila.dispatch.rules.official_pace import DEFAULT_RATE
from qafila.dispatch.simulation.compare import RUNS, Kind, run
from qafila.dispatch.simulation.model import Model
from qafila.dispatch.simulation.phone_run import PhoneRun
from qafila.dispatch.simulation.policies import Policy
from qafila.dispatch.simulation.run import End, Run
from qafila.dispatch.simulation.work import DAY, START, drawn

SMALL = {"days": 12.0, "numbers": 4, "messages": 4000}
HARD = Model().changed(people__unwanted=0.6, people__block_unwanted=0.03, people__report_unwanted=0.004)

every_policy = pytest.mark.parametrize("policy", Policy)
every_kind = pytest.mark.parametrize("kind", Kind)
limited = pytest.mark.parametrize("policy", [Policy.FIXED, Policy.OURS])


def recorded(model: Model, kind: Kind, policy: Policy, *, seed: int) -> Run:
    fates = drawn(messages=6000, numbers=3, seed=seed)
    made = RUNS[kind](model, fates, policy, days=12.0, numbers=3, record=True)
    made.go()
    return made


def by_number(made: Run) -> dict[int, list[float]]:
    assert made.sends is not None
    found = defaultdict(list)
    for at, number, _ in made.sends:
        found[number].append(at)
    return found


def most_in(sent: list[float], seconds: float) -> int:
    most = start = 0
    for end, at in enumerate(sent):
        while at - sent[start] >= seconds:
            start += 1
        most = max(most, end - start + 1)
    return most


@every_kind
@every_policy
def test_the_same_seed_gives_the_same_month(kind: Kind, policy: Policy) -> None:
    once, again, other = (run(Model(), kind, policy, **SMALL, seed=seed) for seed in (5, 5, 6))
    assert once == again
    assert once != other


@every_kind
@every_policy
@pytest.mark.parametrize("model", [Model(), HARD], ids=["as it is", "hard"])
def test_every_message_is_delivered_failed_skipped_or_left(kind: Kind, policy: Policy, model: Model) -> None:
    made = RUNS[kind](model, drawn(messages=4000, numbers=4, seed=7), policy, days=12.0, numbers=4)
    month = made.go()
    assert month.delivered + month.failed + month.skipped + month.left == month.messages == 4000
    assert month.delivered > 0
    typing = sum(line.busy for line in made.lines) if isinstance(made, PhoneRun) else 0
    waiting = made.ends.count(End.LEFT)
    assert made.queue.left + typing == waiting, "the queue and the books must agree"
    assert month.left == waiting + made.ends.count(End.ON_ITS_WAY)
    assert (month.finished is None) is (waiting > 0)
    assert month.lost == len(month.lost_on) <= month.numbers


@limited
@pytest.mark.parametrize("model", [Model(), HARD], ids=["as it is", "hard"])
def test_phone_numbers_never_pass_the_fixed_limits(policy: Policy, model: Model) -> None:
    made = recorded(model, Kind.PHONE, policy, seed=3)
    assert isinstance(made, PhoneRun)
    limits = HumanPolicy()
    for number, sent in by_number(made).items():
        assert most_in(sent, 60.0) <= limits.per_minute
        gaps = [later - earlier for earlier, later in itertools.pairwise(sent)]
        assert min(gaps) >= limits.between[0]
        assert min(gaps[limits.burst - 1 :: limits.burst]) >= limits.rest[0]
        since = made.lines[number].account.since
        for start, at in enumerate(sent):
            day = [later for later in sent[start:] if later - at < DAY]
            assert len(day) <= limits.day_limit((day[-1] - since) / DAY)


def test_without_limits_they_are_passed() -> None:
    sent = by_number(recorded(Model(), Kind.PHONE, Policy.NONE, seed=3))
    assert max(most_in(one, 60.0) for one in sent.values()) > HumanPolicy().per_minute


@limited
def test_official_numbers_never_pass_the_second_or_the_portfolio(policy: Policy) -> None:
    model = Model().changed(meta__first_cap=400.0, meta__upgrade_hours=10_000.0)
    made = recorded(model, Kind.OFFICIAL, policy, seed=4)
    assert made.sends is not None
    assert all(most_in(sent, 1.0) <= DEFAULT_RATE for sent in by_number(made).values())
    most = start = 0
    people: dict[int, int] = defaultdict(int)
    for at, _, person in made.sends:
        people[person] += 1
        while made.sends[start][0] <= at - DAY:
            gone = made.sends[start][2]
            people[gone] -= 1
            if not people[gone]:
                del people[gone]
            start += 1
        most = max(most, len(people))
    # Who was called in vain (not on WhatsApp, protected) was not reached.
    in_vain = 0.06
    assert 400 * 0.9 < most <= 400 / (1 - 1.5 * in_vain)


@every_kind
def test_nobody_is_written_to_after_a_stop(kind: Kind) -> None:
    model = Model().changed(
        people__opt_out_unwanted=0.9, people__opt_out_wanted=0.5, people__reaction_hours=0.01
    )
    made = recorded(model, kind, Policy.OURS, seed=8)
    assert made.sends is not None
    written: dict[int, list[float]] = defaultdict(list)
    for at, _, person in made.sends:
        written[person].append(at)
    once_stopped = [person for person in made.crowd.stopped if person in written]
    assert len(once_stopped) > 100
    # What was on its way to a phone that was off may still come; nothing is sent a day after everybody had answered.
    again = [person for person in once_stopped if written[person][-1] - written[person][0] > 2 * DAY]
    assert len(again) < 0.2 * len(once_stopped)
    assert made.ends.count(End.SKIPPED) > 500


def test_the_first_moment_is_fixed() -> None:
    made = recorded(Model(), Kind.PHONE, Policy.FIXED, seed=1)
    assert made.sends is not None
    assert START <= made.sends[0][0] < START + 60
