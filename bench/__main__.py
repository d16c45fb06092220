"""``make bench``: prints a table and writes ``bench/latest.json``. ``python -m bench [NAME …]`` runs some of them."""

from __future__ import annotations

import importlib
import json
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
    "sandbox": "bench.sandbox_speed",
    "memory": "bench.memory",
    "detection": "bench.detection",
    "windows": "bench.windows",
}
LONG = ("memory", "detection", "windows")
"""Only when named: minutes to an hour each."""
LATEST = ROOT / "bench" / "latest.json"


def main(names: list[str]) -> None:
    """Runs the benches and keeps the figures of those that were not run."""
    figures: dict[str, Any] = json.loads(LATEST.read_text()) if LATEST.exists() else {}
    for name in names or [name for name in BENCHES if name not in LONG]:
        with tempfile.TemporaryDirectory(prefix="qafila-bench-") as folder:
            Path(folder).chmod(0o755)
            figures[name] = importlib.import_module(BENCHES[name]).run(Path(folder))
            figures[name]["measured_at"] = datetime.now(UTC).isoformat(timespec="seconds")
            figures[name]["machine"] = machine()
        sys.stdout.write(f"{name}: {json.dumps(figures[name], indent=2)}\n")
        LATEST.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
