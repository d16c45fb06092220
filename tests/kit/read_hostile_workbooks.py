"""Reads files named on the command line one after the other; for each a line of JSON: answer, CPU seconds, peak MiB above
what the process had before. A process of its own, so that a file that kills it is seen."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from qafila.kit.tables import TableError, open_table

STATUS = Path("/proc/self/status")


def memory(name: str) -> float:
    """``VmRSS`` now, ``VmHWM`` at its highest since the last :func:`forget_peak`; MiB."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def forget_peak() -> None:
    """The peak counts from now on."""
    Path("/proc/self/clear_refs").write_text("5")


def read(path: Path) -> str:
    """``read``, or the code of the refusal."""
    try:
        with open_table(path) as table:
            for _ in table:
                pass
    except TableError as refusal:
        return refusal.code.value
    return "read"


for name in sys.argv[1:]:
    before = memory("VmRSS")
    forget_peak()
    begin = time.process_time()
    answer = read(Path(name))
    seconds = time.process_time() - begin
    sys.stdout.write(json.dumps([answer, seconds, memory("VmHWM") - before]) + "\n")
    sys.stdout.flush()
