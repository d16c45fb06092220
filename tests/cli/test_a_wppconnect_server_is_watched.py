"""A WPPConnect server of the user's: on this machine only, watched, its port fought over by nobody, none of our secrets in it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qafila.cli import node
from qafila.kit.processes import runfile

pytestmark = pytest.mark.skipif(node.find() is None, reason="needs Node.js")

# Listens as the real one does: on every address, unless somebody sees to it. Says what it was given.
SERVER = """
const http = require("http");
const fs = require("fs");
http.createServer((request, answer) => {
  if (request.url === "/healthz") {
    answer.setHeader("content-type", "application/json");
    return answer.end(JSON.stringify({uptime: 1, message: "OK", timestamp: 1}));
  }
  if (request.url === "/unhealthy") process.exit(1);
  answer.statusCode = 404;
  answer.end();
}).listen(process.env.PORT, () => {
  fs.writeFileSync(__dirname + "/env.json", JSON.stringify(process.env));
  fs.writeFileSync(__dirname + "/cwd", process.cwd());
  fs.writeFileSync(__dirname + "/ready-" + process.pid, "");
});
"""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def until(happened: Callable[[], object], seconds: float = 60.0) -> None:
    """Waits for a sign of another process."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


class Place:
    """An installed server and a data folder."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir()
        self.installed = folder / "wppconnect-server"
        (self.installed / "dist").mkdir(parents=True)
        (self.installed / "package.json").write_text(json.dumps({"name": "x", "main": "./dist/index.js"}))
        (self.installed / "dist" / "index.js").write_text(SERVER)
        self.port = free_port()
        self.env = {
            **os.environ,
            "QAFILA_DATA": str(self.data),
            "WPPCONNECT_DIR": str(self.installed),
            "WPPCONNECT_PORT": str(self.port),
            "SECRET_KEY": "canary-of-django-canary-of-django-12",
            "API_SECRET_KEY": "canary-of-the-api-canary",
        }
        self.env.pop("CUSTOM_USER_DATA_DIR", None)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "qafila.cli", "wppconnect", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), env=self.env, capture_output=True, text=True, timeout=120, check=False
        )

    def ready(self) -> list[Path]:
        return sorted((self.installed / "dist").glob("ready-*"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def watched(place: Place) -> Iterator[subprocess.Popen[str]]:
    """``qafila wppconnect start``, ended whatever happens."""
    process = subprocess.Popen(
        place.command("start"),
        cwd=place.elsewhere,
        env=place.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        until(lambda: place.ready() or process.poll() is not None)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def test_it_is_started_alone_started_again_and_stopped(place: Place, watched: subprocess.Popen[str]) -> None:
    assert watched.poll() is None, watched.stdout.read() if watched.stdout else ""
    given = (place.installed / "dist" / "env.json").read_text()
    assert "canary" not in given, "none of our secrets"
    key = (place.data / "wppconnect" / "secret_key").read_text()
    assert json.loads(given)["SECRET_KEY"] == key
    assert (place.data / "wppconnect" / "secret_key").stat().st_mode & 0o077 == 0
    assert (place.installed / "dist" / "cwd").read_text() == str(place.installed), "where its phones lie"
    assert json.loads(given)["CUSTOM_USER_DATA_DIR"] == f"{place.installed}/userDataDir/"
    assert list(place.elsewhere.iterdir()) == []
    _listens_here_only(place.port)
    said = place.run("status").stdout
    assert "yes, process" in said
    assert str(place.port) in said
    (first,) = place.ready()
    os.kill(int(first.name.removeprefix("ready-")), signal.SIGKILL)
    until(lambda: len(place.ready()) == 2)
    until(lambda: "answers" in place.run("status").stdout)
    assert place.run("start").returncode != 0, "one is enough"
    stopped = place.run("stop")
    assert stopped.returncode == 0, stopped.stderr
    assert watched.wait(30) == 0
    assert not runfile.live(place.data / "run")
    again = place.run("stop")
    assert again.returncode != 0
    assert "No WPPConnect server" in again.stderr + again.stdout


def _listens_here_only(port: int) -> None:
    import psutil

    found = {
        one.laddr.ip
        for one in psutil.net_connections("tcp")
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port
    }
    assert found == {"127.0.0.1"}


def test_a_port_that_is_anothers_stays_anothers(place: Place) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", place.port))
        other.listen()
        refused = place.run("start")
        text = refused.stderr + refused.stdout
        assert refused.returncode != 0
        assert "in use" in text or "held by" in text
        assert str(place.port) in text
        assert other.fileno() >= 0
    assert not place.ready()


def test_a_leftover_of_ours_is_ended_wherever_it_listens(place: Place) -> None:
    """What watched over it was killed on a system where children outlive that."""
    elsewhere = free_port()
    watching = subprocess.Popen(["sleep", "600"])
    left = subprocess.Popen(
        [str(node.find().program), str(place.installed / "dist" / "index.js")],  # type: ignore[union-attr]
        env={**place.env, "PORT": str(elsewhere)},
    )
    try:
        until(place.ready)
        runfile.write(
            place.data / "run",
            pid=left.pid,
            role="wppconnect",
            now=datetime.now(UTC),
            port=elsewhere,
            parent=watching.pid,
        )
        assert place.run("start").returncode != 0, "somebody watches it"
        watching.kill()
        watching.wait()
        process = subprocess.Popen(
            place.command("start"), env=place.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            until(lambda: left.poll() is not None or process.poll() is not None)
            until(lambda: len(place.ready()) == 2 or process.poll() is not None)
        finally:
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=60)
        assert f"A leftover of ours runs, wppconnect (process {left.pid}): ending it." in " ".join(
            said.split()
        )
        assert left.poll() == -signal.SIGTERM
    finally:
        for one in (watching, left):
            if one.poll() is None:
                one.kill()
            one.wait()


@pytest.mark.parametrize("missing", ["folder", "build"])
def test_what_is_not_there_is_said(place: Place, missing: str) -> None:
    if missing == "folder":
        (place.installed / "package.json").unlink()
    else:
        (place.installed / "dist" / "index.js").unlink()
    refused = place.run("start")
    assert refused.returncode != 0
    said = refused.stderr + refused.stdout
    assert ("WPPCONNECT_DIR" in said) if missing == "folder" else ("not built" in said)
