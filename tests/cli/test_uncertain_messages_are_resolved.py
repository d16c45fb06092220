"""`qafila messages resolve`: a person's word on uncertain messages is carried out once, and stands in the audit log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import MAIN_NUMBER, InRooms, Run

UNCERTAIN = """
from django.db import connection
from qafila.campaigns.actions import create_contract
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import BatchState
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


def _said(command: Any) -> str:
    assert command.end() == 0, command.said
    return str(command.said)


@pytest.mark.usefixtures("migrated")
@pytest.mark.slow  # a dozen commands, each a process; what they call is tested in its room
def test_by_number_by_age_and_sent_again(qafila: Run, in_rooms: InRooms) -> None:
    contract = in_rooms(MAIN_NUMBER, UNCERTAIN).split()[-1]
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

    found = json.loads(in_rooms(LOOK).splitlines()[-1])
    assert found["states"] == ["sent", "sent", "failed", "failed", "queued", "uncertain"]
    assert found["counts"] == [1, 2, 2, 1]
    assert found["flows"], "what is sent again flows at once, in a finished contract too"
    assert found["audit"] == [
        ["command", {"as": "sent", "count": 2}],
        ["command", {"as": "failed", "count": 2}],
        ["command", {"as": "resend", "count": 1}],
    ]
