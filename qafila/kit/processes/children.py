"""A family of child processes that lives and dies together: what `qafila up` starts.

No child outlives its parent (see `parent_death`). Each is in a session of its own, so Ctrl-C in the terminal reaches the
parent alone, which then ends the children in order. A child that ends by itself is started again, later each time.
"""

import contextlib
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final

from qafila.kit.processes import runfile
from qafila.kit.processes.parent_death import end_with_parent

_log = logging.getLogger(__name__)

_LONGEST_WAIT_SECONDS: Final = 30.0
_SETTLED_SECONDS: Final = 60.0
_LOOK_AGAIN_SECONDS: Final = 0.02
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def restart_wait_seconds(ends_in_a_row: int) -> float:
    """How long to wait before a child is started again: 1, 2, 4, 8, 16, then 30 seconds."""
    return min(2.0 ** max(0, ends_in_a_row - 1), _LONGEST_WAIT_SECONDS)


@dataclass(frozen=True, slots=True)
class Child:
    """A program to keep running. `env` comes on top of our own environment; `port` is recorded for `ports`.

    `cwd` is the folder in which it runs: ours, where it is None.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    cwd: Path | None = None


@dataclass(slots=True)
class _Running:
    child: Child
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    ends_in_a_row: int = 0
    restart_at: float | None = None


class Family:
    """Starts children, keeps them running, stops them. To be used from the main thread.

    `run_folder`: where each child is recorded (`runfile`) while it lives; records of a killed run are removed first.
    `restart_wait_seconds` maps "ended so many times in a row" to seconds.
    """

    def __init__(
        self,
        *,
        run_folder: Path | None = None,
        restart_wait_seconds: Callable[[int], float] = restart_wait_seconds,
    ) -> None:
        self._run_folder = run_folder.resolve() if run_folder is not None else None
        self._restart_wait_seconds = restart_wait_seconds
        self._members: dict[str, _Running] = {}
        self._signals: list[signal.Signals] = []
        if self._run_folder is not None:
            runfile.clean(self._run_folder)

    def __enter__(self) -> "Family":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pids(self) -> dict[str, int]:
        """Name to process id of the children that run now."""
        return {
            name: member.process.pid
            for name, member in self._members.items()
            if member.process is not None and _runs(member)
        }

    def start(self, child: Child) -> int:
        """Start a child and watch it from now on; its process id.

        Raises `ValueError` for a name that is taken, `OSError` when the program cannot be started,
        `parent_death.StartedOffMainThread`.
        """
        if child.name in self._members:
            raise ValueError(f"there is a child named {child.name} already")
        member = _Running(child)
        pid = self._launch(member)
        self._members[child.name] = member
        return pid

    def run_until_signal(self, grace_seconds: float = 10) -> signal.Signals:
        """Keep the children running until SIGINT, SIGTERM or SIGHUP, then stop them; the signal that came.

        Ctrl-C (again) while they are stopping ends them at once. A child that cannot be started again is tried later.
        """
        with self._listening() as wake:
            while not self._signals:
                select.select([wake], [], [], self._seconds_to_next_restart())
                with contextlib.suppress(BlockingIOError):
                    os.read(wake, 512)
                if not self._signals:
                    self._look_after()
            came = self._signals[0]
            _log.info("Stopping on %s.", came.name)
            self.stop(grace_seconds)
        return came

    def stop(self, grace_seconds: float = 10, order: Sequence[str] | None = None) -> None:
        """End all children: SIGTERM in `order` (by name; as they were started otherwise), SIGKILL after the grace.

        What a child started itself is ended with it.
        """
        named = [self._members[name] for name in order or () if name in self._members]
        members = [*named, *(member for member in self._members.values() if member not in named)]
        for member in members:
            member.restart_at = None
            _send(member, signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        while any(_runs(member) for member in members):
            if time.monotonic() >= deadline or signal.SIGINT in self._signals[1:]:
                break
            time.sleep(_LOOK_AGAIN_SECONDS)
        for member in members:
            if _runs(member):
                _log.warning("%s did not stop in time and is ended by force.", member.child.name)
            self._collect(member)
        self._members.clear()

    def _launch(self, member: _Running) -> int:
        child = member.child
        marker = {runfile.MARKER: str(self._run_folder)} if self._run_folder is not None else {}
        process = subprocess.Popen(  # noqa: S603
            list(child.argv),
            env={**os.environ, **marker, **child.env},
            cwd=child.cwd,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - see parent_death
        )
        member.process, member.started_at, member.restart_at = process, time.monotonic(), None
        if self._run_folder is not None:
            # A child that has ended already needs no record.
            with contextlib.suppress(ProcessLookupError):
                runfile.write(
                    self._run_folder,
                    pid=process.pid,
                    role=child.name,
                    now=datetime.now(UTC),
                    port=child.port,
                    parent=os.getpid(),
                )
        _log.info("Started %s (process %s).", child.name, process.pid)
        return process.pid

    def _look_after(self) -> None:
        """Notice who ended, and start again whose time has come."""
        now = time.monotonic()
        for member in self._members.values():
            if member.process is not None and not _runs(member):
                self._after_end(member, now)
            elif member.restart_at is not None and now >= member.restart_at:
                self._restart(member, now)

    def _after_end(self, member: _Running, now: float) -> None:
        code = self._collect(member)
        settled = now - member.started_at >= _SETTLED_SECONDS
        member.ends_in_a_row = 1 if settled else member.ends_in_a_row + 1
        wait = self._restart_wait_seconds(member.ends_in_a_row)
        member.restart_at = now + wait
        _log.error("%s ended by itself (%s). Starting it again in %g s.", member.child.name, _how(code), wait)

    def _restart(self, member: _Running, now: float) -> None:
        try:
            self._launch(member)
        except OSError as exc:
            member.ends_in_a_row += 1
            wait = self._restart_wait_seconds(member.ends_in_a_row)
            member.restart_at = now + wait
            _log.error(
                "%s could not be started (%s). Trying again in %g s.", member.child.name, exc.strerror, wait
            )

    def _collect(self, member: _Running) -> int:
        """Take the exit code of a child, after ending by force what is left of its session."""
        process = member.process
        if process is None:
            return 0
        _send(member, signal.SIGKILL)
        code = process.wait()
        member.process = None
        if self._run_folder is not None:
            runfile.remove(self._run_folder, pid=process.pid)
        return code

    def _seconds_to_next_restart(self) -> float | None:
        times = [member.restart_at for member in self._members.values() if member.restart_at is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    @contextlib.contextmanager
    def _listening(self) -> Iterator[int]:
        """Note signals in `_signals` and wake the loop through a pipe; puts the former handlers back."""
        wake, waker = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(waker, False)

        def note(number: int, _: FrameType | None) -> None:
            self._signals.append(signal.Signals(number))

        def nothing(_number: int, _: FrameType | None) -> None:
            """A child ended: the byte in the pipe is the message."""

        # Started with nohup, a closed terminal is none of our business.
        heard = [each for each in _STOPPING if not (each is signal.SIGHUP and _ignored(each))]
        self._signals.clear()
        former_pipe = signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        former = {each: signal.signal(each, note) for each in heard}
        former[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, nothing)
        # A child may have ended before anybody listened.
        os.write(waker, b"\0")
        try:
            yield wake
        finally:
            for each, handler in former.items():
                signal.signal(each, handler)
            signal.set_wakeup_fd(former_pipe)
            os.close(wake)
            os.close(waker)


def _ignored(each: signal.Signals) -> bool:
    return signal.getsignal(each) is signal.SIG_IGN


def _runs(member: _Running) -> bool:
    """Whether the child runs. Its number stays taken until `_collect`, so its session can still be addressed."""
    if member.process is None or member.process.returncode is not None:
        return False
    if sys.platform == "darwin":  # Python has no waitid there before 3.13
        return member.process.poll() is None
    try:
        return os.waitid(os.P_PID, member.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:  # whoever started us ignores SIGCHLD, so the system has collected it
        return False


def _send(member: _Running, number: signal.Signals) -> None:
    """Signal the child; SIGKILL also reaches all it started in its session."""
    process = member.process
    if process is None or process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if number is signal.SIGKILL:
            os.killpg(process.pid, number)
        else:
            os.kill(process.pid, number)


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
