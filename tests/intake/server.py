"""The real thing for tests: uvicorn in a process of its own, as `qafila web` starts it, and raw connections to it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

WEB = ("uvicorn", "qafila.project.asgi:application", "--http", "qafila.intake.connection:GuardedProtocol")


@contextlib.contextmanager
def web_process(dsn: str, log: Path) -> Iterator[int]:
    """A web process on the given database; gives its port. It is killed at the end."""
    port = free_port()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *WEB, "--lifespan", "off", "--port", str(port), "--no-access-log"],
            env={**os.environ, "DATABASE_URL": dsn},
            stdout=output,
            stderr=output,
        )
        try:
            wait_for(port)
            yield port
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Returns once somebody listens there."""
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "the web process did not start"
            time.sleep(0.02)
        else:
            return


def raw(port: int, *parts: bytes, hang_up: bool = False) -> bytes:
    """Sends these bytes as they are; everything that comes back until the other side closes (or answers whole)."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        answer = b""
        with contextlib.suppress(ConnectionError):
            for part in parts:
                connection.sendall(part)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(65536):
                answer += piece
        return answer


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A request as bytes. Nothing is added but ``Host``, and that the connection shall close afterwards."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
