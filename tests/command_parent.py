"""A process that has read what every `qafila` command reads first, and forks one for each that a test wants.

Reading it takes longer than most commands do, and the tests run hundreds of them. What is forked is a process like any
other: a session, a folder, an environment and outputs of its own, and it can be killed. Nothing that depends on settings
is read beforehand. (``python -m tests.command_parent SOCKET_FD`` is the other side.)
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
MOST_BYTES: Final = 1 << 20
READ_BEFOREHAND: Final = (
    "qafila.cli.main",
    "django.core.mail",
    "django.core.management.base",
    "django.db.backends.postgresql.base",
    "django.db.migrations.loader",
    "django.db.models",
    "django.http",
    "django.template.backends.django",
    "django.urls",
    "django.utils.log",
    "fido2.webauthn",
    "procrastinate",
    "uvicorn",
)
"""Nothing in it asks for settings."""


class Forked:
    """What `subprocess.Popen` is for a child of its own: ``poll``, ``wait``, ``kill``, ``terminate``, ``stdout``."""

    def __init__(self, parent: CommandParent, pid: int, output: int) -> None:
        self.pid = pid
        self.stdout = os.fdopen(output, "r", encoding="utf-8")
        self.returncode: int | None = None
        self._parent = parent
        self._ended = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """The exit code; None while it runs. A signal's number is below zero."""
        return self._collect() if self.returncode is None and self._has_ended(0) else self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended; `subprocess.TimeoutExpired` when that takes longer than ``timeout`` seconds."""
        if self.returncode is not None:
            return self.returncode
        if not self._has_ended(timeout):
            raise subprocess.TimeoutExpired("qafila", timeout or 0)
        return self._collect()

    def kill(self) -> None:
        """SIGKILL, unless it was collected."""
        self._signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM, unless it was collected."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._ended, number)

    def _has_ended(self, timeout: float | None) -> bool:
        return bool(select.select([self._ended], [], [], timeout)[0])

    def _collect(self) -> int:
        code = int(self._parent.ask({"collect": self.pid})["code"])
        os.close(self._ended)
        self.returncode = code
        return code


class CommandParent:
    """Our side of it. Starts when it is made; ends when this process does, or with ``close``."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.command_parent", str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def start(self, arguments: list[str], *, cwd: Path, env: dict[str, str]) -> Forked:
        """`python -m qafila.cli` with these arguments, both outputs in one pipe, in a session of its own."""
        reading, writing = os.pipe()
        try:
            wanted = {"arguments": arguments, "cwd": str(cwd), "env": env}
            pid = int(self.ask(wanted, [writing])["pid"])
        finally:
            os.close(writing)
        return Forked(self, pid, reading)

    def ask(self, wanted: dict[str, Any], files: list[int] | None = None) -> dict[str, Any]:
        """One question, one answer."""
        socket.send_fds(self._socket, [json.dumps(wanted).encode() + b"\n"], files or [])
        answer = b""
        while not answer.endswith(b"\n"):
            piece = self._socket.recv(MOST_BYTES)
            assert piece, "the parent of the commands has ended"
            answer += piece
        said: dict[str, Any] = json.loads(answer)
        return said

    def close(self) -> None:
        """Ends it; what it forked goes on."""
        self._socket.close()
        self._process.wait()


def _serve(questions: socket.socket) -> None:
    while True:
        asked, files, _flags, _address = socket.recv_fds(questions, MOST_BYTES, 1)
        while asked and not asked.endswith(b"\n"):
            asked += questions.recv(MOST_BYTES)
        if not asked:
            return
        wanted = json.loads(asked)
        if "collect" in wanted:
            _pid, status = os.waitpid(wanted["collect"], 0)
            answer = {"code": os.waitstatus_to_exitcode(status)}
        else:
            pid = os.fork()
            if pid == 0:
                questions.close()
                _become(wanted, files[0])
            os.close(files[0])
            answer = {"pid": pid}
        questions.sendall(json.dumps(answer).encode() + b"\n")


def _become(wanted: dict[str, Any], output: int) -> None:
    """Does not come back: the child is the command from here on."""
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.chdir(wanted["cwd"])
    os.environ.clear()
    os.environ.update(wanted["env"])
    if "TZ" in os.environ:
        time.tzset()
    sys.argv = ["qafila", *wanted["arguments"]]
    runpy.run_module("qafila.cli", run_name="__main__", alter_sys=True)
    sys.exit(0)


def main() -> None:
    """Reads everything, then forks what is asked for until the other side closes."""
    for name in READ_BEFOREHAND:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as questions:
        _serve(questions)


if __name__ == "__main__":
    main()
