"""What the benches share: a machine note, a database of their own, child processes that end with them."""

from __future__ import annotations

import contextlib
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def steal_seconds() -> float:
    """CPU time that the host took away since boot: a run with much of it ranks nothing."""
    return float(getattr(psutil.cpu_times(), "steal", 0.0))


def median(values: list[float]) -> float:
    """The middle value, 0 for none."""
    return statistics.median(values) if values else 0.0


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


def wait_for(what: str, done: Callable[[], Any], *, seconds: float = 300.0, every: float = 0.02) -> Any:
    """Polls until ``done`` gives something true, and gives that back."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = done()
        if value:
            return value
        time.sleep(every)
    raise SystemExit(f"waited {seconds:.0f} s for {what}")


@contextlib.contextmanager
def responder(folder: Path, latency_ms: float) -> Iterator[tuple[psutil.Process, str]]:
    """The reference provider in a process of its own; gives its process and base address."""
    ready = folder / f"responder-{time.monotonic_ns()}.port"
    child = subprocess.Popen(
        [sys.executable, str(ROOT / "bench" / "responder.py"), str(ready), str(latency_ms)]
    )
    try:
        wait_for("the responder", ready.exists)
        yield psutil.Process(child.pid), f"http://127.0.0.1:{ready.read_text()}"
    finally:
        child.kill()
        child.wait()


@contextlib.contextmanager
def database(folder: Path) -> Iterator[str]:
    """An embedded PostgreSQL at full durability, migrated; sets the environment for Django and gives the address."""
    from qafila.kit.postgres import EmbeddedPostgres

    with EmbeddedPostgres(folder / "postgres") as address:
        os.environ["DATABASE_URL"] = address.dsn
        os.environ["QAFILA_DATA"] = str(folder)
        os.environ["DJANGO_SETTINGS_MODULE"] = "qafila.project.settings"
        os.environ["LOG_LEVEL"] = "WARNING"
        import django

        django.setup()
        from qafila.project.schema import migrate

        migrate()
        yield address.dsn


def spawn(*argv: str, log: Path) -> subprocess.Popen[bytes]:
    """A Python child with our environment; its output goes to a file."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, *argv],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
        )


def end(child: subprocess.Popen[bytes]) -> None:
    """Ends a child, kindly first."""
    child.terminate()
    try:
        child.wait(timeout=30)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
