"""`qafila up --sandbox` as a process of its own, on a data folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qafila.kit.processes import runfile

ROOT = Path(__file__).parents[2]
READY_WITHIN = 300.0
KEY = "journeys-use-this-key-of-the-api-0001"


@dataclass
class House:
    """A running house.

    :ivar address: of its pages. :ivar owner_link: makes the owner, once. :ivar data: its data folder.
    :ivar sandbox: address of its sandbox.
    """

    address: str
    owner_link: str
    data: Path
    sandbox: str

    def api(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """One call of the API, as a shop's program makes it: POST with a body, else GET."""
        request = urllib.request.Request(
            f"{self.address}/api/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def fault(self, **what: Any) -> None:
        """From now on the sandbox does this wrong: see its README."""
        request = urllib.request.Request(
            f"{self.sandbox}/admin/faults",
            data=json.dumps(what).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            answer.read()

    def contract(self, name: str, texts: list[str], *, first: int, start: bool = True) -> str:
        """A contract of the sandbox's number: a text each to the numbers that follow ``first``; its id."""
        account = self.api("accounts")["accounts"][0]["id"]
        people = [{"phoneNumber": str(first + n), "message": text} for n, text in enumerate(texts)]
        contract = self.api("contracts", {"accountId": account, "name": name, "recipients": people})["id"]
        if start:
            self.api(f"contracts/{contract}/start", {})
        return str(contract)

    def command(self, *words: str) -> str:
        """What a command says that is run beside the house, on its data folder."""
        done = subprocess.run(
            [sys.executable, "-m", "qafila.cli", *words],
            cwd=ROOT,
            env=_environment(self.data),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def workers(self) -> list[int]:
        """Processes that work now."""
        return [
            each.process.pid for each in runfile.live(self.data / "run") if each.role.startswith("worker")
        ]

    def kill_worker(self) -> int:
        """Kills the one worker with no warning, as a power cut would; its process number."""
        (pid,) = self.workers()
        os.kill(pid, signal.SIGKILL)
        return pid


@contextlib.contextmanager
def running(folder: Path) -> Iterator[House]:
    """Starts everything, waits until it says that it is ready, and ends it afterwards."""
    for each in (folder, *folder.parents):
        if "pytest" in each.name:
            each.chmod(0o755)  # as root the database runs as another account, which has to pass through
    log, data = folder / "house.log", folder / "data"
    command = [sys.executable, "-m", "qafila.cli", "up", "--sandbox"]
    sandbox = _free_port()
    command += ["--port", str(_free_port()), "--sandbox-port", str(sandbox)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=_environment(data), stdout=out, stderr=out)
        try:
            yield _ready(process, log, data, f"http://127.0.0.1:{sandbox}")
        finally:
            process.terminate()
            process.wait(timeout=90)


def _ready(process: subprocess.Popen[bytes], log: Path, data: Path, sandbox: str) -> House:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        said = log.read_text(encoding="utf-8", errors="replace")
        link = re.search(r"(http://\S+?)/welcome/owner/\S+", said)
        if "Ready at " in said and link:
            # Its own name of the machine: a session and a passkey belong to a name.
            return House(link.group(1), link.group(), data, sandbox)
        if process.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail(f"the house did not become ready:\n{log.read_text(errors='replace')[-3000:]}", pytrace=False)


def _environment(data: Path) -> dict[str, str]:
    """Nothing of a developer's own settings; a key of the API that is known beforehand."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "QAFILA_"))}
    ours.pop("DATABASE_URL", None)
    return ours | {"QAFILA_DATA": str(data), "API_SECRET_KEY": KEY, "PYTHONUNBUFFERED": "1"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
