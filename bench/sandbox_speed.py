"""How many messages a second the sandbox itself accepts, so that nobody mistakes its limit for ours.

The bare client of the contract bench, 128 in the air, against the sandbox with its ledger file, and against the responder
that only answers, in turns.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from bench.parts import ROOT, end, median, responder, spawn, steal_seconds, wait_for

COUNT = 20_000
TURNS = 3
IN_THE_AIR = 128
WORLD = {
    "people": {"slots": {"reader": 100}},  # nobody is refused
    "limits": {"enforce": False},
    "wabas": [{"id": "2", "portfolio_id": "1"}],
    "portfolios": [{"id": "1", "limit": None}],
    "phone_numbers": [
        {"id": "1", "waba_id": "2", "display_phone_number": "+201200000001", "throughput": None}
    ],
    "tokens": [{"id": "bench", "wabas": ["*"]}],
    "templates": [
        {
            "id": "4",
            "waba_id": "2",
            "name": "qafila_message",
            "language": "en",
            "category": "UTILITY",
            "status": "APPROVED",
            "components": [{"type": "BODY", "text": "{{1}}"}],
        }
    ],
}


def run(folder: Path, *, count: int = COUNT) -> dict[str, Any]:
    """Messages a second, CPU and memory for a thousand messages."""
    stolen = steal_seconds()
    rates: list[float] = []
    reference: list[float] = []
    cpu: list[float] = []
    memory: list[float] = []
    for turn in range(TURNS):
        with responder(folder, 0.0) as (_, base):
            reference.append(_messages_per_second(base, count))
        with _sandbox(folder, turn) as (process, base):
            before = process.memory_info().rss, _cpu(process)
            rates.append(_messages_per_second(base, count))
            memory.append((process.memory_info().rss - before[0]) / count)
            cpu.append((_cpu(process) - before[1]) / count)
    return {
        "count": count,
        "in_the_air": IN_THE_AIR,
        "sandbox_per_second": [round(x) for x in rates],
        "responder_per_second": [round(x) for x in reference],
        "sandbox_of_responder": round(median(rates) / median(reference), 2),
        "sandbox_cpu_limit_per_second": round(1 / median(cpu)),
        "sandbox_bytes_a_message": round(median(memory)),
        "steal_seconds": round(steal_seconds() - stolen, 1),
    }


@contextlib.contextmanager
def _sandbox(folder: Path, turn: int) -> Iterator[tuple[psutil.Process, str]]:
    config, ready = folder / "sandbox.json", folder / f"sandbox-{turn}.ready.json"
    config.write_text(json.dumps(WORLD))
    argv = ["-m", "wa_sandbox", "--port", "0", "--config", str(config), "--ready-file", str(ready)]
    argv += ["--ledger", str(folder / f"sandbox-{turn}.jsonl"), "--log-level", "warning"]
    child = spawn(*argv, log=folder / "sandbox.log")
    try:
        wait_for("the sandbox", ready.exists)
        yield psutil.Process(child.pid), json.loads(ready.read_text())["url"]
    finally:
        end(child)


def _messages_per_second(base: str, count: int) -> float:
    out = subprocess.run(
        [sys.executable, "-m", "bench.bare_client", base, str(count), str(IN_THE_AIR)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return count / float(out.stdout)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
