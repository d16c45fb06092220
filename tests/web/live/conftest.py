"""A web process as `qafila web` starts it, on the test database, and people with open pages."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Server:
    """The process, its port and what it said."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self.process.send_signal(signal.SIGTERM)


class Page:
    """An open page's stream, read line by line."""

    def __init__(self, port: int, cookie: str, topics: str, business: str = "") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 30)
        query = f"topics={topics}&business={business}"
        request = f"GET /live?{query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nCookie: {cookie}\r\n\r\n"
        self._socket.sendall(request.encode())
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers: dict[str, str] = {}
        while (line := self._file.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()

    def next(self, seconds: float = 10.0) -> str | None:
        """The next event's name; None when the stream has ended."""
        self._socket.settimeout(seconds)
        while True:
            line = self._file.readline()
            if not line or line.strip() == b"0":
                return None
            if line.startswith(b"event: "):
                return line[7:].strip().decode()

    def until(self, name: str, seconds: float = 10.0) -> list[str]:
        """Events up to one of that name, which is the last."""
        seen: list[str] = []
        while (event := self.next(seconds)) is not None:
            seen.append(event)
            if event == name:
                return seen
        raise AssertionError(f"the stream ended without {name}: {seen}")

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@pytest.fixture
def server(dsn: str, tmp_path: Path) -> Iterator[Server]:
    """Serves until the test ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    program = (
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'qafila.project.settings'; django.setup();"
        f"from qafila.cli.serving import serve; serve('127.0.0.1', [{port}])"
    )
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", program], env={**os.environ, "DATABASE_URL": dsn}, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                assert process.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.05)
        yield Server(port, process, tmp_path / "log")
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def cookie_of() -> Callable[[Any], str]:
    """Signs a person in; what their browser sends."""
    from django.test import Client

    def sign_in(person: Any) -> str:
        browser = Client()
        browser.force_login(person)
        return "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())

    return sign_in


@pytest.fixture
def open_page(server: Server, cookie_of: Callable[[Any], str]) -> Iterator[Callable[..., Page]]:
    """Opens a page's stream: ``open_page(person, "alerts,senders")``; its ``hello`` is read. ``stale_of``: the id of the
    business that the page shows, where another is open by now; nothing is read then."""
    opened: list[Page] = []

    def make(person: Any, topics: str, *, cookie: str = "", business: str = "", stale_of: str = "") -> Page:
        page = Page(server.port, cookie or cookie_of(person), topics, stale_of or business)
        opened.append(page)
        if page.status == 200 and not stale_of:
            assert page.next() == "hello"
            for _ in topics.split(","):
                page.next()  # the hub says once that everything may have changed
        return page

    yield make
    for page in opened:
        page.close()
