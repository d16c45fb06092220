"""An own PostgreSQL server in one folder, started and stopped with this program.

The server is a direct child. It ends with this process whatever ends this process (a clean, fast shutdown), it is not
reached by the terminal's Ctrl-C, and it listens on a unix socket only. Other processes of ours on this machine find it
with `running_at` or `EmbeddedPostgres.start` and use it as long as its owner lives.
"""

import contextlib
import logging
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

import psycopg

from qafila.kit.postgres import (
    binaries,
    cluster,
    databases,
    diagnosis,
    folder_locks,
    pid_file,
    run_as,
    socket_folder,
    tuning,
)
from qafila.kit.postgres.address import DATABASE, Address
from qafila.kit.postgres.errors import PostgresError
from qafila.kit.processes.parent_death import StartedOffMainThread, end_with_parent

_log = logging.getLogger(__name__)

_LOOK_AGAIN_SECONDS: Final = 0.01
_FORMER_SERVER_SECONDS: Final = 90
_TELL_EVERY_SECONDS: Final = 10


def running_at(data_dir: Path) -> Address | None:
    """The address of a live server on `data_dir`, whichever process started it; None when there is none.

    A leftover `postmaster.pid` is not believed: the process has to be PostgreSQL, work in that folder, and let us in.
    Raises `PostgresError("running_server_refuses")` when a server runs there that does not.
    """
    data_dir = data_dir.resolve()
    run_as.refuse_other_owner(data_dir)
    found = pid_file.read(data_dir)
    if found is None or not found.ready or not pid_file.is_server_of(found.pid, data_dir):
        return None
    address = Address(socket_folder=found.socket_folder)
    try:
        if databases.data_directory(address) == data_dir:
            return address
        reason = "another server listens on its socket"
    except psycopg.OperationalError as exc:
        reason = " ".join(str(exc).split())
    if pid_file.read(data_dir) != found or not pid_file.is_server_of(found.pid, data_dir):
        return None  # it was just ending
    raise PostgresError("running_server_refuses", path=data_dir, pid=found.pid, reason=reason)


class EmbeddedPostgres:
    """A server on `data_dir`, created on the first start.

    `durable=False` trades safety for speed and is for throw-away test data. `start_timeout_seconds` is long because a
    server that was killed replays its log first. `way` says how root starts it and is for tests.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = True,
        start_timeout_seconds: float = 300,
        way: run_as.Way = "auto",
        bin_folder: Path | None = None,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self._durable = durable
        self._start_timeout_seconds = start_timeout_seconds
        self._way: run_as.Way = way
        self._bin_folder = bin_folder
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None

    def __enter__(self) -> Address:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The server's process id while it is ours; None before the start and for a server of another process."""
        return self._process.pid if self._process is not None else None

    def alive(self) -> bool:
        """Whether the server we started still runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Address:
        """Start the server, or find the one that another process of ours has on this folder; give its address.

        The database `qafila` exists afterwards. Call from the main thread. Raises `PostgresError` (any code of
        `errors.SENTENCES` but those about database names).
        """
        began = time.monotonic()
        deadline = began + self._start_timeout_seconds
        if (running := running_at(self.data_dir)) is not None:
            return running
        try:
            with folder_locks.start_lock(self.data_dir, deadline):
                address = self._start_or_find(deadline)
        finally:
            if self._process is None:
                self._tidy()
        if self._process is not None:
            _log.info("PostgreSQL %s is ready after %.2f s.", binaries.version(), time.monotonic() - began)
        return address

    def stop(self, timeout_seconds: float = 60) -> None:
        """Stop the server if it is ours: connections are ended, everything is written, no recovery is needed later."""
        self._end(timeout_seconds)
        self._tidy()

    def _end(self, timeout_seconds: float) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        for name, patience in (
            (signal.SIGINT, timeout_seconds),
            (signal.SIGQUIT, 10),
            (signal.SIGKILL, None),
        ):
            if process.poll() is None:
                process.send_signal(name)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                break
            _log.warning("PostgreSQL did not stop on %s.", name.name)

    def _tidy(self) -> None:
        """Remove the empty socket folder, unless somebody is just about to start and use it."""
        sockets, self._sockets = self._sockets, None
        if sockets is None:
            return
        with contextlib.suppress(PostgresError, OSError):
            with folder_locks.start_lock(self.data_dir, deadline=0):
                if running_at(self.data_dir) is None:
                    sockets.rmdir()

    def _start_or_find(self, deadline: float) -> Address:
        if (running := running_at(self.data_dir)) is not None:
            return running
        cluster.prepare_folder(self.data_dir)
        with self._plain_sentences():
            runner = run_as.choose(self.data_dir, self._bin_folder or binaries.locate(), self._way)
            patience = min(deadline, time.monotonic() + _FORMER_SERVER_SECONDS)
            lock = folder_locks.life_lock(
                self.data_dir, patience, give_up=lambda: running_at(self.data_dir) is not None
            )
            if lock is None:
                return self._start_or_find(deadline)
            try:
                return self._start_new(runner, lock, deadline)
            finally:
                os.close(lock)

    @contextlib.contextmanager
    def _plain_sentences(self) -> Iterator[None]:
        try:
            yield
        except StartedOffMainThread as exc:
            raise PostgresError(exc.code) from exc
        except psycopg.OperationalError as exc:
            pid = pid_file.read_pid(self.data_dir) or "unknown"
            reason = " ".join(str(exc).split())
            raise PostgresError("running_server_refuses", path=self.data_dir, pid=pid, reason=reason) from exc
        except OSError as exc:
            raise diagnosis.explain("start_failed", self.data_dir, f"could not start: {exc}") from exc

    def _start_new(self, runner: run_as.RunAs, lock: int, deadline: float) -> Address:
        self.data_dir.chmod(0o700)
        runner.own(self.data_dir / "qafila.alive")
        if not cluster.is_made(self.data_dir):
            _log.info("Creating the database in %s.", self.data_dir)
            cluster.make(self.data_dir, runner, lock, durable=self._durable)
        runner.own(tuning.write(self.data_dir, durable=self._durable))
        pid = pid_file.read_pid(self.data_dir)
        if pid is not None and not pid_file.is_server_of(pid, self.data_dir):
            # PostgreSQL would take any process that now has this number for itself.
            (self.data_dir / pid_file.NAME).unlink()
        sockets = socket_folder.make(
            self.data_dir, uid=runner.uid, gid=runner.gid, switches_user=runner.switch
        )
        self._sockets = sockets
        logs = diagnosis.log_sizes(self.data_dir)
        self._process = self._spawn(runner, sockets, lock)
        ready = False
        try:
            self._wait_until_ready(deadline, logs)
            address = Address(socket_folder=sockets)
            if not databases.has_database(address, DATABASE):
                databases.create_database(address, DATABASE)
            ready = True
        finally:
            if not ready:
                self._end(timeout_seconds=10)
        return address

    def _spawn(self, runner: run_as.RunAs, sockets: Path, lock: int) -> subprocess.Popen[bytes]:
        arguments = [
            *runner.prefix,
            str(runner.bin_folder / "postgres"),
            "-D",
            str(self.data_dir),
            "-k",
            str(sockets),
        ]
        # The folder, not the socket, keeps others out: in a namespace our own user is a stranger to the server.
        arguments += ["-c", "listen_addresses=", "-c", "unix_socket_permissions=0777"]
        with (self.data_dir / diagnosis.START_LOG).open("wb") as said:
            runner.own(self.data_dir / diagnosis.START_LOG)
            return subprocess.Popen(  # noqa: S603
                arguments,
                cwd="/",
                env=cluster.environment(),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                pass_fds=(lock,),
                preexec_fn=end_with_parent(signal.SIGINT),  # noqa: PLW1509 - see parent_death
                user=runner.user,
                group=runner.group,
                extra_groups=runner.extra_groups,
            )

    def _wait_until_ready(self, deadline: float, logs: dict[Path, int]) -> None:
        process = self._process
        tell_at = time.monotonic() + _TELL_EVERY_SECONDS
        while process is not None:
            if process.poll() is not None:
                said = diagnosis.last_words(self.data_dir, logs)
                raise diagnosis.explain(
                    "start_failed", self.data_dir, said, pid=pid_file.read_pid(self.data_dir)
                )
            found = pid_file.read(self.data_dir)
            if found is not None and found.pid == process.pid and found.ready:
                return
            if time.monotonic() > deadline:
                detail = diagnosis.last_words(self.data_dir, logs)[-300:]
                seconds = round(self._start_timeout_seconds)
                raise PostgresError("start_timed_out", path=self.data_dir, seconds=seconds, detail=detail)
            if time.monotonic() > tell_at:
                tell_at += _TELL_EVERY_SECONDS
                _log.info("PostgreSQL is still bringing %s in order after its last end.", self.data_dir)
            time.sleep(_LOOK_AGAIN_SECONDS)
