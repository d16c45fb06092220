"""`qafila up`: starts, says where, ends in order, leaves nothing behind, and meets itself and strangers politely."""

from __future__ import annotations

import re
import signal
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.cli.conftest import Run, all_ended
from tests.cli.gateways import webhook_url_at

KEY = "correct-horse-battery-staple-42"


def status_at(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as exc:
        return exc.code


def test_up_starts_serves_and_ends_on_ctrl_c(qafila: Run, data: Path, free_port: int) -> None:
    up = qafila("up", "--port", str(free_port), "--workers", "2", API_SECRET_KEY=KEY)
    ready = up.wait_for("Ready at")
    assert f"http://127.0.0.1:{free_port}/" in ready
    assert "database: embedded PostgreSQL" in up.said
    assert re.search(r"schema: level \d+, \d+ migrations applied", up.said)
    assert status_at(f"http://127.0.0.1:{free_port}/health") == 200
    family = up.family()
    for process in family:
        if {"web", "worker"} & set(process.cmdline()):
            assert process.environ()["PORT"] == str(free_port), "whoever tells a gateway where to report to"

    # A second one on the same folder is told where the first is.
    second = qafila("up")
    assert second.end() == 1
    assert f"already runs on the data folder {data}" in second.said
    assert f"http://127.0.0.1:{free_port}" in second.said
    assert "(already_running)" in second.said

    # Other commands use the running database.
    look = qafila("doctor")
    assert look.end() == 0, look.said
    assert "2 at work" in look.said
    assert re.search(r"processes: up \(process \d+\), web \(process \d+\), worker-1", look.said)
    assert webhook_url_at(f"http://127.0.0.1:{free_port}", KEY).startswith(f"http://127.0.0.1:{free_port}/")

    began = time.monotonic()
    up.send(signal.SIGINT)
    assert up.end() == 0
    assert time.monotonic() - began < 10
    assert "Stopped." in up.said
    assert "by force" not in up.said
    assert all_ended(family)
    assert list((data / "run").glob("*.json")) == []
    errors = [line for line in up.said.splitlines() if " ERROR " in line]
    assert errors == []


@pytest.mark.usefixtures("migrated")
def test_after_kill_9_nothing_is_left_and_the_next_start_works(qafila: Run, free_port: int) -> None:
    up = qafila("up", "--port", str(free_port))
    up.wait_for("Ready at")
    family = up.family()
    assert len(family) >= 3
    up.send(signal.SIGKILL)

    # At once: what is just ending must not be in the way.
    again = qafila("up", "--port", str(free_port))
    again.wait_for("Ready at")
    assert "nothing to migrate" in again.said
    assert f"http://127.0.0.1:{free_port}/" in again.said
    stop = qafila("stop")
    assert stop.end() == 0
    assert again.end() == 0
    assert all_ended(family)


def test_a_killed_child_comes_back_and_so_does_the_database(
    migrated: None, qafila: Run, free_port: int
) -> None:
    up = qafila("up", "--port", str(free_port), "--verbose")
    up.wait_for("Ready at")
    up.child("worker").kill()
    up.wait_for("worker-1 ended by itself")
    up.wait_for("worker is ready")
    next(process for process in up.family() if process.name() == "postgres").kill()
    up.wait_for("PostgreSQL ended by itself")
    up.wait_for("is ready after")
    look = qafila("dbshell", "-c", "SELECT 'it is ' || 'back'")
    assert look.end() == 0
    assert "it is back" in look.said
    up.send(signal.SIGTERM)
    assert up.end() == 0


def test_a_chosen_port_that_is_taken_is_refused_with_its_holder(qafila: Run) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        up = qafila("up", "--port", str(port))
        assert up.end() == 1
        assert f"Port {port} is in use by" in up.said
        assert f"process {psutil.Process().pid}" in up.said
        assert re.search(r"use port \d+", up.said)
        assert "(port_in_use)" in up.said


def test_the_default_port_gives_way_to_whoever_has_it(migrated: None, qafila: Run) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 5001))
            other.listen()
        except OSError:
            pass  # somebody else has it, which serves as well
        up = qafila("up")
        line = up.wait_for("Ready at")
        assert "Port 5001 is in use by" in up.said
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", line)[1])  # type: ignore[index]
        assert port != 5001
        assert status_at(f"http://127.0.0.1:{port}/health") == 200
        up.send(signal.SIGTERM)
        assert up.end() == 0
