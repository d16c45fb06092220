"""A short command logs as the long ones do: into a file of the data folder, with nothing secret in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from qafila.cli import logs as command_logs
from qafila.cli.screen import Refusal
from qafila.project import env
from tests.cli.conftest import InRooms, Run

CANARY = "kD93-fa0Qx7LmZ2_vT81pWqYbN64hRsC"
WARN = f"""
import logging
logging.getLogger("qafila.trial").warning("Called +201000000001 with access_token={CANARY}")
"""


def test_the_first_command_of_a_folder_logs_what_it_migrated(
    qafila: Run, in_rooms: InRooms, data: Path
) -> None:
    made = qafila("keys", "create", "my shop")
    assert made.end() == 0, made.said
    assert "Migrated" not in made.said, "a person asked for a key"
    log = data / "logs" / "qafila-command.log"
    assert " INFO " in log.read_text()
    assert "Migrated ledger." in log.read_text()
    in_rooms(WARN)
    last = log.read_text().splitlines()[-1]
    assert "WARNING  qafila.trial: Called" in last
    assert "+201000000001" not in last
    assert CANARY not in last


def test_a_folder_that_takes_no_logs_is_said(tmp_path: Path) -> None:
    in_the_way = tmp_path / "logs"
    in_the_way.write_text("a file, not a folder")
    with pytest.raises(Refusal, match="Logs cannot be written") as refused:
        command_logs.begin(env.read().model_copy(update={"data": tmp_path}), "command")
    assert refused.value.code == "logs_unwritable"
