"""How well block detection does on labelled traces that it was not tuned on.

``python -m bench detection`` judges: seeds from 10,000 on, ranges of their own (``bench.detection_traces.JUDGED``).
``python -m bench.detection tune [COUNT]`` shows the same for the tuning traces (seeds below 1,000), for whoever changes a
threshold. A trace counts as what its last verdict says; a healthy one is judged wrongly by a single verdict at any minute,
and so is an ill one by any verdict in the two hours before it fell ill.
"""

from __future__ import annotations

import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.detection_traces import JUDGED, NAMES, START, TUNING, Case, Maker, Ranges
from qafila.dispatch.rules.block_detection import Kind, Observed, judge

COUNT = 100
FIRST_SEED = 10_000
MOST_TUNING = 1_000


def watch(case: Case) -> tuple[Kind, float | None, bool]:
    """What a trace is taken for, minutes from its onset to the first right verdict, and whether it was called ill while it
    was well."""
    last, right_after, too_early = Kind.NONE, None, False
    for now in case.minutes(begin=START + 3600.0):
        observed = Observed(
            case.trace.slots, case.trace.streak, case.normal, neighbours=case.neighbours.slots
        )
        kind = judge(observed, now=now).kind
        if kind is Kind.NONE:
            continue
        if case.label is Kind.NONE or now < case.onset:
            too_early = True
        last = kind
        if kind is case.label and right_after is None and now >= case.onset:
            right_after = (now - case.onset) / 60.0
    return last, right_after, too_early


class Row(NamedTuple):
    """What came of one trace. ``delay``: minutes to the first right verdict; ``early``: called ill while it was well."""

    name: str
    seed: int
    label: Kind
    taken_for: Kind
    delay: float | None
    early: bool


def rows(ranges: Ranges, seeds: range) -> Iterator[Row]:
    """One trace of each kind for every seed."""
    for seed in seeds:
        for place, name in enumerate(NAMES):
            case = Maker(ranges, seed * 100 + place).case(name)
            kind, delay, early = watch(case)
            yield Row(name, seed, case.label, kind, delay, early)


def figures(found_rows: Iterable[Row]) -> dict[str, Any]:
    """The confusion matrix and what follows from it."""
    matrix: dict[Kind, Counter[Kind]] = defaultdict(Counter)
    by_name: dict[str, Counter[Kind]] = defaultdict(Counter)
    delays: dict[Kind, list[float]] = defaultdict(list)
    healthy = alarms = before = ill = 0
    seeds: set[int] = set()
    for row in found_rows:
        seeds.add(row.seed)
        matrix[row.label][row.taken_for] += 1
        by_name[row.name][row.taken_for] += 1
        if row.label is Kind.NONE:
            healthy, alarms = healthy + 1, alarms + row.early
        else:
            ill, before = ill + 1, before + row.early
            if row.delay is not None:
                delays[row.label].append(row.delay)
    found: dict[str, Any] = {}
    for kind in Kind:
        said = sum(row[kind] for row in matrix.values())
        right, is_so = matrix[kind][kind], matrix[kind].total()
        found[kind.value] = {
            "traces": is_so,
            "precision": round(right / said, 3) if said else None,
            "recall": round(right / is_so, 3) if is_so else None,
            "taken_for": {other.value: count for other, count in matrix[kind].most_common()},
        }
        if delays[kind]:
            ordered = sorted(delays[kind])
            found[kind.value]["minutes_to_detect"] = {
                "median": round(statistics.median(ordered), 1),
                "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
            }
    return {
        "seeds": [min(seeds), max(seeds)],
        "classes": found,
        "false_alarms_on_healthy": round(alarms / healthy, 4),
        "called_ill_before_it_was": round(before / ill, 4),
        "by_case": {
            name: {kind.value: count for kind, count in counts.most_common()}
            for name, counts in by_name.items()
        },
    }


def run(folder: Path) -> dict[str, Any]:
    """Judges on traces that nothing was tuned on."""
    del folder
    return figures(rows(JUDGED, range(FIRST_SEED, FIRST_SEED + COUNT)))


def main(arguments: list[str]) -> None:
    """Shows the tuning traces."""
    import json

    if arguments[:1] != ["tune"]:
        raise SystemExit("python -m bench.detection tune [COUNT]; judged by: python -m bench detection")
    count = min(int(arguments[1]) if len(arguments) > 1 else 20, MOST_TUNING)
    sys.stdout.write(json.dumps(figures(rows(TUNING, range(count))), indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
