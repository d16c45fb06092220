"""Real sandbox processes on free ports, and a real webhook receiver."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pyreqwest.client import SyncClientBuilder

from tests.sandbox.receiving import Receiver
from tests.sandbox.running import PATIENCE_SECONDS, Running, Start, numbers


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            with mine.changed:
                mine.paths.append(self.path)
                if mine.status == 200:
                    mine.posts.append(({k.lower(): v for k, v in self.headers.items()}, raw))
                else:
                    mine.refused += 1
                mine.changed.notify_all()
            self.answer(mine.status, b"")

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            right = query.get("hub.verify_token") == [mine.verify_token]
            self.answer(200 if right else 403, query["hub.challenge"][0].encode() if right else b"")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    mine = Receiver(f"http://127.0.0.1:{server.server_port}/hook", server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield mine
    server.shutdown()
    server.server_close()


def _starter(folder: Path) -> Iterator[Start]:
    running: list[Running] = []

    def start(*arguments: str, config: dict[str, Any] | None = None) -> Running:
        ready = folder / f"ready-{len(running)}.json"
        flags = ["--port", "0", "--ready-file", str(ready), *arguments]
        if config is not None:
            path = folder / f"config-{len(running)}.json"
            path.write_text(json.dumps(config))
            flags += ["--config", str(path)]
        process = subprocess.Popen([sys.executable, "-m", "wa_sandbox", *flags], stderr=subprocess.PIPE)
        end = time.monotonic() + PATIENCE_SECONDS
        while not ready.exists():
            assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
            assert time.monotonic() < end, "the sandbox did not start"
            threading.Event().wait(0.02)
        client = SyncClientBuilder().no_proxy().build()
        one = Running(process, json.loads(ready.read_text())["url"], client)
        running.append(one)
        return one

    yield start
    for one in running:
        if one.process.poll() is None:
            one.stop()
        one.client.close()
        if one.process.stderr:
            one.process.stderr.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts sandboxes of this test's own."""
    yield from _starter(tmp_path)


@pytest.fixture(scope="module")
def start_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts sandboxes for the tests of one file."""
    yield from _starter(tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One sandbox for tests that need no process of their own. People are fifty times as fast as in life."""
    config = {
        "phone_numbers": numbers(4),
        "webhooks": {"retry_first_seconds": 0.05, "retry_cap_seconds": 0.1, "batch": 1},
    }
    for starter in _starter(tmp_path_factory.mktemp("shared")):
        yield starter("--speed", "50", "--seed", "7", config=config).remember()


@pytest.fixture
def box(shared: Running) -> Iterator[Running]:
    """The shared sandbox, as it was when it started; and left so, because tests of other files may come next."""
    yield shared.fresh()
    shared.fresh()
