"""Long answers over a real ASGI server: whole, in pieces, in flat memory."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db(transaction=True)


class Server:
    """uvicorn with the real application."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def fetch(self, path: str, key: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("GET", path, headers={"X-API-Key": key, "Host": "localhost"})
        response = connection.getresponse()
        return response, response.read()

    def memory_mb(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6


@pytest.fixture
def server(dsn: str) -> Iterator[Server]:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    port = listener.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": dsn, "QAFILA_DATA": str(settings.DATA)}
    arguments = ["django.core.asgi:get_asgi_application", "--factory", "--fd", str(listener.fileno())]
    command = [sys.executable, "-m", "uvicorn", *arguments, "--lifespan", "off", "--log-level", "error"]
    process = subprocess.Popen(command, env=environment, pass_fds=[listener.fileno()])
    listener.close()
    running = Server(process, port)
    deadline = time.monotonic() + 60
    while (
        running.fetch("/health/live", "")[0].status != 200
    ):  # the listening socket makes this wait for the start
        assert time.monotonic() < deadline
    yield running
    process.terminate()
    process.wait(timeout=30)


@pytest.mark.parametrize("count", [3_000, pytest.param(150_000, marks=pytest.mark.slow)])
def test_both_lists_come_whole_in_pieces_and_memory_stays_flat(
    server: Server, call: Any, posted: Callable[..., dict[str, Any]], count: int
) -> None:
    rows = [{"phoneNumber": str(n), "message": "x" * 200} for n in range(1, count + 1)]
    contract = posted(rows=rows)["id"]
    path = f"/api/contracts/{contract}/stats"
    used = []
    for _ in range(4):
        response, body = server.fetch(path, call.key)
        assert response.status == 200, body[:300]
        assert response.getheader("Transfer-Encoding") == "chunked"
        stats = json.loads(body)
        assert (stats["failed"], len(stats["failedPhoneNumbers"])) == (count, count)
        used.append(server.memory_mb())
    assert used[-1] - used[1] < 15, used
    response, body = server.fetch(f"/api/contracts/{contract}/rejected?format=csv", call.key)
    assert response.getheader("Content-Type") == "text/csv; charset=utf-8"
    assert body.count(b"\r\n") == count + 1
    assert server.memory_mb() - used[1] < 15
