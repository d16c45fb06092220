"""The command as a person runs it: real processes on a data folder of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue

import psutil
import pytest

from qafila.cli.commands.demo import MARK
from tests import made_database
from tests.command_parent import CommandParent, Forked

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120.0


class Command:
    """A running `qafila`. Lines of both outputs are kept in ``lines`` as they come."""

    def __init__(self, process: subprocess.Popen[str] | Forked) -> None:
        self.process = process
        self.lines: list[str] = []
        self._queue: Queue[str | None] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line)
        self._queue.put(None)

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def wait_for(self, text: str) -> str:
        """The line with this text; fails when the command ends without it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (line := self._next(deadline)) is not None:
            if text in line:
                return line
        raise AssertionError(f"{text!r} was never said:\n{self.said}")

    def end(self) -> int:
        """Waits for its end; its exit code."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._next(deadline) is not None:
            pass
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def send(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def family(self) -> list[psutil.Process]:
        """Its children, theirs too."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, *words: str) -> psutil.Process:
        """The one child whose command line holds these words."""
        family = {process: _arguments(process) for process in self.family()}
        found = [process for process, given in family.items() if all(word in given for word in words)]
        assert len(found) == 1, list(family.values())
        return found[0]

    def _next(self, deadline: float) -> str | None:
        try:
            line = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty as exc:
            raise AssertionError(f"waited too long:\n{self.said}") from exc
        if line is not None:
            self.lines.append(line)
        return line


def all_ended(processes: list[psutil.Process]) -> bool:
    """Whether all of them end within the patience. One that only waits to be collected by init has ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(_lives(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _arguments(process: psutil.Process) -> list[str]:
    """Its command line; nothing for one that is just ending."""
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


Run = Callable[..., Command]
InRooms = Callable[..., str]

ROOMS = """
from datetime import UTC, datetime, timedelta
from qafila.cli import database, given
with database.rooms(given.settings(None)):
"""
SHOP = """
from qafila.businesses.actor import command_actor
from qafila.cli.first_steps import first_business
from qafila.senders import actions
now = datetime.now(UTC)
business = first_business(now=now)
actor = command_actor(business)
"""
"""The first business, and what acts in it."""
MAIN_NUMBER = f"""{SHOP}
account = actions.create_provider_account(
    business=business, kind="memory", name="Shop access", base_url="http://127.0.0.1:9", ref="1",
    token="old-canary", app_secret="", verify_token="", actor=actor, now=now)
sender = actions.create_sender(
    business=business, name="Main", phone="+201000000001", provider_account=account, actor=actor, now=now)
"""
"""The same with one number, "Main", of the provider in memory."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that nobody used."""
    return tmp_path / "data"


def _environment(data: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return {**kept, "QAFILA_DATA": str(data), "PYTHONPATH": str(ROOT), "COLUMNS": "120"}


@pytest.fixture
def environment(data: Path) -> dict[str, str]:
    """A clean environment: no settings of the developer."""
    return _environment(data)


@pytest.fixture
def migrated(data: Path) -> None:
    """For tests that are not about the first start: the data folder has a database of the latest level, and nothing in it.

    (Making one takes longer than everything else in most of these tests.)
    """
    data.mkdir()
    made_database.copy(made_database.cluster(), data / "postgres")


@pytest.fixture
def migrated_demo(tmp_path: Path) -> Path:
    """The same as a demo's folder, for ``--keep --data``."""
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / MARK).touch()
    made_database.copy(made_database.cluster(), folder / "postgres")
    return folder


Start = Callable[..., "subprocess.Popen[str] | Forked"]


@pytest.fixture(scope="session")
def start() -> Iterator[Start]:
    """Starts `qafila` with these arguments; takes ``cwd`` and ``env``. Both outputs come by ``stdout``."""
    if not hasattr(os, "pidfd_open"):
        yield _started
        return
    parent = CommandParent()
    yield parent.start
    parent.close()


def _started(arguments: list[str], *, cwd: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "qafila.cli", *arguments],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def qafila(tmp_path: Path, environment: dict[str, str], start: Start) -> Iterator[Run]:
    """Starts `qafila` with these arguments, in an empty folder; what still runs at the end is ended."""
    started: list[Command] = []

    def run(*arguments: str, **variables: str) -> Command:
        command = Command(start(list(arguments), cwd=tmp_path, env={**environment, **variables}))
        started.append(command)
        return command

    yield run
    for command in started:
        if command.process.poll() is None:
            family = command.family()
            command.process.kill()
            command.process.wait()
            assert all_ended(family)


@pytest.fixture
def in_rooms(tmp_path: Path, environment: dict[str, str]) -> InRooms:
    """Runs pieces of Python one after the other in a process that has the rooms of the data folder open; what it printed."""

    def run(*pieces: str) -> str:
        code = ROOMS + "".join(textwrap.indent(piece, "    ") for piece in pieces)
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
