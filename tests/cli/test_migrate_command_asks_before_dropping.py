"""`qafila migrate`: says its steps, and asks before it drops anything."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qafila.kit.processes import runfile
from tests.cli.conftest import Run


@pytest.mark.slow  # from nothing, by command; tests/project goes up and back through every level
def test_migrate_up_and_back(qafila: Run) -> None:
    first = qafila("migrate")
    assert first.end() == 0, first.said
    assert "Migrated ledger.0001_initial" in first.said
    assert "migrations applied" in first.said

    back = qafila("migrate", "--to", "0")  # nobody there to answer
    assert back.end() == 1
    assert "table ledger_message: 0 rows" in back.said

    forced = qafila("migrate", "--to", "0", "--yes")
    assert forced.end() == 0
    assert "Reversed ledger.0001_initial" in forced.said


@pytest.mark.usefixtures("migrated")
def test_the_schema_does_not_go_back_under_a_living_worker(qafila: Run, data: Path) -> None:
    worker = qafila("worker")
    worker.wait_for("worker registered")
    refused = qafila("migrate", "--to", "1", "--yes")
    assert refused.end() == 1
    assert "(still_running)" in refused.said
    assert f"worker (process {worker.process.pid} on " in refused.said
    assert "Reversed" not in refused.said

    worker.send(signal.SIGKILL)  # its row still says that it lives
    worker.end()
    runfile.write(data / "run", pid=os.getpid(), role="web", now=datetime.now(UTC), port=5001)
    refused = qafila("migrate", "--to", "1", "--yes")
    assert refused.end() == 1
    assert f"web (process {os.getpid()})" in refused.said
    assert "worker (process" not in refused.said

    runfile.remove(data / "run", pid=os.getpid())
    asked = qafila("migrate", "--to", "1")  # now it may, and only asks; nobody is there to answer
    assert asked.end() == 1
    assert "Going back to schema level 1 drops:" in asked.said
    assert "(still_running)" not in asked.said
