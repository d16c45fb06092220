"""Help teaches, keys are shown once, the doctor tells what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from qafila import __version__
from tests.cli.conftest import Run

COMMANDS = (
    *("up", "stop", "demo", "send", "accounts", "doctor", "migrate", "dbshell", "web", "worker", "sandbox"),
    *("contracts", "messages", "keys"),
)


def test_help_lists_every_command_with_examples(qafila: Run) -> None:
    command = qafila("--help")
    assert command.end() == 0
    assert "qafila up --data /var/lib/qafila --port 8000 --workers 2" in command.said
    for name in COMMANDS:
        assert f"\n  {name} " in command.said


def test_the_version_is_said(qafila: Run) -> None:
    command = qafila("--version")
    assert command.end() == 0
    assert command.said == f"qafila {__version__}\n"


def test_help_has_examples(qafila: Run) -> None:
    names = ("up", "demo", "send", "migrate", "sandbox", "dbshell")
    for name, command in [(name, qafila(name, "--help")) for name in names]:
        assert command.end() == 0
        assert f"qafila {name}" in command.said.split("Usage:")[1].split("\n", 1)[1]


@pytest.mark.usefixtures("migrated")
def test_a_key_is_made_listed_and_revoked(qafila: Run) -> None:
    wrong = qafila("keys", "create", "my shop", "--network", "shop.example.com")
    assert wrong.end() != 0
    assert "is no network" in wrong.said
    made = qafila(
        *(
            "keys",
            "create",
            "my shop",
            "--scope",
            "contracts:read",
            "--days",
            "30",
            "--network",
            "10.1.2.3/16",
        )
    )
    assert made.end() == 0, made.said
    key = made.lines[0].strip()
    listed = qafila("keys", "list")
    assert listed.end() == 0
    assert key not in listed.said
    row = next(line for line in listed.said.splitlines() if "my shop" in line)
    assert "in use" in row
    assert "10.1.0.0/16" in listed.said
    replaced = qafila("keys", "rotate", row.split()[0])
    assert replaced.end() == 0, replaced.said
    assert replaced.lines[0].strip() not in {"", key}
    again = qafila("keys", "rotate", row.split()[0])
    assert again.end() != 0
    assert "was replaced already" in again.said
    revoked = qafila("keys", "revoke", row.split()[0])
    assert revoked.end() == 0
    assert "Revoked my shop." in revoked.said
    rotated = qafila("keys", "rotate-encryption", "--drop-old")
    assert rotated.end() == 0, rotated.said


def test_the_doctor_finds_what_is_wrong(qafila: Run, data: Path) -> None:
    fresh = qafila("doctor")
    assert fresh.end() == 0, fresh.said
    assert "made at the first start" in fresh.said
    data.write_text("not a folder")
    broken = qafila("doctor", ALLOWED_HOSTS="*")
    assert broken.end() == 1
    assert "ALLOWED_HOSTS lets in every host name" in broken.said
    assert "is not a folder" in broken.said
    assert "2 to put right" in broken.said


def test_a_database_that_does_not_answer_is_said(qafila: Run) -> None:
    look = qafila("doctor", DATABASE_URL="postgresql://qafila:secret-word@127.0.0.1:1/qafila")
    assert look.end() == 1
    assert "cannot be reached" in look.said
    assert "secret-word" not in look.said
