"""Beside a running `up --sandbox`: `send` from the file to the last message, over one account, over a package and for a direction;
then `contracts` and `messages` look at it."""

from __future__ import annotations

import json
import re
import signal
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from qafila.cli.commands.send import send
from qafila.cli.screen import EXIT_USAGE, Refusal
from tests.cli.conftest import Run

KEY = "the-key-of-this-house-for-its-tests-01"


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _post(address: str, body: dict[str, str]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(address, data=json.dumps(body).encode(), headers=headers)
    with urllib.request.urlopen(request) as answer:
        return dict(json.load(answer))


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({}, "field_required"),
        ({"account": "Main", "package": "Pool"}, "one_target_only"),
        ({"package": "Pool", "direction": "Implants"}, "one_target_only"),
        ({"account": "Main", "package": "Pool", "direction": "Implants"}, "one_target_only"),
    ],
)
def test_it_is_said_once_who_sends(tmp_path: Path, named: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as caught:
        send(tmp_path / "people.csv", **{"account": None, **named})
    assert (caught.value.code, caught.value.exit_code) == (code, EXIT_USAGE)
    assert "exactly one of --account, --package and --direction" in str(caught.value)


def test_a_file_is_sent_and_seen(migrated: None, qafila: Run, tmp_path: Path, free_port: int) -> None:
    file = tmp_path / "people.csv"
    rows = [f"+2010{n:08d},Hello {n}" for n in range(40)]
    file.write_text("phone,message\n" + "\n".join([*rows, "12,too short"]) + "\n")
    ports = ("--port", str(free_port), "--sandbox", "--sandbox-port", str(_port()))
    up = qafila("up", *ports, API_SECRET_KEY=KEY)
    up.wait_for("Ready at")
    assert "WhatsApp sandbox at http://127.0.0.1:" in up.said

    accounts = qafila("accounts")
    assert accounts.end() == 0
    found = re.search(r"([0-9a-f-]{36}) +Sandbox +\+\d+ +Sandbox +ready +qafila_message", accounts.said)
    assert found

    unknown = qafila("send", str(file), "--account", "Nobody")
    assert unknown.end() == 1
    assert "Accounts: Sandbox." in unknown.said

    sent = qafila("send", str(file), "--account", "Sandbox")
    assert sent.end() == 0, sent.said
    assert re.search(r"(39|40) sent, [12] not sent, 0 uncertain", sent.said), sent.said
    contract = re.search(r"contract_\w+", sent.said)
    assert contract

    house = f"http://127.0.0.1:{free_port}/api"
    pool = _post(f"{house}/v1/packages", {"name": "Pool"})
    _post(f"{house}/v1/packages/{pool['id']}/profiles", {"profile_id": found[1]})
    _post(f"{house}/directions", {"name": "Implants"})
    shared = qafila("send", str(file), "--package", "Pool")
    assert shared.end() == 0, shared.said
    assert re.search(r"(39|40) sent, [12] not sent, 0 uncertain", shared.said), shared.said
    directed = qafila("send", str(file), "--direction", "implants", "--confirm")
    assert directed.end() == 0, directed.said
    assert "Implants goes out over Sandbox:" in directed.said
    assert re.search(r"(39|40) sent, [12] not sent, 0 uncertain", directed.said), directed.said

    looks = [
        qafila("contracts", "list"),
        qafila("contracts", "stats", contract[0]),
        qafila("contracts", "pause", contract[0]),
        qafila("messages", "uncertain"),
        qafila("messages", "resolve", "--as", "sent", "--contract", contract[0]),
        qafila("contracts", "stats", "contract_of_nobody"),
    ]
    assert [look.end() for look in looks] == [0, 0, 0, 0, 0, 1], [look.said for look in looks]
    listed, stats, paused, uncertain, resolved, nobody = [look.said for look in looks]
    assert contract[0] in listed
    assert re.search(r"total +41", stats)
    assert "skipped" in stats
    assert "COMPLETED" in paused
    assert "No message is uncertain." in uncertain
    assert "0 messages resolved as sent." in resolved
    assert "(not_found)" in nobody

    up.send(signal.SIGTERM)
    assert up.end() == 0
