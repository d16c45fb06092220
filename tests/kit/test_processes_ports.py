"""A port in use: who holds it, what to use instead, and which leftovers may be ended."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qafila.kit.processes import ports, runfile
from qafila.kit.processes.identity import identify
from qafila.kit.processes.ports import NotStaleError, PortError

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
LISTENER = """
import signal, socket, sys
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
signal.pause()
"""
Listener = Callable[..., tuple[subprocess.Popen[str], int]]


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Starts a program that listens on a port of its own; the program and the port."""
    programs = []

    def start(*words: str, env: dict[str, str] | None = None) -> tuple[subprocess.Popen[str], int]:
        program = subprocess.Popen(
            [sys.executable, "-c", LISTENER, *words],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **(env or {})},
        )
        programs.append(program)
        assert program.stdout is not None
        return program, int(program.stdout.readline())

    yield start
    for program in programs:
        program.kill()
        program.communicate()


def record_as_leftover(run: Path, pid: int) -> None:
    """Record a process with a parent that is then gone."""
    with subprocess.Popen(["sleep", "600"]) as parent:
        runfile.write(run, pid=pid, role="web", now=NOW, port=1, parent=parent.pid)
        parent.kill()


def test_a_port_that_is_held_is_not_free_on_any_way_to_it(listener: Listener) -> None:
    _, port = listener()
    assert not ports.is_free("127.0.0.1", port)
    assert not ports.is_free("0.0.0.0", port)
    assert not ports.is_free("localhost", port)


def test_a_port_is_free_again_at_once_after_its_server_ended() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = server.accept()
            accepted.close()  # the server closes first, so its side lingers
            client.recv(1)
    assert ports.is_free("127.0.0.1", port)


def test_the_next_free_port_passes_over_those_in_use(listener: Listener) -> None:
    _, port = listener()
    found = ports.next_free("127.0.0.1", port)
    assert found is not None
    assert port < found < port + 20
    assert ports.next_free("127.0.0.1", port, tries=1) is None


@pytest.mark.parametrize(
    ("host", "port", "code"),
    [
        ("127.0.0.1", 0, "port_out_of_range"),
        ("127.0.0.1", 65536, "port_out_of_range"),
        ("203.0.113.1", 5001, "address_not_here"),
        ("no such host", 5001, "address_not_here"),
    ],
)
def test_what_cannot_be_listened_on_is_told(host: str, port: int, code: str) -> None:
    with pytest.raises(PortError) as raised:
        ports.is_free(host, port)
    assert raised.value.code == code


def test_the_holder_is_named_with_its_command_and_a_port_to_use_instead(listener: Listener) -> None:
    program, port = listener("--api-token", "s3cret", "postgresql://me:hunter2@db/x")
    with pytest.raises(PortError) as raised:
        ports.require_free("127.0.0.1", port)
    exc = raised.value
    assert exc.code == "port_in_use"
    assert exc.holder is not None
    assert exc.holder.pid == program.pid
    assert not exc.holder.ours
    assert exc.free_port is not None
    assert f"Port {port} is in use by python" in str(exc)
    assert f"process {program.pid}" in str(exc)
    assert f"use port {exc.free_port}" in str(exc)
    assert len(exc.holder.command) <= 80


@pytest.mark.parametrize(
    "word",
    [
        "--api-token s3cret",
        "--password=s3cret",
        "postgresql://me:s3cret@db/x",
        "Authorization: Bearer s3cret",
    ],
)
def test_secrets_of_a_command_line_are_not_shown(word: str) -> None:
    shown = ports._shorten(["/usr/bin/program", *word.split(" ", 1)])
    assert shown.startswith("program")
    assert "s3cret" not in shown


def test_nobody_holds_a_free_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert ports.holder_of(port) is None
    ports.require_free("127.0.0.1", port)


def test_ours_is_known_by_the_record_or_the_marker_of_the_same_data_folder(
    listener: Listener, tmp_path: Path
) -> None:
    run, other = tmp_path / "run", tmp_path / "other"
    recorded, port = listener()
    runfile.write(run, pid=recorded.pid, role="web", now=NOW, port=port)
    _, marked_port = listener(env={runfile.MARKER: str(run)})
    for each in (port, marked_port):
        assert ports.holder_of(each, run).ours  # type: ignore[union-attr]
        assert not ports.holder_of(each, other).ours  # type: ignore[union-attr]
    with pytest.raises(PortError, match="held by this program itself") as raised:
        ports.require_free("127.0.0.1", port, run)
    assert raised.value.code == "port_held_by_us"


@pytest.mark.parametrize("manner", ["polite", "deaf"])
def test_a_leftover_of_ours_is_ended(listener: Listener, tmp_path: Path, manner: str) -> None:
    program, port = listener(manner)
    record_as_leftover(tmp_path, program.pid)
    holder = ports.holder_of(port, tmp_path)
    assert holder is not None
    assert holder.stale
    assert ports.end_stale(holder, tmp_path, grace_seconds=0.5 if manner == "deaf" else 10)
    assert program.wait() == -(signal.SIGKILL if manner == "deaf" else signal.SIGTERM)
    assert ports.is_free("127.0.0.1", port)
    assert runfile.live(tmp_path) == []


def test_a_process_of_somebody_else_is_never_ended(listener: Listener, tmp_path: Path) -> None:
    program, port = listener()
    holder = ports.holder_of(port, tmp_path)
    assert holder is not None
    with pytest.raises(NotStaleError, match="left alone"):
        ports.end_stale(holder, tmp_path)
    assert program.poll() is None


def test_a_process_that_only_carries_our_marker_is_never_ended(listener: Listener, tmp_path: Path) -> None:
    program, port = listener(env={runfile.MARKER: str(tmp_path)})
    holder = ports.holder_of(port, tmp_path)
    assert holder is not None
    with pytest.raises(NotStaleError):
        ports.end_stale(holder, tmp_path)
    assert program.poll() is None


def test_a_process_whose_parent_still_watches_over_it_is_never_ended(
    listener: Listener, tmp_path: Path
) -> None:
    program, port = listener()
    runfile.write(tmp_path, pid=program.pid, role="web", now=NOW, port=port, parent=os.getpid())
    holder = ports.holder_of(port, tmp_path)
    assert holder is not None
    assert not holder.stale
    with pytest.raises(NotStaleError):
        ports.end_stale(holder, tmp_path)
    assert program.poll() is None


def test_a_later_process_with_a_recorded_number_is_never_ended(listener: Listener, tmp_path: Path) -> None:
    program, port = listener()
    record_as_leftover(tmp_path, program.pid)
    (path,) = tmp_path.glob("*.json")
    now = identify(program.pid)
    assert now is not None
    path.write_text(path.read_text().replace(now.birth, "another boot:1"))
    holder = ports.holder_of(port, tmp_path)
    assert holder is not None
    assert not holder.ours
    with pytest.raises(NotStaleError):
        ports.end_stale(holder, tmp_path)
    assert program.poll() is None
