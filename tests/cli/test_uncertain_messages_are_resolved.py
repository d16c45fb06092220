"""`qafila messages resolve`: a person's word on uncertain messages is carried out once, and stands in the audit log."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

SET_UP = """
from datetime import UTC, datetime, timedelta
from qafila.cli import database, given
with database.rooms(given.settings(None)):
    from django.db import connection
    from qafila.businesses.actor import command_actor
    from qafila.campaigns.actions import create_contract
    from qafila.cli.first_steps import first_business
    from qafila.ledger.models import Batch, Message
    from qafila.ledger.states import BatchState
    from qafila.senders import actions
    now = datetime.now(UTC)
    business = first_business(now=now)
    actor = command_actor(business)
    account = actions.create_provider_account(
        business=business, kind="memory", name="Shop", base_url="http://127.0.0.1:9", ref="1",
        token="t", app_secret="", verify_token="", actor=actor, now=now)
    sender = actions.create_sender(
        business=business, name="Main", phone="+201000000001", provider_account=account, actor=actor, now=now)
    made = create_contract(
        business=business, sender=sender, name="March", actor=actor, now=now,
        recipients=[{"phoneNumber": f"2010{n:08d}", "message": "Hello"} for n in range(6)])
    batch = made.campaign.batch_id
    for row in Message.objects.filter(batch_id=batch):
        hours = 30 if row.row_number in (3, 4) else 1
        Message.objects.filter(pk=row.pk).update(
            state=3, due_at=None, tries=1, attempt=1, uncertain_at=now - timedelta(hours=hours))
    Batch.objects.filter(pk=batch).update(state=BatchState.FINISHED)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_batchsender AS c (batch_id, sender_id, uncertain) VALUES (%s, 0, 6)"
            " ON CONFLICT (batch_id, sender_id) DO UPDATE SET uncertain = c.uncertain + 6", [batch])
    print(made.campaign.public_id)
"""
LOOK = """
import json
from qafila.cli import database, given
with database.rooms(given.settings(None)):
    from qafila.businesses.models import AuditEntry
    from qafila.ledger.models import Batch, Message
    from qafila.ledger.queries import counts
    from qafila.ledger.states import BatchState, State
    batch = Batch.objects.get()
    found = counts(batch.pk)
    print(json.dumps({
        "states": [State(s).word for s in Message.objects.order_by("row_number").values_list("state", flat=True)],
        "counts": [found.uncertain, found.sent, found.failed, found.queued],
        "flows": batch.state == BatchState.FLOWING,
        "audit": [[e.actor_kind, e.detail] for e in AuditEntry.objects.filter(action="messages.resolved").order_by("id")],
    }))
"""


def _python(code: str, *, environment: dict[str, str], cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def _said(command: Any) -> str:
    assert command.end() == 0, command.said
    return str(command.said)


@pytest.mark.usefixtures("migrated")
def test_by_number_by_age_and_sent_again(qafila: Run, environment: dict[str, str], tmp_path: Path) -> None:
    contract = _python(SET_UP, environment=environment, cwd=tmp_path)
    listed = _said(qafila("messages", "uncertain"))
    rows = [line.split() for line in listed.splitlines() if contract in line]
    assert [row[2] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    ids = [row[0] for row in rows]
    assert "201000000000" not in listed, "numbers are not shown whole"

    assert "2 messages resolved as sent." in _said(
        qafila("messages", "resolve", ids[0], ids[1], "--as", "sent")
    )
    old = ("--contract", contract, "--older-than", "24")
    assert "2 messages resolved as failed." in _said(qafila("messages", "resolve", *old, "--as", "failed"))
    asked = qafila("messages", "resolve", ids[4], "--as", "resend")  # nobody there to answer
    assert asked.end() == 1
    assert "would get the message twice" in asked.said
    again = qafila("messages", "resolve", ids[4], ids[0], "--as", "resend", "--yes")
    assert "1 message resolved as resend." in _said(again), "the first one was settled before"
    nobody = qafila("messages", "resolve", str(int(ids[5]) + 1000), "--as", "sent")
    assert nobody.end() == 1
    assert "(not_found)" in nobody.said

    found = json.loads(_python(LOOK, environment=environment, cwd=tmp_path))
    assert found["states"] == ["sent", "sent", "failed", "failed", "queued", "uncertain"]
    assert found["counts"] == [1, 2, 2, 1]
    assert found["flows"], "what is sent again flows at once, in a finished contract too"
    assert found["audit"] == [
        ["command", {"as": "sent", "count": 2}],
        ["command", {"as": "failed", "count": 2}],
        ["command", {"as": "resend", "count": 1}],
    ]
