"""`qafila web` and `qafila worker` without `up`: one holds the embedded database, the other uses it."""

from __future__ import annotations

import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cli.conftest import MAIN_NUMBER, InRooms, Run
from tests.cli.gateways import webhook_url_at

KEY = "correct-horse-battery-staple-42"


def _status(url: str, key: str = "") -> int:
    request = urllib.request.Request(url, headers={"X-API-Key": key} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as exc:
        return exc.code


@pytest.mark.usefixtures("migrated")
def test_they_share_the_database_of_the_folder(
    qafila: Run, data: Path, free_port: int, tmp_path: Path
) -> None:
    web = qafila("web", "--port", str(free_port), API_SECRET_KEY=KEY, REDIS_HOST="redis")
    web.wait_for("Started server process")
    assert web.said.count("REDIS_… settings are ignored") == 1
    url = f"http://127.0.0.1:{free_port}"
    assert _status(f"{url}/health") == 503, "no worker yet"
    assert _status(f"{url}/api/contracts") == 401
    assert _status(f"{url}/api/contracts", KEY) == 200
    assert _status(f"{url}/") == 200
    assert webhook_url_at(url, KEY).startswith(f"{url}/webhooks/"), (
        "the port that was given, not that of the settings"
    )
    key = tmp_path / "key"
    key.write_text("of-waha")
    words = ["--name", "Other", "--phone", "+201000000043", "--set", "base_url=https://waha.example.com"]
    added = qafila("accounts", "add", "waha", *words, "--set", f"api_key=@{key}", "--set", "session=other")
    assert added.end() == 0, added.said
    assert f"Webhooks come to {url}/webhooks/" in added.said, "other commands know it too"

    worker = qafila("worker")
    worker.wait_for("worker registered")
    assert _status(f"{url}/health") == 200
    worker.send(signal.SIGTERM)
    assert worker.end() == 0

    web.send(signal.SIGINT)
    assert web.end() == 0
    assert list((data / "run").glob("*.json")) == []
    assert KEY not in "".join(path.read_text() for path in (data / "logs").glob("*.log"))


def test_web_answers_on_every_port_it_was_given(qafila: Run, data: Path) -> None:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        first, second = one.getsockname()[1], other.getsockname()[1]
    web = qafila("web", "--port", str(first), "--port", str(second), API_SECRET_KEY=KEY)
    web.wait_for("Started server process")
    for port in (first, second):
        assert _status(f"http://127.0.0.1:{port}/health/live") == 200
        assert _status(f"http://127.0.0.1:{port}/health") == 503, "no worker yet"
        assert _status(f"http://127.0.0.1:{port}/api/contracts", KEY) == 200
    web.send(signal.SIGINT)
    assert web.end() == 0
    assert list((data / "run").glob("*.json")) == []


def test_web_tells_that_no_worker_runs_and_a_worker_takes_it_back(
    qafila: Run, in_rooms: InRooms, migrated: None, free_port: int
) -> None:
    waiting = """
from qafila.campaigns.actions import create_contract, start_contract
rows = [{"phoneNumber": "201000000031", "message": "Hello"}]
before = now - timedelta(minutes=5)
made = create_contract(
    business=business, sender=sender, name="Offers", recipients=rows, actor=actor, now=before).campaign
start_contract(business=business, public_id=made.public_id, actor=actor, now=before)
"""
    in_rooms(MAIN_NUMBER, waiting)
    web = qafila("web", "--port", str(free_port), API_SECRET_KEY=KEY)
    web.wait_for("an alert was raised")
    asked = qafila("alerts")
    assert asked.end() == 0
    assert "Nothing is being sent: no worker is running." in asked.said
    worker = qafila("worker")
    worker.wait_for("worker registered")
    while "no worker is running" in asked.said:
        asked = qafila("alerts")
        assert asked.end() == 0
    for each in (worker, web):
        each.send(signal.SIGTERM)
        assert each.end() == 0
