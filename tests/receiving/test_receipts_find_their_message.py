"""A receipt reaches its own message: by our attempt id, else by the provider's id, and only over its own account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.dispatch.recorder import Outcome, as_arrays
from qafila.events.models import Event
from qafila.kit.clock import VirtualClock
from qafila.kit.statements import statement
from qafila.ledger.models import Attempt, Message
from qafila.ledger.states import State
from qafila.receiving.models import ProviderEvent, WaitingReceipt
from qafila.senders.actions import create_provider_account
from qafila.senders.models import Sender
from tests.receiving.material import Books, receipts, status, store

pytestmark = pytest.mark.django_db(transaction=True)

Put = Callable[[bytes], int]
Receive = Callable[[], int]


def reload(message: Message) -> Message:
    message.refresh_from_db()
    return message


def test_the_providers_id_finds_what_echoes_nothing(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    messages = books.messages(State.SENT, count=3, outcome="accepted", provider_ids=True)
    put(receipts(sender, status(f"wamid.{messages[1].pk}", "read", now)))
    receive()
    assert [reload(message).state for message in messages] == [State.SENT, State.READ, State.SENT]


def test_a_receipt_faster_than_our_record_waits_for_it(
    *, books: Books, sender: Sender, put: Put, receive: Receive, now: datetime, clock: VirtualClock
) -> None:
    (message,) = books.messages(State.SENDING)
    put(receipts(sender, status("wamid.fast", "delivered", now)))
    receive()
    assert reload(message).state == State.SENDING
    record(message, sender, State.SENT, now, provider_id="wamid.fast")
    clock.move(2)
    receive()
    assert reload(message).state == State.DELIVERED
    assert not WaitingReceipt.objects.exists()
    assert not ProviderEvent.objects.exists()


def test_a_receipt_that_matches_nothing_is_kept_in_the_end(
    sender: Sender, put: Put, receive: Receive, now: datetime, clock: VirtualClock
) -> None:
    put(receipts(sender, status("wamid.foreign", "failed", now, code=131026)))
    for _ in range(4):
        receive()
        assert not ProviderEvent.objects.exists()
        clock.move(400)
    receive()
    kept = ProviderEvent.objects.get()
    assert kept.kind == "unmatched_receipt"
    assert kept.payload["provider_id"] == "wamid.foreign"
    assert not WaitingReceipt.objects.exists()


def test_an_echo_that_is_not_ours_is_not_waited_for(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    (message,) = books.messages(State.SENDING)
    own = books.attempt_id(message).split(".")
    echoes = [".".join(["q", "otherinstall", *own[2:]]), "an echo of other software", f"q.{own[1]}.zzzzz.1"]
    echoes += [".".join([*own[:3], "2"]), ".".join([*own[:3], "0"]), "x" * 5_000]
    put(receipts(sender, *(status("wamid.x", "read", now, attempt_id=echo) for echo in echoes)))
    receive()
    assert reload(message).state == State.SENDING
    assert not WaitingReceipt.objects.exists()
    assert ProviderEvent.objects.get().kind == "unmatched_receipt"


def test_a_receipt_over_another_account_does_not_touch_the_message(
    *,
    books: Books,
    sender: Sender,
    receive: Receive,
    now: datetime,
    stranger_actor: Actor,
    other_business: Business,
) -> None:
    foreign = create_provider_account(
        business=other_business,
        kind="cloud_api",
        name="Foreign",
        base_url="http://127.0.0.1:9/v23.0",
        ref="1",
        token="token-of-theirs",
        app_secret="secret-of-theirs",
        verify_token="verify",
        allow_private_network=True,
        actor=stranger_actor,
        now=now,
    )
    (message,) = books.messages(State.SENT, outcome="accepted", provider_ids=True)
    for echo in (books.attempt_id(message), None):
        store(foreign, receipts(sender, status(f"wamid.{message.pk}", "read", now, attempt_id=echo)), now)
    receive()
    assert reload(message).state == State.SENT


def test_a_receipt_of_a_queued_message_counts_for_the_sender_that_made_the_attempt(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    (message,) = books.messages(State.QUEUED, outcome="unknown")
    put(receipts(sender, status("wamid.1", "sent", now, attempt_id=books.attempt_id(message))))
    receive()
    assert (reload(message).state, message.sender_id, message.due_at) == (State.SENT, sender.pk, None)


def test_our_record_after_the_receipt_only_fills_in(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    (message,) = books.messages(State.SENDING)
    put(receipts(sender, status("wamid.1", "read", now, attempt_id=books.attempt_id(message))))
    receive()
    books.check()
    record(message, sender, State.SENT, now, provider_id="wamid.1")
    assert (reload(message).state, message.provider_id) == (State.READ, "wamid.1")
    assert Attempt.objects.get(message_id=message.pk).outcome == "accepted"


def test_failures_that_mean_trouble_are_told_once(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    failures = {131048: "resting", 133010: "sender", 131042: "account", 131026: None}
    for code in failures:
        messages = books.messages(State.SENT, count=5, outcome="accepted")
        echoes = [books.attempt_id(message) for message in messages]
        body = receipts(sender, *(status("wamid.1", "failed", now, attempt_id=e, code=code) for e in echoes))
        for _ in range(2):
            put(body)
            receive()
        assert {reload(message).reason for message in messages} == {f"cloud_api.{code}"}
    told = Event.objects.filter(kind="sender.trouble").order_by("id")
    assert [(event.data["code"], event.data["failure"]) for event in told] == [
        (f"cloud_api.{code}", failure) for code, failure in failures.items() if failure
    ]
    assert {event.subject_id for event in told} == {str(sender.public_id)}
    assert {event.data["sender_id"] for event in told} == {sender.pk}


def test_the_address_that_a_provider_knows_is_learned(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    from qafila.contacts.actions import ensure_phones

    contact = ensure_phones(business_id=books.business.pk, numbers=["5521987654321"], now=now)[
        "5521987654321"
    ]
    (message,) = books.messages(State.SENT, outcome="accepted")
    Message.objects.filter(pk=message.pk).update(contact_id=contact, address="5521987654321")
    echo = books.attempt_id(message)
    put(receipts(sender, status("wamid.1", "delivered", now, attempt_id=echo, to="552187654321")))
    receive()
    known = ensure_phones(business_id=books.business.pk, numbers=["552187654321"], now=now)
    assert known == {"552187654321": contact}


def test_times_of_the_future_are_not_believed(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    (message,) = books.messages(State.SENDING)
    at = now + timedelta(days=300)
    put(receipts(sender, status("wamid.1", "read", at, attempt_id=books.attempt_id(message))))
    receive()
    assert reload(message).read_at == now


def record(message: Message, sender: Sender, state: State, at: datetime, *, provider_id: str) -> None:
    """What a lane writes down after its call."""
    outcome = Outcome(message.pk, message.attempt, sender.pk, state, at, "accepted", provider_id=provider_id)
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.ledger", "record"), as_arrays([outcome]))
