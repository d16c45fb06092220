"""The command as a person runs it: real processes on a data folder of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120.0


class Command:
    """A running `qafila`. Lines of both outputs are kept in ``lines`` as they come."""

    def __init__(self, arguments: list[str], *, cwd: Path, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "qafila.cli", *arguments],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
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


@pytest.fixture(scope="session")
def made_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an embedded database that `qafila migrate` made and left."""
    folder = tmp_path_factory.mktemp("made")
    migrate = Command(["migrate"], cwd=folder, env=_environment(folder / "data"))
    assert migrate.end() == 0, migrate.said
    return folder / "data" / "postgres"


@pytest.fixture
def migrated(made_database: Path, data: Path) -> None:
    """For tests that are not about the first start: the data folder has a database of the latest level, and nothing in it.

    (Making one takes longer than everything else in most of these tests.)
    """
    data.mkdir()
    # As root the server runs as another account: `cp` keeps whose the files are, `shutil` does not.
    subprocess.run(["cp", "-Rp", str(made_database), str(data / "postgres")], check=True)


@pytest.fixture
def qafila(tmp_path: Path, environment: dict[str, str]) -> Iterator[Run]:
    """Starts `qafila` with these arguments, in an empty folder; what still runs at the end is ended."""
    started: list[Command] = []

    def run(*arguments: str, **variables: str) -> Command:
        command = Command(list(arguments), cwd=tmp_path, env={**environment, **variables})
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
def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
