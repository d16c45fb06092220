"""What every trial stands on: an embedded PostgreSQL at full durability, the sandbox, the web process, workers."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qafila.kit.processes.parent_death import end_with_parent

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 180.0
SANDBOX = {
    "limits": {"enforce": False},
    "webhooks": {"batch": 20, "retry_cap_seconds": 2.0},
    "portfolios": [{"id": "100100100100100", "limit": None}],
}
"""Limits are another trial's matter (the engine reads the portfolio's back and would keep it); receipts come in small
batches so that the web process is not what is measured."""
SPEED = 50.0
WEB = ("uvicorn", "qafila.project.asgi:application", "--http", "qafila.intake.connection:GuardedProtocol")


class Stuck(Exception):
    """Something that should have happened did not."""


def wait_for(
    what: str, done: Callable[[], Any], *, seconds: float = PATIENCE_SECONDS, every: float = 0.05
) -> Any:
    """Polls until ``done`` gives something true, and gives that back."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = done()
        if value:
            return value
        time.sleep(every)
    raise Stuck(f"waited {seconds:.0f} s for {what}")


@dataclass
class Stage:
    """The running parts. Made by :func:`open_stage`."""

    folder: Path
    environment: dict[str, str]
    sandbox_url: str = ""
    sandbox_ready: dict[str, Any] = field(default_factory=dict)
    web_port: int = 0
    web: subprocess.Popen[bytes] | None = None
    sandbox: subprocess.Popen[bytes] | None = None
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    postgres: Any = None
    sandbox_flags: tuple[str, ...] = ()

    @property
    def ledger_file(self) -> Path:
        """The sandbox's append-only file: what it accepted, and what was answered to its webhooks."""
        return self.folder / "sandbox.ledger.jsonl"

    def spawn(self, *argv: str, name: str, cwd: Path = ROOT, **environment: str) -> subprocess.Popen[bytes]:
        """Starts a Python process in a process group of its own; its output goes to a file."""
        log = (self.folder / f"{name}.log").open("ab")
        child = subprocess.Popen(
            [sys.executable, *argv],
            cwd=cwd,
            env={**self.environment, **environment},
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGKILL),  # noqa: PLW1509 - a run that is killed leaves nothing behind
        )
        self.children.append(child)
        return child

    def worker(self, number: int = 0, **environment: str) -> subprocess.Popen[bytes]:
        """One worker process."""
        return self.spawn("-m", "qafila.worker.main", name=f"worker{number}", **environment)

    def end(self, child: subprocess.Popen[bytes], *, sign: int = signal.SIGKILL) -> int:
        """Ends one child of ours and waits for it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, sign)
        code = child.wait(timeout=60)
        if child in self.children:
            self.children.remove(child)
        return code

    def get(self, path: str) -> Any:
        """JSON from the sandbox."""
        with urllib.request.urlopen(self.sandbox_url + path, timeout=60) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    def lines(self, path: str) -> Iterator[Any]:
        """NDJSON from the sandbox, line by line."""
        with urllib.request.urlopen(self.sandbox_url + path, timeout=120) as answer:  # noqa: S310 - loopback
            for line in answer:
                yield json.loads(line)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """A call to the sandbox's admin interface."""
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.sandbox_url + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None


@contextlib.contextmanager
def open_stage(
    folder: Path,
    *,
    web: bool = True,
    sandbox: tuple[str, ...] = (),
    world: Mapping[str, Any] | None = None,
    speed: float = SPEED,
    seed: int = 1,
) -> Iterator[Stage]:
    """Starts PostgreSQL, migrates, starts the sandbox and the web process; ends everything afterwards.

    :param sandbox: more flags for the sandbox. :param world: its configuration instead of :data:`SANDBOX`.
    :param speed: how many times as fast as in life people react.
    """
    from qafila.kit.postgres import EmbeddedPostgres

    folder.mkdir(parents=True, exist_ok=True)
    postgres = EmbeddedPostgres(folder / "postgres")
    address = postgres.start()
    environment = {
        **os.environ,
        "DATABASE_URL": address.dsn,
        "QAFILA_DATA": str(folder),
        "DJANGO_SETTINGS_MODULE": "qafila.project.settings",
        "PYTHONPATH": str(ROOT),
        "LOG_LEVEL": "WARNING",
    }
    os.environ.update(
        {key: environment[key] for key in ("DATABASE_URL", "QAFILA_DATA", "DJANGO_SETTINGS_MODULE")}
    )
    stage = Stage(folder, environment, postgres=postgres)
    try:
        import django

        django.setup()
        from qafila.project.schema import migrate

        migrate()
        (folder / "sandbox.json").write_text(json.dumps(SANDBOX if world is None else world))
        stage.sandbox_flags = ("--seed", str(seed), "--speed", str(speed), *sandbox)
        start_sandbox(stage)
        if web:
            _start_web(stage)
        yield stage
    finally:
        for child in list(stage.children):
            stage.end(child)
        postgres.stop()


def start_sandbox(stage: Stage) -> None:
    """The sandbox on its ledger; again after it was ended: on the port it had, so that it is where it was."""
    ready = stage.folder / "sandbox.ready.json"
    ready.unlink(missing_ok=True)
    port = str(stage.sandbox_ready.get("port", 0))
    argv = ["-m", "wa_sandbox", "--port", port, "--ready-file", str(ready)]
    argv += ["--ledger", str(stage.ledger_file), "--config", str(stage.folder / "sandbox.json")]
    stage.sandbox = stage.spawn(*argv, *stage.sandbox_flags, name="sandbox")
    stage.sandbox_ready = wait_for(
        "the sandbox", lambda: ready.exists() and json.loads(ready.read_text() or "null"), every=0.01
    )
    stage.sandbox_url = str(stage.sandbox_ready["url"])


def _start_web(stage: Stage) -> None:
    from qafila.kit.processes.ports import next_free

    # Below the ports that the system gives to clients: who knocks at one of those while nobody listens may meet itself.
    stage.web_port = next_free("127.0.0.1", 20_000 + os.getpid() % 12_000, 200) or 0
    start_web(stage)


def start_web(stage: Stage) -> subprocess.Popen[bytes]:
    """The web process on the stage's port; returns once it answers."""
    web = stage.web = stage.spawn(
        *("-m", *WEB, "--host", "127.0.0.1", "--lifespan", "off"),
        *("--port", str(stage.web_port), "--no-access-log", "--log-level", "warning"),
        *("--timeout-graceful-shutdown", "3"),
        name="web",
    )
    wait_for("the web process", lambda: _answers(f"http://127.0.0.1:{stage.web_port}/health"), every=0.01)
    return web


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - loopback
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)
