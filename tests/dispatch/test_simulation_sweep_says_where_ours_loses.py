"""The sweep moves every number of the model, and says plainly where another policy did better."""

from __future__ import annotations

from pathlib import Path

from qafila.dispatch.simulation import sweep
from qafila.dispatch.simulation.compare import Kind
from qafila.dispatch.simulation.model import Model
from qafila.dispatch.simulation.outcome import Mean, Outcome, mean_of
from qafila.dispatch.simulation.policies import Policy
from qafila.dispatch.simulation.sweep import Compared, Point


def mean(policy: Policy, *, delivered: float, lost: float, finished: float | None = 9.0) -> Mean:
    return Mean(
        policy=policy.value,
        runs=2,
        messages=1000.0,
        delivered=delivered,
        failed=0.0,
        skipped=0.0,
        left=1000.0 - delivered,
        blocks=0.0,
        reports=0.0,
        stops=0.0,
        numbers=10.0,
        lost=lost,
        rests=0.0,
        finished=finished,
        finished_runs=2 if finished else 0,
    )


def compared(name: str, ours: Mean, fixed: Mean) -> Compared:
    none = mean(Policy.NONE, delivered=10, lost=10, finished=None)
    return Compared(Point(name, Model(), 1000), {Policy.NONE: none, Policy.FIXED: fixed, Policy.OURS: ours})


def ours(delivered: float, lost: float, finished: float | None = 9.0) -> Mean:
    return mean(Policy.OURS, delivered=delivered, lost=lost, finished=finished)


def fixed(delivered: float, lost: float, finished: float | None = 9.0) -> Mean:
    return mean(Policy.FIXED, delivered=delivered, lost=lost, finished=finished)


CASES = [
    compared("better", ours(900, 0), fixed(800, 2)),
    compared("same", ours(900, 1), fixed(902, 1)),
    compared("fewer", ours(700, 0), fixed(800, 1)),
    compared("more lost", ours(900, 3), fixed(900, 1)),
    compared("later", ours(900, 0, 12.0), fixed(900, 0, 9.0)),
]


def test_losses_are_named_by_point_and_kind() -> None:
    found = {(loss.point, loss.in_what, loss.ours, loss.theirs) for loss in sweep.losses(CASES)}
    assert found == {
        ("fewer", "delivered", 700, 800),
        ("more lost", "lost", 3, 1),
        ("later", "finished", 12.0, 9.0),
    }


def test_the_verdict_counts_points() -> None:
    found = sweep.verdict(CASES, Policy.FIXED)
    assert (found.points, found.more, found.as_many, found.fewer) == (5, 1, 3, 1)
    assert (found.fewer_lost, found.as_many_lost, found.more_lost) == (2, 2, 1)
    assert (found.no_worse, found.better) == (3, 1)


def test_every_parameter_is_moved_alone_or_with_the_others() -> None:
    model = Model()
    for kind in Kind:
        felt = [one for one in model.parameters() if kind in one.kinds]
        names = [point.name for point in sweep.points(model, kind, 500, sweep=True)]
        assert len(names) == len(set(names))
        for one in felt:
            assert (f"{one.path} × ½" in names) is (f"{one.path} × 2" in names) is one.alone
        joint = [p for p in sweep.points(model, kind, 500, sweep=True) if p.name.startswith("all at once")]
        assert len(joint) == sweep.JOINT
        for point in joint:
            moved = {one.path: one.value for one in point.model.parameters()}
            assert all(0.5 <= moved[one.path] / one.value <= 2.0 for one in felt)
            assert sum(moved[one.path] != one.value for one in felt) == len(felt)
    assert [point.name for point in sweep.points(model, Kind.PHONE, 500, sweep=False)] == ["as it is"]


def test_every_parameter_says_what_it_means_and_where_from() -> None:
    found = list(Model().parameters())
    assert len(found) > 40
    assert all(one.meaning and one.source and one.kinds for one in found)
    assert sum(one.source != "assumption" for one in found) >= 8
    half = Model().scaled(found[0], 0.5)
    assert half.people.unwanted == Model().people.unwanted / 2
    assert half.whatsapp == Model().whatsapp


def test_tasks_are_made_and_gathered_by_point() -> None:
    found = sweep.points(Model(), Kind.PHONE, 300, sweep=True, joint=1)[:2]
    planned = list(sweep.tasks(found, Kind.PHONE, days=5, numbers=2, seeds=2, sweep_seeds=1))
    assert len(planned) == 2 * 4 + 1 * 4
    results = [sweep.done(task) for task in reversed(planned)]
    first, second = sweep.gathered(results)
    assert (first.point.name, first.means[Policy.OURS].runs) == ("as it is", 2)
    assert (second.point, second.means[Policy.NONE].runs) == (found[1], 1)


def test_the_mean_of_runs_tells_how_many_finished() -> None:
    one = Outcome("ours", 10, 8, 1, 1, 0, 0, 0, 0, 0, 2, 0, (), 4.0, 0)
    two = Outcome("ours", 10, 6, 1, 1, 2, 0, 0, 0, 0, 2, 1, (3.0,), None, 0)
    found = mean_of([one, two])
    assert (found.delivered, found.lost, found.finished, found.finished_runs, found.runs) == (
        7,
        0.5,
        4.0,
        1,
        2,
    )


def test_the_page_names_every_parameter_with_its_value() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/simulation.md").read_text()
    missing = [
        row
        for one in Model().parameters()
        if (row := f"| `{one.path}` | {one.written} | {one.meaning} | {one.source} |") not in page
    ]
    assert missing == []
