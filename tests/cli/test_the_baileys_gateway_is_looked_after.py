"""`qafila gateways`, and the gateway as a child of `up`."""

from __future__ import annotations

import json
import os
import signal
import socket
import urllib.request
from pathlib import Path

import psutil
import pytest

from chaos.gateway_process import why_not
from qafila.cli.baileys_process import BaileysProcess, source, wanted
from tests.cli.conftest import Run, all_ended

needs_node = pytest.mark.skipif(bool(why_not()), reason=why_not())


def health(port: int) -> dict[str, object]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
        found: dict[str, object] = json.load(answer)
    return found


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_program_comes_with_ours_and_names_exact_versions() -> None:
    assert (source() / "src" / "main.js").exists()
    assert wanted()["baileys"] == "7.0.0-rc14"
    assert all(version[0].isdigit() for version in wanted().values())
    names = {path.name for path in source().iterdir()}
    assert not names & {"package-lock.json", "npm-shrinkwrap.json", "yarn.lock"}, "lock files hold addresses"


def test_what_is_not_installed_is_said_with_what_to_do(qafila: Run) -> None:
    status = qafila("gateways")
    assert status.end() == 0, status.said
    assert "not installed: qafila gateways install" in status.said or "Node.js is missing" in status.said
    refused = qafila("up", "--baileys")
    assert refused.end() == 1
    assert "The Baileys gateway cannot be started" in refused.said


@needs_node
def test_the_gateway_gets_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = (
        "DATABASE_URL",
        "SECRET_KEY",
        "QAFILA_ENCRYPTION_KEYS",
        "API_SECRET_KEY",
        "EMAIL_PASSWORD",
        "X",
    )
    for name in secrets:
        monkeypatch.setenv(name, "CANARY")
    child = BaileysProcess(tmp_path, 8786).child()
    given = {**os.environ, **child.env}
    assert [name for name, value in given.items() if value == "CANARY"] == []
    assert given["PATH"] == os.environ["PATH"]


@pytest.mark.gateway
@needs_node
@pytest.mark.usefixtures("migrated")
def test_up_starts_it_watches_it_and_ends_it(qafila: Run, data: Path, free_port: int, port: int) -> None:
    installed = qafila("gateways", "install")
    assert installed.end() == 0, installed.said
    assert "GPL-3.0" in installed.said
    up = qafila("up", "--port", str(free_port), "--baileys", BAILEYS_PORT=str(port))
    up.wait_for("Ready at")
    assert f"gateway baileys at http://127.0.0.1:{port}" in up.said
    wait_until_it_answers(port)
    assert health(port)["gateway"] == "baileys"
    status = qafila("gateways", BAILEYS_PORT=str(port))
    assert status.end() == 0, status.said
    assert "installed" in status.said
    assert "yes" in status.said
    family = up.family()
    [first] = [process for process in family if "main.js" in " ".join(process.cmdline())]
    first.send_signal(signal.SIGKILL)
    up.wait_for("baileys ended by itself")
    wait_until_it_answers(port)
    up.send(signal.SIGINT)
    assert up.end() == 0
    assert all_ended(family)
    token = data / "gateways" / "baileys" / "token"
    assert token.stat().st_mode & 0o077 == 0


@pytest.mark.gateway
@needs_node
def test_a_port_that_somebody_else_holds_stops_only_the_gateway(qafila: Run, free_port: int) -> None:
    installed = qafila("gateways", "install")
    assert installed.end() == 0, installed.said
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        held = str(holder.getsockname()[1])
        refused = qafila("up", "--port", str(free_port), "--baileys", BAILEYS_PORT=held)
        assert refused.end() == 1
        assert f"Port {held} is in use by" in refused.said
        assert f"process {os.getpid()}" in refused.said
        assert psutil.pid_exists(os.getpid())


def wait_until_it_answers(port: int) -> None:
    import time

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            health(port)
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the gateway did not come back")
