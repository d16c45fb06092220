"""All in one: the embedded database, the sandbox if wanted, web and workers, as one family that lives and dies together.

What this process itself keeps small: Django is loaded by the children only.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Self

import psycopg

from qafila.cli import database, given, ports
from qafila.cli.baileys_process import BaileysProcess
from qafila.cli.sandbox_process import SandboxProcess
from qafila.cli.screen import Refusal
from qafila.kit.postgres import EmbeddedPostgres
from qafila.kit.processes import runfile
from qafila.kit.processes.children import Child, Family
from qafila.kit.processes.parent_death import end_with_parent
from qafila.project.env import Env

logger = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "qafila.cli")
GRACE_SECONDS = 28.0
"""A worker waits up to 25 s for calls in the air; usually all is over within two."""
READY_SECONDS = 120.0
_LOOK_AGAIN_SECONDS = 0.05
_LOOK_FOR_ACCOUNTS_SECONDS = 10.0
"""How soon after the first account of its kind a gateway is started."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. ``console_level``: how much of the children's logs is shown; None: all of it.

    ``gateway`` is started as soon as there is an account of its kind; with ``gateway_at_once`` in any case. ``port_may_move``:
    nobody chose the ports; if another program took one while the database was set up, the next free one is taken.
    """

    env: Env
    ports: Sequence[int]
    workers: int
    sandbox: SandboxProcess | None = None
    console_level: str | None = None
    role: str = "up"
    gateway: BaileysProcess | None = None
    gateway_at_once: bool = False
    port_may_move: bool = False
    tell: Callable[[str], None] = field(default=lambda _: None)

    @property
    def url(self) -> str:
        """Where the pages are, for somebody on this machine."""
        host = "127.0.0.1" if self.env.bind in {"0.0.0.0", "::"} else self.env.bind  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.ports[0]}"


@contextlib.contextmanager
def only_one(env: Env, role: str, port: int) -> Iterator[None]:
    """Holds the data folder for this process; a second one is told where the first is.

    :raises Refusal: ``already_running``.
    """
    folder = env.data / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "up.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise _already_running(env) from exc
        runfile.clean(folder)
        runfile.write(folder, pid=os.getpid(), role=role, now=datetime.now(UTC), port=port)
        try:
            yield
        finally:
            runfile.remove(folder, pid=os.getpid())


def running(env: Env, *roles: str) -> runfile.Record | None:
    """The process of ours with one of these roles that runs on the data folder now."""
    return next((record for record in runfile.live(env.data / "run") if record.role in roles), None)


def _already_running(env: Env) -> Refusal:
    record = running(env, "up", "demo")
    where = f" at http://127.0.0.1:{record.port} (process {record.process.pid})" if record else ""
    return Refusal(
        "already_running",
        f"It already runs on the data folder {env.data}{where}.",
        "Use that one, stop it with `qafila stop`, or give this one a folder of its own with --data.",
    )


class Household(Family):
    """The family of ``up`` and ``demo``. To be used from the main thread, as a context manager."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(run_folder=plan.env.data / "run")
        self._plan = plan
        self._postgres: EmbeddedPostgres | None = None
        self.dsn = ""
        self.prepared: dict[str, Any] = {}
        self._gateway = plan.gateway
        self._look_for_accounts_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # What was asked for during the way down changes nothing any more.
        former = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGTERM, signal.SIGHUP)}
        try:
            self.stop(GRACE_SECONDS, order=["web"])
        finally:
            if self._postgres is not None:
                self._postgres.stop()
            for each, handler in former.items():
                signal.signal(each, handler)

    @property
    def plan(self) -> Plan:
        """What runs; after :meth:`open` with the ports that were taken."""
        return self._plan

    def open(self) -> None:
        """Starts everything in order and returns when pages answer and every worker works.

        :raises Refusal: something did not start; its log says why.
        """
        plan = self._plan
        self._open_database()
        if (sandbox := plan.sandbox) is not None:
            if plan.port_may_move:
                sandbox = self._where_free(sandbox)
                plan = self._plan = replace(plan, sandbox=sandbox)
            self.start(sandbox.child())
            sandbox.wait_until_ready(self.tend)
            plan.tell(f"WhatsApp sandbox at {sandbox.url}")
        self._prepare()
        if plan.port_may_move:
            folder, host = plan.env.data / "run", plan.env.bind
            free = [ports.choose(host, port, chosen=False, run_folder=folder) for port in plan.ports]
            if free != list(plan.ports):
                plan = self._plan = replace(plan, ports=free)
                self._prepare()  # what was told the address is told the new one: the sandbox, where its webhooks go
        # Whoever links a phone tells its gateway where we are: web and workers must mean the ports that are really served.
        given.use_ports(plan.ports)
        quiet = ("--console-level", plan.console_level) if plan.console_level else ()
        given_ports = [part for port in plan.ports for part in ("--port", str(port))]
        self.start(Child("web", (*COMMAND, "web", *given_ports, *quiet), port=plan.ports[0]))
        for number in range(1, plan.workers + 1):
            self.start(Child(f"worker-{number}", (*COMMAND, "worker", *quiet)))
        self._wait_until_ready()
        self._tend_gateway()

    def tend(self) -> None:
        """Restarts what ended by itself. For the time before :meth:`run_until_signal`, and within a longer task."""
        self._look_after()

    def _look_after(self) -> None:
        if self._postgres is not None and not self._postgres.alive():
            logger.error("PostgreSQL ended by itself. Starting it again.")
            self._postgres.stop()
            self._postgres.start()
        super()._look_after()
        if self.prepared:
            self._tend_gateway()

    def _seconds_to_next_restart(self) -> float | None:
        soonest = super()._seconds_to_next_restart()
        if self._gateway is None:
            return soonest
        wait = max(0.0, self._look_for_accounts_at - time.monotonic())
        return wait if soonest is None else min(wait, soonest)

    def _tend_gateway(self) -> None:
        """Starts the gateway once somebody needs it; from then on the family looks after it."""
        gateway = self._gateway
        if gateway is None or time.monotonic() < self._look_for_accounts_at:
            return
        self._look_for_accounts_at = time.monotonic() + _LOOK_FOR_ACCOUNTS_SECONDS
        try:
            if not (self._plan.gateway_at_once or self._has_account(gateway.kind)):
                return
            ports.choose(
                "127.0.0.1",
                gateway.port,
                chosen=True,
                run_folder=self._plan.env.data / "run",
                what="gateway",
            )
            self.start(gateway.child(log_level=(self._plan.console_level or "info").lower()))
        except (Refusal, OSError) as exc:
            if self._plan.gateway_at_once:
                raise
            self._gateway = None
            logger.error("The gateway %s was not started: %s", gateway.kind, exc)
            self._plan.tell(f"The gateway {gateway.kind} was not started: {exc} (setting BAILEYS_PORT)")
        except psycopg.Error as exc:
            logger.warning("Looking for accounts waits for the database (%s).", type(exc).__name__)
        else:
            self._gateway = None
            self._plan.tell(f"gateway {gateway.kind} at {gateway.url}")

    def _has_account(self, kind: str) -> bool:
        with psycopg.connect(self.dsn, connect_timeout=10) as connection:
            row = connection.execute(
                "SELECT EXISTS (SELECT 1 FROM senders_provideraccount WHERE kind = %s)", (kind,)
            ).fetchone()
        return bool(row and row[0])

    def _where_free(self, sandbox: SandboxProcess) -> SandboxProcess:
        """On another port, should somebody have taken its own while the database was made."""
        folder = self._plan.env.data / "run"
        free = ports.choose("127.0.0.1", sandbox.port, chosen=False, run_folder=folder, what="sandbox")
        return replace(sandbox, port=free)

    def _open_database(self) -> None:
        plan = self._plan
        if plan.env.database_url:
            database.usable(plan.env.database_url)
            self.dsn = plan.env.database_url
            plan.tell("database: the server of DATABASE_URL")
            return
        began = time.monotonic()
        postgres = EmbeddedPostgres(database.folder(plan.env))
        self.dsn = postgres.start().dsn
        if postgres.pid is not None:
            self._postgres = postgres
        plan.tell(f"database: embedded PostgreSQL in {postgres.data_dir} ({time.monotonic() - began:.1f} s)")
        given.use(DATABASE_URL=self.dsn)

    def _prepare(self) -> None:
        """Migrations, the first business, the sandbox as an account: in a child, so that this process stays small."""
        plan = self._plan
        result = plan.env.data / "run" / "prepared.json"
        result.unlink(missing_ok=True)
        argv = [*COMMAND, "prepare", "--result", str(result), "--web", plan.url]
        argv += ["--console-level", plan.console_level] if plan.console_level else []
        if plan.sandbox is not None:
            argv += ["--sandbox", str(plan.sandbox.folder)]
        began = time.monotonic()
        outcome = subprocess.run(  # noqa: S603
            argv, stdin=subprocess.DEVNULL, check=False, preexec_fn=end_with_parent(signal.SIGTERM)
        )
        if outcome.returncode != 0:
            raise Refusal(
                "not_prepared",
                "The database could not be prepared; what is written above says why.",
                f"All lines are in {plan.env.data / 'logs'}.",
                exit_code=outcome.returncode if outcome.returncode > 0 else 1,
            )
        self.prepared = _read_and_remove(result)
        level, applied = self.prepared["level"], self.prepared["applied"]
        what = f"{applied} migrations applied" if applied else "nothing to migrate"
        plan.tell(f"schema: level {level}, {what} ({time.monotonic() - began:.1f} s)")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        pids = self.pids
        while True:
            ended = [name for name in pids if name not in self.pids]
            if ended:
                self._did_not_start(ended[0], "ended at once")
            if answers(f"{self._plan.url}/health") and self._workers_at_work() >= self._plan.workers:
                return
            if time.monotonic() > deadline:
                self._did_not_start("The program", f"was not ready within {READY_SECONDS:.0f} seconds")
            time.sleep(_LOOK_AGAIN_SECONDS)

    def _did_not_start(self, who: str, how: str) -> None:
        folder = self._plan.env.data / "logs"
        raise Refusal(
            "did_not_start", f"{who} {how}.", f"Its log in {folder} says why; `qafila doctor` looks further."
        )

    def _workers_at_work(self) -> int:
        pids = [pid for name, pid in self.pids.items() if name.startswith("worker-")]
        with psycopg.connect(self.dsn, connect_timeout=10) as connection:
            row = connection.execute(
                "SELECT count(*) FROM dispatch_worker WHERE ended_at IS NULL AND pid = ANY(%s)", (pids,)
            ).fetchone()
        return int(row[0]) if row else 0


def answers(url: str, *, seconds: float = 5.0) -> bool:
    """Whether a server answers there, with whatever status."""
    try:
        with urllib.request.urlopen(url, timeout=seconds):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block like Ctrl-C does, so that its clean-up runs."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    former = {each: signal.signal(each, interrupt) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for each, handler in former.items():
            signal.signal(each, handler)


def _read_and_remove(path: Path) -> dict[str, Any]:
    import orjson

    found: dict[str, Any] = orjson.loads(path.read_bytes())
    path.unlink()
    return found
