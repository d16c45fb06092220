"""Promise 10: whatever the order and however often receipts come, the furthest state stands, and the books balance."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qafila.ledger.models import Attempt, Message
from qafila.ledger.states import State
from qafila.receiving.models import ProviderEvent
from qafila.senders.models import Sender
from tests.receiving.material import Books, receipts, status

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = ("sent", "delivered", "read", "failed")
RANK = {"sent": State.SENT, "failed": State.FAILED, "delivered": State.DELIVERED, "read": State.READ}
BEFORE = (State.QUEUED, State.SENDING, State.UNCERTAIN, State.SENT)


def one(message: Message, word: str, books: Books, *, number: int = 1) -> dict[str, object]:
    """A receipt for an attempt of a message, with a moment that goes with the word."""
    at = books.now - timedelta(seconds=30 - RANK[word])
    code = 131026 if word == "failed" else None
    attempt_id = books.attempt_id(message, number)
    return status(f"wamid.{message.pk}", word, at, attempt_id=attempt_id, code=code, to=message.address)


def test_every_order_with_duplicates_ends_in_the_furthest_state(
    books: Books, sender: Sender, put: Callable[[bytes], int], receive: Callable[[], int]
) -> None:
    orders = [order for n in range(1, 5) for order in itertools.permutations(WORDS, n)]
    expected = {}
    streams = []
    for before in BEFORE:
        outcome = "accepted" if before is State.SENT else None
        for message, order in zip(
            books.messages(before, count=len(orders), outcome=outcome), orders, strict=True
        ):
            expected[message.pk] = max(RANK[word] for word in order)
            streams.append([one(message, word, books) for word in order for _ in range(2)])
    for step in itertools.zip_longest(*streams):
        put(receipts(sender, *(receipt for receipt in step if receipt is not None)))
        receive()
        books.check()
    assert dict(Message.objects.values_list("id", "state")) == expected
    for message in Message.objects.all():
        assert (message.due_at, message.claimed_by, message.uncertain_at) == (None, None, None)
        assert (message.failed_at is not None) == (message.state == State.FAILED)
        assert (message.reason == "cloud_api.131026") == (message.state == State.FAILED)
        assert message.sender_id == sender.pk
        assert message.provider_id == f"wamid.{message.pk}"
    assert not Attempt.objects.exclude(outcome="accepted").exists()


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_times_do_not_depend_on_the_order_or_the_cut(
    data: st.DataObject,
    books: Books,
    sender: Sender,
    put: Callable[[bytes], int],
    receive: Callable[[], int],
) -> None:
    messages = books.messages(State.SENDING, count=6)
    stream = [one(message, word, books) for message in messages for word in WORDS[:3] for _ in range(2)]
    shuffled = data.draw(st.permutations(stream))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=3)))
    for begin, end in itertools.pairwise([0, *cuts, len(stream)]):
        put(receipts(sender, *shuffled[begin:end]))
        if data.draw(st.booleans()):
            receive()
    receive()
    for message in Message.objects.filter(id__in=[m.pk for m in messages]):
        assert message.state == State.READ
        times = (message.sent_at, message.delivered_at, message.read_at)
        assert times == tuple(books.now - timedelta(seconds=30 - RANK[word]) for word in WORDS[:3])
    books.check()


def test_a_failure_after_delivery_changes_nothing_and_is_kept_once(
    books: Books, sender: Sender, put: Callable[[bytes], int], receive: Callable[[], int]
) -> None:
    (message,) = books.messages(State.SENT, outcome="accepted")
    put(receipts(sender, one(message, "delivered", books)))
    receive()
    for _ in range(3):
        put(receipts(sender, one(message, "failed", books)))
        receive()
    message.refresh_from_db()
    assert message.state == State.DELIVERED
    assert message.failed_at is None
    kept = ProviderEvent.objects.get()
    assert (kept.kind, kept.known) == ("late_failure", True)
    assert kept.payload["code"] == "131026"


def test_replayed_receipts_do_not_undo_a_retry(
    books: Books, sender: Sender, put: Callable[[bytes], int], receive: Callable[[], int], now: datetime
) -> None:
    from qafila.ledger.actions import retry_failed

    (message,) = books.messages(State.UNCERTAIN, outcome="unknown")
    history = [one(message, "sent", books), one(message, "failed", books)]
    put(receipts(sender, *history))
    receive()
    batch_id = message.batch_id
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_batch SET first_id = %s, last_id = %s", [message.pk, message.pk])
    assert retry_failed(business_id=books.business.pk, batch_id=batch_id, now=now) == 1
    for receipt in history:
        put(receipts(sender, receipt))
        receive()
    message.refresh_from_db()
    assert message.state == State.QUEUED
    assert message.due_at == now
    put(receipts(sender, one(message, "delivered", books)))
    receive()
    message.refresh_from_db()
    assert (message.state, message.due_at) == (State.DELIVERED, None)


def test_a_failure_of_an_earlier_attempt_leaves_the_later_one_alone(
    books: Books, sender: Sender, put: Callable[[bytes], int], receive: Callable[[], int]
) -> None:
    (message,) = books.messages(State.SENDING, attempts=2)
    put(receipts(sender, one(message, "failed", books, number=1)))
    receive()
    message.refresh_from_db()
    assert (message.state, message.claimed_by) == (State.SENDING, sender.pk)
    put(receipts(sender, one(message, "sent", books, number=2)))
    receive()
    message.refresh_from_db()
    assert (message.state, message.claimed_by) == (State.SENT, None)


def test_a_cancelled_message_that_was_sent_after_all_is_told_as_sent(
    books: Books, sender: Sender, put: Callable[[bytes], int], receive: Callable[[], int]
) -> None:
    (message,) = books.messages(State.CANCELLED, outcome="unknown")
    put(receipts(sender, one(message, "delivered", books)))
    receive()
    message.refresh_from_db()
    assert message.state == State.DELIVERED
    assert message.sent_at == message.delivered_at
