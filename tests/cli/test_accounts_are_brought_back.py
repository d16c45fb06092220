"""`qafila accounts` and `qafila alerts`: what holds a number is shown, and a person brings it back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run

SET_UP = """
from datetime import UTC, datetime
from qafila.cli import database, given
with database.rooms(given.settings(None)):
    from qafila.alerts.actions import raise_alert
    from qafila.alerts.models import Level
    from qafila.businesses.actor import command_actor
    from qafila.cli.first_steps import first_business
    from qafila.senders import actions
    now = datetime.now(UTC)
    business = first_business(now=now)
    actor = command_actor(business)
    account = actions.create_provider_account(
        business=business, kind="memory", name="Shop access", base_url="http://127.0.0.1:9", ref="1",
        token="old-canary", app_secret="", verify_token="", actor=actor, now=now)
    sender = actions.create_sender(
        business=business, name="Main", phone="+201000000001", provider_account=account, actor=actor, now=now)
    actions.stop_account(account_id=account.pk, reason="cloud_api.190", now=now)
    raise_alert("account_stopped", business_id=business.pk, level=Level.CRITICAL,
        params={"account": "Shop access", "reason": "cloud_api.190"},
        subject=("provider_account", str(account.public_id)), now=now)
"""
SHOW_TOKEN = """
from qafila.cli import database, given
with database.rooms(given.settings(None)):
    from qafila.senders.models import Sender
    from qafila.senders.queries import credentials
    print(credentials(Sender.objects.get().pk)[1].token)
"""


def _python(code: str, *, environment: dict[str, str], cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def stopped(migrated: None, environment: dict[str, str], tmp_path: Path) -> None:
    """A number whose provider account is stopped, and the alert about it."""
    _python(SET_UP, environment=environment, cwd=tmp_path)


@pytest.mark.usefixtures("stopped")
def test_a_stopped_account_is_seen_given_a_token_and_resumed(
    qafila: Run, environment: dict[str, str], tmp_path: Path
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
    assert _python(SHOW_TOKEN, environment=environment, cwd=tmp_path).split()[-1] == "new-canary"

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
