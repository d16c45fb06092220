"""`qafila send` where nothing else runs: it starts the database and a worker, sends to the last row, and leaves nothing behind."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, all_ended

SET_UP = """
from datetime import UTC, datetime
from qafila.cli import database, given
with database.rooms(given.settings(None)):
    from qafila.businesses.actor import command_actor
    from qafila.cli.first_steps import first_business
    from qafila.senders import actions
    from qafila.senders.models import Sender
    now = datetime.now(UTC)
    business = first_business(now=now)
    actor = command_actor(business)
    account = actions.create_provider_account(
        business=business, kind="memory", name="Shop", base_url="http://127.0.0.1:9", ref="1",
        token="t", app_secret="", verify_token="", actor=actor, now=now)
    sender = actions.create_sender(
        business=business, name="Main", phone="+201000000001", provider_account=account, actor=actor, now=now)
    Sender.objects.filter(pk=sender.pk).update(use_limits=False)
"""
LOOK = """
from qafila.cli import database, given
with database.rooms(given.settings(None)):
    from qafila.dispatch.models import Worker
    print(Worker.objects.count(), Worker.objects.filter(ended_at=None).count())
"""


def _python(code: str, *, environment: dict[str, str], cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.usefixtures("migrated")
def test_a_file_is_sent_without_up(qafila: Run, environment: dict[str, str], tmp_path: Path) -> None:
    _python(SET_UP, environment=environment, cwd=tmp_path)
    file = tmp_path / "people.csv"
    file.write_text("phone,message\n+201000000101,Hello\n+201000000102,Hello too\n12,too short\n")
    sent = qafila("send", str(file), "--account", "Main")
    sent.wait_for("reading people.csv")
    family = sent.family()
    assert sent.end() == 0, sent.said
    assert "2 sent, 1 not sent, 0 uncertain." in sent.said
    assert re.search(r"qafila contracts stats contract_\w+", sent.said)
    assert all_ended(family)
    assert _python(LOOK, environment=environment, cwd=tmp_path).split() == ["1", "0"]
