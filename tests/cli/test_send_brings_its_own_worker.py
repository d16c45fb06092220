"""`qafila send` where nothing else runs: it starts the database and a worker, sends to the last row, and leaves nothing behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import MAIN_NUMBER, InRooms, Run, all_ended

UNLIMITED = """
from qafila.senders.models import Sender
Sender.objects.filter(pk=sender.pk).update(use_limits=False)
"""
LOOK = """
from qafila.dispatch.models import Worker
print(Worker.objects.count(), Worker.objects.filter(ended_at=None).count())
"""


@pytest.mark.usefixtures("migrated")
def test_a_file_is_sent_without_up(qafila: Run, in_rooms: InRooms, tmp_path: Path) -> None:
    in_rooms(MAIN_NUMBER, UNLIMITED)
    file = tmp_path / "people.csv"
    file.write_text("phone,message\n+201000000101,Hello\n+201000000102,Hello too\n12,too short\n")
    sent = qafila("send", str(file), "--account", "Main")
    sent.wait_for("reading people.csv")
    family = sent.family()
    assert sent.end() == 0, sent.said
    assert "2 sent, 1 not sent, 0 uncertain." in sent.said
    assert re.search(r"qafila contracts stats contract_\w+", sent.said)
    assert all_ended(family)
    assert in_rooms(LOOK).split() == ["1", "0"]
