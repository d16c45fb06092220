"""An outcome counts for its own attempt alone, whatever happened to the row meanwhile; written twice it counts once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from qafila.businesses.models import Business
from qafila.dispatch.recorder import Outcome, as_arrays
from qafila.kit.statements import statement
from qafila.ledger import actions
from qafila.ledger.models import Attempt, Batch, BatchSender, Message
from qafila.ledger.states import State, Target
from tests.ledger.test_transitions_keep_the_books import balanced

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SENDER = 5


@pytest.fixture
def batch(business: Business) -> Batch:
    made = actions.create_batch(
        business_id=business.pk, target=(Target.SENDER, 5), content={"kind": "text"}, now=NOW
    )
    actions.add_messages(batch=made, rows=[actions.NewMessage(1, 1, "2010", None, "x")], now=NOW)
    return made


def put(batch: Batch, state: State, *, attempt: int = 1) -> Message:
    """The one row, in a state after an attempt."""
    message = Message.objects.get(batch_id=batch.pk)
    queued = state is State.QUEUED
    Message.objects.filter(pk=message.pk).update(
        state=state,
        attempt=attempt,
        tries=1,
        sender_id=0 if queued else SENDER,
        due_at=NOW if queued else None,
        claimed_by=SENDER if state is State.SENDING else None,
        claimed_at=NOW,
        uncertain_at=NOW if state is State.UNCERTAIN else None,
    )
    for number in range(1, attempt + 1):
        Attempt.objects.create(
            message_id=message.pk, number=number, sender_id=SENDER, worker_id=1, epoch=1, began_at=NOW
        )
    if not queued:
        BatchSender.objects.create(batch_id=batch.pk, sender_id=SENDER, **{state.word: 1})
    message.refresh_from_db()
    return message


def record(message: Message, state: State, *, number: int = 1, **more: object) -> Message:
    outcome = Outcome(message.pk, number, SENDER, state, NOW, "accepted", **more)  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.ledger", "record"), as_arrays([outcome]))
    message.refresh_from_db()
    return message


@pytest.mark.parametrize("before", [State.SENDING, State.UNCERTAIN])
@pytest.mark.parametrize("after", [State.SENT, State.FAILED, State.UNCERTAIN, State.SKIPPED, State.QUEUED])
def test_an_open_attempt_takes_its_outcome(batch: Batch, before: State, after: State) -> None:
    message = record(put(batch, before), after, due_at=NOW, provider_id="wamid.1", reason="r")
    assert message.state == after
    assert (message.due_at is not None) == (after is State.QUEUED)
    assert (message.uncertain_at is not None) == (after is State.UNCERTAIN)
    assert message.claimed_by is None
    assert message.sender_id == (0 if after is State.QUEUED else SENDER)
    balanced(batch)
    again = record(message, after, due_at=NOW, provider_id="wamid.1", reason="r")
    assert again.state == after
    balanced(batch)
    assert Attempt.objects.get(message_id=message.pk).outcome == "accepted"


@pytest.mark.parametrize("receipt", [State.SENT, State.DELIVERED, State.READ, State.FAILED])
def test_a_receipt_that_came_first_stays(batch: Batch, receipt: State) -> None:
    message = record(put(batch, receipt), State.SENT, provider_id="wamid.1")
    assert message.state == receipt
    assert message.provider_id == "wamid.1"
    balanced(batch)


@pytest.mark.parametrize("late", [State.UNCERTAIN, State.QUEUED, State.FAILED])
def test_doubt_does_not_undo_a_receipt(batch: Batch, late: State) -> None:
    message = record(put(batch, State.DELIVERED), late, due_at=NOW)
    assert message.state == State.DELIVERED
    assert message.due_at is None
    balanced(batch)


def test_an_acceptance_takes_a_resend_out_of_the_queue(batch: Batch) -> None:
    message = record(put(batch, State.QUEUED), State.SENT, provider_id="wamid.1")
    assert (message.state, message.due_at, message.sender_id) == (State.SENT, None, SENDER)
    balanced(batch)


def test_an_older_attempts_doubt_does_not_touch_a_newer_attempt(batch: Batch) -> None:
    message = record(put(batch, State.SENDING, attempt=2), State.QUEUED, number=1, due_at=NOW)
    assert message.state == State.SENDING
    assert Attempt.objects.get(message_id=message.pk, number=1).outcome == "accepted"  # the evidence is kept
    balanced(batch)


def test_throttling_gives_the_try_back(batch: Batch) -> None:
    message = record(put(batch, State.SENDING), State.QUEUED, due_at=NOW, uncounted=True)
    assert (message.tries, message.attempt) == (0, 1)
