"""`qafila accounts` and `qafila alerts`: what holds a number is shown, and a person brings it back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import MAIN_NUMBER, InRooms, Run

STOPPED = """
from qafila.alerts.actions import raise_alert
from qafila.alerts.models import Level
actions.stop_account(account_id=account.pk, reason="cloud_api.190", now=now)
raise_alert("account_stopped", business_id=business.pk, level=Level.CRITICAL,
    params={"account": "Shop access", "reason": "cloud_api.190"},
    subject=("provider_account", str(account.public_id)), now=now)
"""
SHOW_TOKEN = """
from qafila.senders.models import Sender
from qafila.senders.queries import credentials
print(credentials(Sender.objects.get().pk)[1].token)
"""


@pytest.fixture
def stopped(migrated: None, in_rooms: InRooms) -> None:
    """A number whose provider account is stopped, and the alert about it."""
    in_rooms(MAIN_NUMBER, STOPPED)


@pytest.mark.usefixtures("stopped")
@pytest.mark.slow  # a dozen commands, each a process; what they call is tested in its room
def test_a_stopped_account_is_seen_given_a_token_and_resumed(
    qafila: Run, in_rooms: InRooms, environment: dict[str, str], tmp_path: Path
) -> None:
    listed = qafila("accounts")
    assert listed.end() == 0, listed.said
    assert "stopped (cloud_api.190)" in listed.said
    shown = qafila("accounts", "show", "Main")
    assert shown.end() == 0, shown.said
    assert "access token" in shown.said
    alerts = qafila("alerts")
    assert alerts.end() == 0, alerts.said
    assert "critical" in alerts.said
    assert "account_stopped" in alerts.said
    assert "1 unread: 1 critical" in _doctor(qafila)

    given = subprocess.run(
        [sys.executable, "-m", "qafila.cli", "accounts", "token", "+201000000001", "--resume"],
        env=environment,
        cwd=tmp_path,
        input="new-canary\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert given.returncode == 0, given.stderr
    assert "Main: ready" in given.stdout
    assert "canary" not in given.stdout + given.stderr
    assert in_rooms(SHOW_TOKEN).split()[-1] == "new-canary"

    paused = qafila("accounts", "pause", "Main")
    assert paused.end() == 0
    assert "Main: paused" in paused.said
    resumed = qafila("accounts", "resume", "Main")
    assert resumed.end() == 0
    assert "Main: ready" in resumed.said

    read = qafila("alerts", "read")
    assert read.end() == 0
    assert "1 alert marked as read." in read.said
    nothing = qafila("alerts")
    nothing.end()
    assert "Nothing needs you." in nothing.said


def _doctor(qafila: Run) -> str:
    doctor = qafila("doctor")
    doctor.end()
    return doctor.said
