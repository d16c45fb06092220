"""`qafila contracts retry-failed` and `clear-failed`: as by the API, and in the audit log."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import MAIN_NUMBER, InRooms, Run

FOUR = """
from qafila.campaigns.actions import create_contract
from qafila.ledger.models import Message
from qafila.ledger.states import State
made = create_contract(
    business=business, sender=sender, name="March", actor=actor, now=now,
    recipients=[{"phoneNumber": f"2010{n:08d}", "message": "Hello"} for n in range(4)])
print(made.campaign.public_id)
"""
FAIL = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("UPDATE ledger_message SET state = 5, due_at = NULL, failed_at = clock_timestamp(), reason = 'no_answer'"
        " WHERE row_number = ANY (%s)", [ROWS])
    cursor.execute("INSERT INTO ledger_batchsender AS c (batch_id, sender_id, failed) SELECT id, 0, %s FROM ledger_batch"
        " ON CONFLICT (batch_id, sender_id) DO UPDATE SET failed = c.failed + excluded.failed", [len(ROWS)])
"""
LOOK = """
import json
from qafila.businesses.models import AuditEntry
from qafila.ledger.models import Message
print(json.dumps([
    list(Message.objects.order_by("row_number").values_list("state", flat=True)),
    [[e.action, e.actor_kind, e.detail["messages"]] for e in
        AuditEntry.objects.filter(action__contains="failed").order_by("id")]]))
"""


def _does(qafila: Run, *words: str) -> str:
    command = qafila("contracts", *words)
    assert command.end() == 0, command.said
    return command.said


@pytest.mark.usefixtures("migrated")
@pytest.mark.slow  # a dozen commands, each a process; what they call is tested in its room
def test_cleared_ones_stay_put_aside_and_later_ones_are_sent_again(qafila: Run, in_rooms: InRooms) -> None:
    contract = in_rooms(MAIN_NUMBER, FOUR, "ROWS = [1, 2]", FAIL).split()[-1]
    assert "2 messages cleared." in _does(qafila, "clear-failed", contract)
    assert "0 messages queued again." in _does(qafila, "retry-failed", contract)
    in_rooms("ROWS = [3]", FAIL)
    assert "1 message queued again. The contract is PENDING." in _does(qafila, "retry-failed", contract)
    nobody = qafila("contracts", "retry-failed", "contract_none")
    assert nobody.end() == 1
    assert "(not_found)" in nobody.said

    states, audit = json.loads(in_rooms(LOOK).splitlines()[-1])
    assert states == [5, 5, 1, 1]
    assert audit == [["contract.failed_cleared", "command", 2], ["contract.failed_retried", "command", 1]]
