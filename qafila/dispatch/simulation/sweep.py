"""Many comparisons: each parameter at half and at double, some points where all are moved at once, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qafila.dispatch.simulation.compare import POLICIES, Kind, run
from qafila.dispatch.simulation.model import Model
from qafila.dispatch.simulation.outcome import Mean, Outcome, mean_of
from qafila.dispatch.simulation.policies import Policy
from qafila.kit.rng import seeded

HALF, DOUBLE = 0.5, 2.0
JOINT = 8
"""So many points move every parameter at once, each somewhere between half and double."""
CLEARLY = 0.005
"""A difference of less than this share of the messages is called none."""
DAYS_CLEARLY = 0.5
NUMBERS_CLEARLY = 0.05


@dataclass(frozen=True, slots=True)
class Point:
    """One model of the sweep.

    :ivar name: what was moved: ``people.unwanted × 2``, ``as it is``, ``all at once 3``.
    """

    name: str
    model: Model
    messages: int


@dataclass(frozen=True, slots=True)
class Task:
    """One run to make: it can be made in any process, in any order."""

    place: int
    point: Point
    kind: Kind
    policy: Policy
    days: float
    numbers: int
    seed: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The policies at one point, each by the mean over the seeds."""

    point: Point
    means: Mapping[Policy, Mean]


@dataclass(frozen=True, slots=True)
class Loss:
    """At this point another policy did better than ours.

    :ivar in_what: ``delivered``, ``lost`` (numbers) or ``finished`` (days).
    """

    point: str
    other: Policy
    in_what: str
    ours: float
    theirs: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """How ours stands against another policy over all points of a sweep.

    :ivar more, as_many, fewer: points where ours delivered clearly more, about as many, clearly fewer.
    :ivar fewer_lost, as_many_lost, more_lost: points by numbers lost.
    :ivar no_worse: points where ours delivered no fewer and lost no more; :ivar better: and one of both clearly better.
    """

    other: Policy
    points: int
    more: int
    as_many: int
    fewer: int
    fewer_lost: int
    as_many_lost: int
    more_lost: int
    no_worse: int
    better: int


def points(model: Model, kind: Kind, messages: int, *, sweep: bool, joint: int = JOINT) -> list[Point]:
    """The models to compare at; the first is the model as it is."""
    found = [Point("as it is", model, messages)]
    if not sweep:
        return found
    felt = [one for one in model.parameters() if kind in one.kinds]
    alone = [one for one in felt if one.alone]
    for factor, word in ((HALF, "½"), (DOUBLE, "2")):
        found += [Point(f"{one.path} × {word}", model.scaled(one, factor), messages) for one in alone]
        found.append(Point(f"messages × {word}", model, round(messages * factor)))
    for place in range(1, joint + 1):
        rng, moved = seeded(f"joint-{place}"), model
        for one in felt:
            moved = moved.scaled(one, DOUBLE ** rng.uniform(-1.0, 1.0))
        found.append(Point(f"all at once {place}", moved, round(messages * DOUBLE ** rng.uniform(-1.0, 1.0))))
    return found


def tasks(
    found: Sequence[Point], kind: Kind, *, days: float, numbers: int, seeds: int, sweep_seeds: int
) -> Iterator[Task]:
    """All runs of these points: the first with ``seeds`` seeds, the others with ``sweep_seeds``."""
    for place, point in enumerate(found):
        for seed in range(1, (sweep_seeds if place else seeds) + 1):
            for policy in POLICIES[kind]:
                yield Task(place, point, kind, policy, days, numbers, seed)


def done(task: Task) -> tuple[Task, Outcome]:
    """Makes one run."""
    outcome = run(
        task.point.model,
        task.kind,
        task.policy,
        days=task.days,
        numbers=task.numbers,
        messages=task.point.messages,
        seed=task.seed,
    )
    return task, outcome


def gathered(results: Sequence[tuple[Task, Outcome]]) -> list[Compared]:
    """The results by point, in the order of the points."""
    by_place: dict[int, dict[Policy, list[Outcome]]] = {}
    names: dict[int, Point] = {}
    for task, outcome in sorted(results, key=lambda one: (one[0].place, one[0].seed)):
        names[task.place] = task.point
        by_place.setdefault(task.place, {}).setdefault(task.policy, []).append(outcome)
    return [
        Compared(names[place], {policy: mean_of(runs) for policy, runs in by_policy.items()})
        for place, by_policy in by_place.items()
    ]


def others(one: Compared) -> list[Policy]:
    """Whom ours is held against at this point, the fixed limits first."""
    return [policy for policy in (Policy.FIXED, Policy.WAITING, Policy.NONE) if policy in one.means]


def losses(compared: Sequence[Compared]) -> list[Loss]:
    """Where ours loses: every point and other policy where that one delivered clearly more, lost fewer numbers, or
    delivered no fewer and was clearly sooner done."""
    found: list[Loss] = []
    for one in compared:
        ours = one.means[Policy.OURS]
        for policy in others(one):
            theirs = one.means[policy]
            if _more(theirs, ours) > 0:
                found.append(Loss(one.point.name, policy, "delivered", ours.delivered, theirs.delivered))
            if _fewer_lost(theirs, ours) > 0:
                found.append(Loss(one.point.name, policy, "lost", ours.lost, theirs.lost))
            if _sooner(theirs, ours):
                found.append(
                    Loss(one.point.name, policy, "finished", ours.finished or 0.0, theirs.finished or 0.0)
                )
    return found


def verdict(compared: Sequence[Compared], other: Policy) -> Verdict:
    """How ours stands against another policy."""
    pairs = [(one.means[Policy.OURS], one.means[other]) for one in compared]
    more = [_more(ours, theirs) for ours, theirs in pairs]
    fewer = [_fewer_lost(ours, theirs) for ours, theirs in pairs]
    both = list(zip(more, fewer, strict=True))
    return Verdict(
        other=other,
        points=len(pairs),
        more=more.count(1),
        as_many=more.count(0),
        fewer=more.count(-1),
        fewer_lost=fewer.count(1),
        as_many_lost=fewer.count(0),
        more_lost=fewer.count(-1),
        no_worse=sum(min(pair) >= 0 for pair in both),
        better=sum(min(pair) >= 0 and max(pair) > 0 for pair in both),
    )


def _more(one: Mean, other: Mean) -> int:
    return _sign(one.delivered - other.delivered, CLEARLY * one.messages)


def _fewer_lost(one: Mean, other: Mean) -> int:
    return _sign(other.lost - one.lost, NUMBERS_CLEARLY)


def _sooner(one: Mean, other: Mean) -> bool:
    """Whether one was clearly sooner done, in every run, without having delivered clearly fewer."""
    if one.finished is None or one.finished_runs < one.runs or _more(one, other) < 0:
        return False
    if other.finished is None or other.finished_runs < other.runs:
        return False
    return other.finished - one.finished > DAYS_CLEARLY


def _sign(difference: float, clearly: float) -> int:
    return (difference > clearly) - (difference < -clearly)
