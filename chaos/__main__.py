"""``make chaos RUNS=N``: kill runs and crash points. ``python -m chaos TRIAL …`` runs one kind.

Every trial adds a line to ``chaos/results.jsonl``; the last line printed has the counts. Exits non-zero on a loss or a
double.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chaos.stage import ROOT, Stage, open_stage

RESULTS = ROOT / "chaos" / "results.jsonl"
Trial = Callable[[Stage, Any, argparse.Namespace], list[dict[str, Any]]]


def kills(stage: Stage, shop: Any, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Promise 1: workers killed at random times."""
    from chaos.kill_workers import Crew, one_run

    crew = Crew(stage, options.workers)
    seeds = range(options.seed, options.seed + options.runs)
    results = [_kept("kills", one_run(stage, shop, crew, seed=s, messages=options.messages)) for s in seeds]
    crew.end()
    return results


def points(stage: Stage, shop: Any, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Promise 2: dead exactly at each point."""
    from chaos.crash_points import POINTS, Heir, one_trial

    chosen, heir = options.point or POINTS, Heir(stage)
    seeds = range(options.seed, options.seed + options.runs)
    return [_kept("points", one_trial(stage, shop, heir, point=p, seed=s)) for s in seeds for p in chosen]


def leases(stage: Stage, shop: Any, options: argparse.Namespace) -> list[dict[str, Any]]:
    """A worker stopped past its lease and continued."""
    from chaos.outages import stopped_past_its_lease

    seeds = range(options.seed, options.seed + options.runs)
    return [_kept("leases", stopped_past_its_lease(stage, shop, seed=s)) for s in seeds]


def postgres(stage: Stage, shop: Any, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Promise 3: PostgreSQL crashed and restarted."""
    from chaos.outages import postgres_crashed

    seeds = range(options.seed, options.seed + options.runs)
    return [_kept("postgres", postgres_crashed(stage, shop, seed=s)) for s in seeds]


TRIALS: dict[str, Trial] = {"kills": kills, "points": points, "leases": leases, "postgres": postgres}


def _kept(kind: str, result: dict[str, Any]) -> dict[str, Any]:
    """Adds a line to the results file and says a word on the screen."""
    line = {"kind": kind, "at": datetime.now(UTC).isoformat(timespec="seconds"), **result}
    with RESULTS.open("a") as file:
        file.write(json.dumps(line) + "\n")
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    return line


def main() -> int:
    """Runs trials; 1 when anything was lost or sent twice."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("trial", choices=sorted(TRIALS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--point", action="append", help="only this crash point (may be given several times)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qafila-chaos-") as folder:
        Path(folder).chmod(0o755)
        with open_stage(Path(folder), seed=options.seed) as stage:
            from chaos.house import Shop

            results = TRIALS[options.trial](stage, Shop(stage), options)
    sums = {
        key: sum(r[key] for r in results)
        for key in ("total", "lost", "duplicated", "uncertain", "unbalanced")
    }
    bad = [r["seed"] for r in results if not r["good"]]
    sys.stdout.write(
        json.dumps({"trial": options.trial, "runs": len(results), **sums, "bad_seeds": bad}) + "\n"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
