"""Several commands at once on one data folder: who started the database keeps it while another one works with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

USER = """
import sys
import psycopg
from qafila.cli import database, given
with database.opened(given.settings(None)) as dsn:
    print("open", flush=True)
    sys.stdin.readline()
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT 1")
    print("asked", flush=True)
"""
Start = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts a process that opens the database, and asks it something when it is told to."""
    started: list[subprocess.Popen[str]] = []

    def begin() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", USER],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def hears(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.usefixtures("migrated")
def test_the_first_one_waits_for_the_second(start: Start) -> None:
    first = start()
    assert hears(first) == "open"
    second = start()
    assert hears(second) == "open"

    tell(first)
    assert hears(first) == "asked"
    tell(second)
    assert hears(second) == "asked"
    assert second.wait() == 0
    assert first.wait() == 0

    third = start()
    assert hears(third) == "open", "the folder is free again"
    tell(third)
    assert third.wait() == 0
