"""`qafila simulate`."""

from __future__ import annotations

import enum
import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from qafila.cli import household, screen
from qafila.dispatch.simulation import sweep as sweeping
from qafila.dispatch.simulation.compare import Kind
from qafila.dispatch.simulation.model import Model
from qafila.dispatch.simulation.outcome import Mean, Outcome
from qafila.dispatch.simulation.policies import Policy
from qafila.dispatch.simulation.sweep import Compared, Loss, Task, Verdict

NAMES = {
    Policy.NONE: "no limits",
    Policy.FIXED: "fixed limits",
    Policy.WAITING: "fixed limits, locks waited out",
    Policy.OURS: "ours",
}
PLAIN_EVERY_SECONDS = 5.0
SHOWN_LOSSES = 12


class Kinds(enum.StrEnum):
    """Which numbers to simulate."""

    PHONE = "phone"
    OFFICIAL = "official"
    BOTH = "both"


def simulate(
    *,
    days: Annotated[int, typer.Option("--days", min=1, max=90, metavar="N")] = 30,
    numbers: Annotated[int, typer.Option("--numbers", min=1, max=100, metavar="N")] = 10,
    messages: Annotated[
        int, typer.Option("--messages", min=10, max=1_000_000, metavar="N", help="Of the whole time.")
    ] = 120_000,
    seeds: Annotated[
        int,
        typer.Option("--seeds", min=1, max=50, metavar="K", help="So many times, with other chance each."),
    ] = 3,
    kind: Annotated[Kinds, typer.Option("--kind", help="Phone-linked numbers, official ones, or both.")] = (
        Kinds.BOTH
    ),
    sweep: Annotated[
        bool,
        typer.Option(
            "--sweep/--no-sweep", help="Also with each number of the model at half and at double (minutes)."
        ),
    ] = False,
    sweep_seeds: Annotated[
        int,
        typer.Option("--sweep-seeds", min=1, max=50, metavar="K", help="Seeds of each point of the sweep."),
    ] = 1,
    processes: Annotated[
        int | None,
        typer.Option(
            "--processes", min=1, max=64, metavar="N", help="Default: one a core.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The last line is everything as JSON.")] = False,
) -> None:
    """Play a month of sending on a virtual clock: no limits, the fixed limits, and the adaptive pace of this program.

    The pacing rules are the real ones. What people, WhatsApp and Meta do is a model, written down in docs/simulation.md;
    a model is not WhatsApp. Sends nothing, needs no database.

    \b
    qafila simulate                                   about a minute
    qafila simulate --kind phone --sweep              some minutes
    qafila simulate --numbers 3 --messages 5000 --days 14
    """
    kinds = list(Kind) if kind is Kinds.BOTH else [Kind(kind.value)]
    whole: dict[str, Any] = {}
    with household.interruptible():
        for one in kinds:
            points = sweeping.points(Model(), one, messages, sweep=sweep)
            planned = list(
                sweeping.tasks(points, one, days=days, numbers=numbers, seeds=seeds, sweep_seeds=sweep_seeds)
            )
            began = time.monotonic()
            compared = sweeping.gathered(_made(planned, one, processes or os.cpu_count() or 1))
            took = time.monotonic() - began
            _show(one, compared, days=days, numbers=numbers, messages=messages, seeds=seeds)
            if sweep:
                _show_sweep(compared)
            screen.say(f"{len(planned)} simulated months in {took:,.0f} s.", "dim")
            whole[one.value] = _as_json(compared) | {"seconds": round(took, 1)}
    screen.say(
        "A model is not WhatsApp: what it assumes, and from where, is in docs/simulation.md.", "yellow"
    )
    if as_json:
        given = {"days": days, "numbers": numbers, "messages": messages, "seeds": seeds}
        screen.data(json.dumps({"given": given, "kinds": whole}))


def _made(planned: Sequence[Task], kind: Kind, processes: int) -> list[tuple[Task, Outcome]]:
    """Makes the runs, showing how far it is."""
    results: list[tuple[Task, Outcome]] = []
    with _progress(kind, len(planned)) as step:
        if min(processes, len(planned)) == 1:
            for task in planned:
                results.append(sweeping.done(task))
                step()
            return results
        with ProcessPoolExecutor(min(processes, len(planned))) as pool:
            try:
                for future in as_completed([pool.submit(sweeping.done, task) for task in planned]):
                    results.append(future.result())
                    step()
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return results


@contextmanager
def _progress(kind: Kind, total: int) -> Iterator[Any]:
    word = f"simulating {kind.value} numbers"
    if screen.is_terminal():
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=screen.out, expand=True, transient=True) as bar:
            shown = bar.add_task(word, total=total)
            yield lambda: bar.advance(shown)
        return
    done, told = 0, time.monotonic()

    def step() -> None:
        nonlocal done, told
        done += 1
        if time.monotonic() - told >= PLAIN_EVERY_SECONDS:
            told = time.monotonic()
            screen.say(f"  {word}: {done} of {total} months")

    yield step


def _show(
    kind: Kind, compared: Sequence[Compared], *, days: int, numbers: int, messages: int, seeds: int
) -> None:
    runs = "1 run" if seeds == 1 else f"the mean of {seeds} runs"
    screen.say()
    screen.say(
        f"{numbers} {'phone-linked' if kind is Kind.PHONE else 'official'} numbers, {messages:,} messages, {days} days "
        f"({runs})",
        "bold",
    )
    columns = (
        "delivered",
        "failed",
        "said STOP before",
        "left over",
        "people who blocked",
        "numbers lost",
        "done",
    )
    rows = screen.table("", *columns, right=columns)
    for policy, mean in compared[0].means.items():
        rows.add_row(
            NAMES[policy],
            *(
                f"{value:,.0f}"
                for value in (mean.delivered, mean.failed, mean.skipped, mean.left, mean.blocks)
            ),
            f"{mean.lost:.1f} of {mean.numbers:.0f}",
            _done(mean),
        )
    screen.out.print(rows)


def _done(mean: Mean) -> str:
    if mean.finished is None:
        return "never"
    days = f"day {mean.finished:.1f}"
    return days if mean.finished_runs == mean.runs else f"{days} ({mean.finished_runs} of {mean.runs} runs)"


def _show_sweep(compared: Sequence[Compared]) -> None:
    for other in sweeping.others(compared[0]):
        found = sweeping.verdict(compared, other)
        screen.say()
        screen.say(f"Ours against {NAMES[other]}, at {found.points} points of the model:", "bold")
        screen.say(
            f"  delivered more at {found.more}, about as many at {found.as_many}, fewer at {found.fewer}"
        )
        screen.say(
            f"  lost fewer numbers at {found.fewer_lost}, as many at {found.as_many_lost}, more at {found.more_lost}"
        )
        screen.say(f"  no worse in either at {found.no_worse}, of those clearly better at {found.better}")
    lost = sweeping.losses(compared)
    screen.say()
    screen.say(f"Where ours loses ({len(lost)}):" if lost else "Ours loses nowhere in this sweep.", "bold")
    for loss in lost[:SHOWN_LOSSES]:
        screen.say(f"  {_said(loss)}")
    if len(lost) > SHOWN_LOSSES:
        screen.say(f"  … and {len(lost) - SHOWN_LOSSES} more; --json has all of them.")


def _said(loss: Loss) -> str:
    other = NAMES[loss.other]
    match loss.in_what:
        case "delivered":
            return f"{loss.point}: {other} delivered {loss.theirs:,.0f}, ours {loss.ours:,.0f}"
        case "lost":
            return f"{loss.point}: {other} lost {loss.theirs:.1f} numbers, ours {loss.ours:.1f}"
        case _:
            return f"{loss.point}: {other} was done on day {loss.theirs:.1f}, ours on day {loss.ours:.1f}"


def _as_json(compared: Sequence[Compared]) -> dict[str, Any]:
    def rounded(mean: Mean) -> dict[str, Any]:
        return {
            name: round(value, 2) if isinstance(value, float) else value
            for name, value in asdict(mean).items()
        }

    verdicts: list[Verdict] = [sweeping.verdict(compared, other) for other in sweeping.others(compared[0])]
    return {
        "points": [
            {
                "point": one.point.name,
                "messages": one.point.messages,
                "policies": {policy.value: rounded(mean) for policy, mean in one.means.items()},
            }
            for one in compared
        ],
        "against": {found.other.value: asdict(found) for found in verdicts},
        "losses": [asdict(loss) for loss in sweeping.losses(compared)],
    }
