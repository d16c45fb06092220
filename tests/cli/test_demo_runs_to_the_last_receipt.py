"""`qafila demo`: one contract to the last receipt, two ledgers compared, whatever stands in a `.env` near by."""

from __future__ import annotations

import json
import re
import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import PATIENCE_SECONDS, Run, all_ended

NAMES = [
    "total",
    "sent",
    "delivered",
    "read",
    "failed",
    "skipped",
    "uncertain",
    "lost",
    "duplicated",
    "unknown",
    "seconds",
]

IN_THE_AIR = 192
"""Calls that one official lane has under way at once (``dispatch.official_lane``)."""


@pytest.mark.slow  # a whole demo; `make chaos` and tests/worker kill workers, and `make check` runs the demo
def test_a_worker_killed_in_the_middle_loses_and_repeats_nothing(
    qafila: Run, tmp_path: Path, environment: dict[str, str], free_port: int
) -> None:
    # Somebody else's database and hosts: the demo must not touch the one nor stumble over the other.
    (tmp_path / ".env").write_text(
        "DATABASE_URL=postgresql://nobody:x@127.0.0.1:9/theirs\nALLOWED_HOSTS=wa.example.com\nQAFILA_BIND=0.0.0.0\n"
    )
    del environment["QAFILA_DATA"]
    folder = tmp_path / "demo"
    demo = qafila(
        *("demo", "--once", "--recipients", "600", "--data", str(folder), "--speed", "200"),
        PORT=str(free_port),
        HTTP_PROXY="http://127.0.0.1:9",
        http_proxy="http://127.0.0.1:9",
    )
    demo.wait_for("recipients posted")
    demo.wait_for("sending:")
    demo.child("worker").kill()
    family = demo.family()

    assert demo.end() == 0, demo.said
    found = json.loads(demo.lines[-1])
    assert list(found) == NAMES
    assert found["total"] == 600
    assert found["lost"] == found["duplicated"] == 0
    assert found["total"] == found["sent"] + found["failed"] + found["skipped"] + found["uncertain"]
    # What the killed worker had in the air may stay uncertain; everything else went out.
    assert found["uncertain"] <= IN_THE_AIR
    assert found["sent"] > 560 - found["uncertain"]
    assert found["read"] <= found["delivered"] <= found["sent"]
    assert found["skipped"] >= 1, "the example has numbers that are wrong on purpose"
    assert "by the sandbox's own ledger" in demo.said
    assert all_ended(family)


def test_demo_stays_until_ctrl_c_and_shows_where_everything_is(
    qafila: Run, migrated_demo: Path, free_port: int
) -> None:
    folder = migrated_demo
    demo = qafila(
        *("demo", "--recipients", "20", "--data", str(folder), "--keep", "--speed", "200"),
        PORT=str(free_port),
    )
    demo.wait_for("Ctrl-C stops")
    assert "On a phone-linked number the same contract would take" in demo.said
    assert "/api/docs" in demo.said
    assert "curl -H 'Authorization: Bearer " in demo.said
    is_signed_in_by(demo.said)

    second = qafila("demo", "--data", str(folder))
    assert second.end() == 1
    assert "(already_running)" in second.said

    demo.send(signal.SIGINT)
    assert demo.end() == 0, demo.said


@pytest.mark.slow  # a whole demo; tests/cli/test_up_runs_everything.py has taken ports
def test_a_port_taken_while_the_demo_sets_itself_up_sends_its_receipts_astray_no_more(
    qafila: Run, tmp_path: Path, free_port: int
) -> None:
    demo = qafila(
        *("demo", "--once", "--recipients", "30", "--data", str(tmp_path / "demo"), "--speed", "200"),
        PORT=str(free_port),
    )
    demo.wait_for("WhatsApp sandbox at")
    with socket.socket() as another:
        another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        another.bind(("127.0.0.1", free_port))
        another.listen()
        assert demo.end() == 0, demo.said
    assert "for the web instead" in demo.said
    found = json.loads(demo.lines[-1])
    assert found["delivered"] > 0
    assert found["lost"] == found["duplicated"] == 0


def is_signed_in_by(said: str) -> None:
    """The one-time link that was printed leads into the pages: looking uses nothing up, the button signs in."""
    link = re.search(r"http://\S+/account/link/[^/\s]+/", said)
    assert link is not None, said
    root = link[0].partition("/account/")[0]
    # trust_env: whatever proxy this machine has, the demo is on it
    with httpx.Client(follow_redirects=True, trust_env=False, timeout=PATIENCE_SECONDS) as browser:
        assert "/account/" in browser.get(f"{root}/").url.path, "nobody is in without the link"
        page = browser.get(link[0])
        assert page.status_code == 200
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None
        inside = browser.post(link[0], data={"csrfmiddlewaretoken": token[1]}, headers={"Referer": link[0]})
        assert (inside.status_code, inside.url.path) == (200, "/")
        assert "demo@example.com" in inside.text
    with httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS) as late:
        assert late.get(link[0]).status_code == 410, "it works once"


def test_a_folder_with_something_else_in_it_is_not_emptied(qafila: Run, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "letter.txt").write_text("keep me")
    demo = qafila("demo", "--data", str(folder))
    assert demo.end() == 1
    assert "(not_a_demo_folder)" in demo.said
    assert (folder / "letter.txt").read_text() == "keep me"
