"""``make bench``: prints a table and writes ``bench/latest.json``. ``python -m bench [NAME …] [--minutes N]`` runs some of them."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.parts import ROOT, machine

BENCHES = {
    "contract": "bench.contract_speed",
    "lanes": "bench.lanes_on_time",
    "depth": "bench.depth",
    "million": "bench.million_rows",
    "tables": "bench.million_row_tables",
    "pages": "bench.pages",
    "live": "bench.live_pages",
    "webhooks": "bench.webhooks",
    "webhook_answers": "bench.webhook_answers",
    "sandbox": "bench.sandbox_speed",
    "memory": "bench.memory",
    "detection": "bench.detection",
    "windows": "bench.windows",
    "fair": "bench.fair_share",
}
LONG = ("memory", "detection", "windows", "fair", "webhook_answers")
"""Only when named: minutes to an hour each."""
TIMED = ("memory", "webhook_answers")
"""They take as many minutes as are asked for: ``--minutes``, or ``QAFILA_BENCH_MINUTES``."""
LATEST = ROOT / "bench" / "latest.json"


def main(argv: list[str]) -> int:
    """Runs the benches and keeps the figures of those that were not run. 1 when one broke off, 2 for a wrong name."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join(BENCHES))
    parser.add_argument("--minutes", type=float, help=f"how long {' and '.join(TIMED)} measure")
    given = parser.parse_args(argv)
    names: list[str] = given.names
    if unknown := [name for name in names if name not in BENCHES]:
        sys.stderr.write(f"{' '.join(unknown)}: not a bench. There are: {' '.join(BENCHES)}.\n")
        return 2
    if given.minutes is not None:
        os.environ["QAFILA_BENCH_MINUTES"] = f"{given.minutes:g}"
    chosen = names or [name for name in BENCHES if name not in LONG]
    if len(chosen) == 1:
        _run(chosen[0])
        return 0
    # Each in a process of its own: with its own database, and without what another one left in memory.
    ended = [
        subprocess.run([sys.executable, "-m", "bench", name], cwd=ROOT, check=False).returncode
        for name in chosen
    ]
    return 1 if any(ended) else 0


def _run(name: str) -> None:
    figures: dict[str, Any] = json.loads(LATEST.read_text()) if LATEST.exists() else {}
    with tempfile.TemporaryDirectory(prefix="qafila-bench-") as folder:
        Path(folder).chmod(0o755)
        figures[name] = importlib.import_module(BENCHES[name]).run(Path(folder))
        figures[name]["measured_at"] = datetime.now(UTC).isoformat(timespec="seconds")
        figures[name]["machine"] = machine()
    sys.stdout.write(f"{name}: {json.dumps(figures[name], indent=2)}\n")
    LATEST.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
