"""``make chaos RUNS=N``: kill runs and crash points. ``python -m chaos TRIAL …`` runs one kind.

Every trial adds a line to ``chaos/results.jsonl``; the last line printed has the counts. Exits non-zero on a loss, a
double, or a broken promise of the trial's own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chaos.stage import ROOT, Stuck, open_stage
from chaos.trials import TRIALS, USUAL

RESULTS = ROOT / "chaos" / "results.jsonl"
SUMS = ("total", "lost", "duplicated", "uncertain", "unbalanced")
MORE_SUMS = ("missing", "behind", "late", "overruns", "trials", "answered", "settled_by_hand")
"""Summed where a kind of trial has them."""


def main() -> int:
    """Runs trials; 1 when anything was lost or sent twice."""
    options = _options()
    trials = USUAL if options.trial == "all" else (options.trial,)
    if len(trials) > 1:
        return _each_in_its_own_process(trials, options)
    results: list[dict[str, Any]] = []
    trial = TRIALS[options.trial]
    options.messages = options.messages or trial.messages
    with tempfile.TemporaryDirectory(prefix="qafila-chaos-") as folder:
        Path(folder).chmod(0o755)
        world = trial.world(options)
        with open_stage(Path(folder), seed=options.seed, world=world, speed=trial.speed) as stage:
            try:
                for result in trial.run(stage, options):
                    results.append(_kept(options.trial, result))
            except Stuck:
                _keep_logs(stage.folder)
                raise
            if not all(result["good"] for result in results):
                _keep_logs(stage.folder)
    return _conclude(options.trial, results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("trial", choices=["all", *sorted(TRIALS)])
    parser.add_argument("--runs", type=int, default=3, help="runs of each kind (and of each crash point)")
    parser.add_argument("--seed", type=int, default=1, help="the first run's; the others count up")
    parser.add_argument(
        "--messages",
        type=int,
        help="messages of a run (attacks: bodies; optout: opt-outs); each kind has its own",
    )
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--senders", type=int, default=20, help="numbers, for limits")
    parser.add_argument("--point", action="append", help="only this crash point (may be given several times)")
    return parser.parse_args()


def _each_in_its_own_process(trials: tuple[str, ...], options: argparse.Namespace) -> int:
    """One after the other, each with a stage of its own; the last line has the counts of all."""
    sums: Counter[str] = Counter()
    bad: dict[str, Any] = {}
    for name in trials:
        argv = [sys.executable, "-m", "chaos", name, "--runs", str(options.runs), "--seed", str(options.seed)]
        argv += ["--messages", str(options.messages)] if options.messages and name != "points" else []
        argv += ["--workers", str(options.workers)]
        with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            last = ""
            for line in child.stdout:
                sys.stdout.write(line)
                sys.stdout.flush()
                last = line
        said = json.loads(last) if last.startswith("{") else {}
        sums.update({key: said.get(key, 0) for key in ("runs", *SUMS)})
        if child.returncode or "runs" not in said:
            bad[name] = said.get("bad_seeds", "ended before its time")
    _say({"trial": "all", **{key: sums[key] for key in ("runs", *SUMS)}, "bad": bad})
    return 1 if bad else 0


def _conclude(trial: str, results: list[dict[str, Any]]) -> int:
    sums = {key: sum(r.get(key, 0) for r in results) for key in SUMS}
    sums |= {
        key: sum(r[key] for r in results if key in r) for key in MORE_SUMS if any(key in r for r in results)
    }
    bad = [r["seed"] for r in results if not r["good"]]
    _say({"trial": trial, "runs": len(results), **sums, "bad_seeds": bad})
    return 1 if bad or not results else 0


def _kept(kind: str, result: dict[str, Any]) -> dict[str, Any]:
    """Adds a line to the results file and says a word on the screen."""
    line = {"kind": kind, "at": datetime.now(UTC).isoformat(timespec="seconds"), **result}
    with RESULTS.open("a") as file:
        file.write(json.dumps(line) + "\n")
    _say(line)
    return line


def _keep_logs(folder: Path) -> None:
    """After a bad run the processes' logs are worth more than the room they take: they go to ``QAFILA_CHAOS_LOGS``."""
    target = os.environ.get("QAFILA_CHAOS_LOGS")
    if target:
        Path(target).mkdir(parents=True, exist_ok=True)
        for log in folder.glob("*.log"):
            (Path(target) / log.name).write_bytes(log.read_bytes())


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
