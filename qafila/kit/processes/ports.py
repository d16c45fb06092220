"""Whether a port is free, who holds it, and ending a leftover process of our own that does."""

import contextlib
import errno
import logging
import os
import re
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from qafila.kit.processes import runfile
from qafila.kit.processes.identity import Identity, is_alive

_log = logging.getLogger(__name__)

_COMMAND_LENGTH: Final = 80
_HIGHEST: Final = 65535
_LOOK_AGAIN_SECONDS: Final = 0.02
_SECRET: Final = re.compile(
    r"(?i)((?:token|secret|password|passwd|api[-_]?key)[\w-]*[= ]|bearer )\S+|(://[^/:@\s]*:)[^@\s]+(?=@)"
)


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that listens on a port.

    `pid` is None when the system does not tell this user. `command` is its command line, shortened, secrets hidden.
    `ours`: it works for the same data folder, by its record or its environment, never by its name. `stale`: ours, and
    what watched over it is gone.
    """

    port: int
    pid: int | None
    name: str
    command: str
    ours: bool
    stale: bool

    def __str__(self) -> str:
        """`python (process 123: python -m http.server 5001)`."""
        if self.pid is None:
            return "a program of another user"
        return (
            f"{self.name} (process {self.pid}: {self.command})"
            if self.command
            else f"{self.name} (process {self.pid})"
        )


class PortError(Exception):
    """A port cannot be used. `code` is stable, `str()` says who holds it and what to do.

    Codes: `port_in_use`, `port_held_by_us`, `port_not_allowed`, `address_not_here`, `port_out_of_range`.
    `holder` and `free_port` (a port near by that is free now) are there for the two first.
    """

    def __init__(
        self, code: str, sentence: str, *, holder: Holder | None = None, free_port: int | None = None
    ) -> None:
        self.code = code
        self.holder = holder
        self.free_port = free_port
        super().__init__(sentence)


class NotStaleError(Exception):
    """A process was not ended, because it is not a leftover of ours. Code `process_not_stale`."""

    code = "process_not_stale"

    def __init__(self, holder: Holder) -> None:
        self.holder = holder
        super().__init__(
            f"Port {holder.port} is held by {holder}, which is not a leftover of ours. It was left alone."
        )


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on `port` at `host` (a name or an address) now.

    Raises `PortError`: `port_not_allowed`, `address_not_here`, `port_out_of_range`.
    """
    if not 0 < port <= _HIGHEST:
        raise PortError("port_out_of_range", f"{port} is not a port. Use a number from 1 to {_HIGHEST}.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as exc:
        raise PortError(
            "address_not_here", f"'{host}' is not an address of this machine. Use 127.0.0.1 or 0.0.0.0."
        ) from exc
    outcomes = [_can_bind(family, address, port) for family, _, _, _, address in found]
    if all(outcome is None for outcome in outcomes):
        raise PortError(
            "address_not_here", f"'{host}' is not an address of this machine. Use 127.0.0.1 or 0.0.0.0."
        )
    return False not in outcomes


def next_free(host: str, port: int, tries: int = 20) -> int | None:
    """The first free port from `port` on, looking at `tries` of them; None when all are taken."""
    for candidate in range(port, min(port + tries, _HIGHEST + 1)):
        if is_free(host, candidate):
            return candidate
    return None


def require_free(host: str, port: int, run_folder: Path | None = None) -> None:
    """See that `port` is free. Raises `PortError`, whose sentence names the holder and a free port near by."""
    if is_free(host, port):
        return
    holder = holder_of(port, run_folder)
    free_port = next_free(host, port + 1)
    instead = f"use port {free_port}" if free_port is not None else "choose another port"
    if holder is not None and holder.ours:
        sentence = f"Port {port} is held by this program itself: {holder}. Stop that one first, or {instead}."
        raise PortError("port_held_by_us", sentence, holder=holder, free_port=free_port)
    who = str(holder) if holder is not None else "a program that cannot be seen"
    sentence = f"Port {port} is in use by {who}. Stop that program, or {instead}."
    raise PortError("port_in_use", sentence, holder=holder, free_port=free_port)


def holder_of(port: int, run_folder: Path | None = None) -> Holder | None:
    """Who listens on `port` at any address of this machine; None when nobody is seen to.

    `run_folder`: the `run` folder of our data folder; without it nobody is ours.
    """
    pids = _listeners(port)
    if not pids:
        return None
    known = [pid for pid in pids if pid is not None]
    if not known:
        return Holder(port, pid=None, name="", command="", ours=False, stale=False)
    # Forked workers listen together.
    holders = [_describe(port, pid, run_folder) for pid in known]
    return next((holder for holder in holders if holder.ours), holders[0])


def end_stale(holder: Holder, run_folder: Path, grace_seconds: float = 5) -> bool:
    """End a leftover process of ours: politely, and by force after `grace_seconds`. Whether it is gone.

    Only a process recorded in `run_folder` by number and birth whose parent is gone. Raises `NotStaleError` otherwise.
    """
    record = _record_of(holder.pid, run_folder)
    if record is None or not _is_leftover(record):
        raise NotStaleError(holder)
    _log.warning("Ending a leftover process of ours that holds port %s: %s.", holder.port, holder)
    gone = _end(record.process, signal.SIGTERM, grace_seconds) or _end(
        record.process, signal.SIGKILL, grace_seconds
    )
    if gone:
        runfile.remove(run_folder, pid=record.process.pid)
    return gone


def _end(process: Identity, number: signal.Signals, patience_seconds: float) -> bool:
    deadline = time.monotonic() + patience_seconds
    with contextlib.suppress(ProcessLookupError):
        if is_alive(process):
            os.kill(process.pid, number)
    while is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_AGAIN_SECONDS)
    return True


def _can_bind(family: int, address: tuple[object, ...], port: int) -> bool | None:
    """None when this machine has no such address (`localhost` has an IPv6 one even where IPv6 is off)."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As servers do: connections of a former server that are fading away do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)
            return True
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            return False
        if exc.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
            return None
        if exc.errno in {errno.EACCES, errno.EPERM}:
            sentence = f"This user may not listen on port {port}. Use a port above 1023, for example 5001."
            raise PortError("port_not_allowed", sentence) from exc
        raise


def _listeners(port: int) -> list[int | None]:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:  # macOS shows all of them to root only
        return [pid for pid in psutil.pids() if port in _own_ports(pid)]
    return [
        connection.pid
        for connection in connections
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
    ]


def _own_ports(pid: int) -> set[int]:
    with contextlib.suppress(psutil.Error):
        found = psutil.Process(pid).net_connections(kind="tcp")
        return {each.laddr.port for each in found if each.status == psutil.CONN_LISTEN and each.laddr}
    return set()


def _describe(port: int, pid: int, run_folder: Path | None) -> Holder:
    name, command, marked = "", "", False
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        name = process.name()
        command = _shorten(process.cmdline())
        marked = run_folder is not None and process.environ().get(runfile.MARKER) == str(run_folder.resolve())
    record = _record_of(pid, run_folder)
    stale = record is not None and _is_leftover(record)
    return Holder(port, pid, name or "a program", command, ours=marked or record is not None, stale=stale)


def _record_of(pid: int | None, run_folder: Path | None) -> runfile.Record | None:
    if run_folder is None or pid is None or pid == os.getpid():
        return None
    return next((record for record in runfile.live(run_folder) if record.process.pid == pid), None)


def _is_leftover(record: runfile.Record) -> bool:
    parent: Identity | None = record.parent
    return parent is not None and not is_alive(parent)


def _shorten(arguments: list[str]) -> str:
    if not arguments:
        return ""
    line = " ".join([Path(arguments[0]).name, *arguments[1:]])
    line = _SECRET.sub(lambda found: f"{found.group(1) or found.group(2)}…", " ".join(line.split()))
    return line if len(line) <= _COMMAND_LENGTH else line[: _COMMAND_LENGTH - 1] + "…"
