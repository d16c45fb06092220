"""Beside a running `up --sandbox`: `send` from the file to the last message, then `contracts` and `messages` look at it."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

from tests.cli.conftest import Run


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_file_is_sent_and_seen(qafila: Run, tmp_path: Path, free_port: int) -> None:
    file = tmp_path / "people.csv"
    rows = [f"+2010{n:08d},Hello {n}" for n in range(40)]
    file.write_text("phone,message\n" + "\n".join([*rows, "12,too short"]) + "\n")
    up = qafila("up", "--port", str(free_port), "--sandbox", "--sandbox-port", str(_port()))
    up.wait_for("Ready at")
    assert "WhatsApp sandbox at http://127.0.0.1:" in up.said

    accounts = qafila("accounts")
    assert accounts.end() == 0
    assert re.search(r"[0-9a-f-]{36} +Sandbox +\+\d+ +Sandbox +ready +qafila_message", accounts.said)

    unknown = qafila("send", str(file), "--account", "Nobody")
    assert unknown.end() == 1
    assert "Accounts: Sandbox." in unknown.said

    sent = qafila("send", str(file), "--account", "Sandbox")
    assert sent.end() == 0, sent.said
    assert re.search(r"(39|40) sent, [12] not sent, 0 uncertain", sent.said), sent.said
    contract = re.search(r"contract_\w+", sent.said)
    assert contract

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
