"""Incoming messages: stored once, with their person, the 24-hour window, and the wish to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import pytest

from qafila.businesses.models import Business
from qafila.contacts.models import Contact, Identity, OptOut
from qafila.events.models import Event
from qafila.ledger.models import Batch, Message, Window
from qafila.ledger.states import BatchState, State
from qafila.receiving.models import ProviderEvent
from qafila.senders.models import Sender
from tests.receiving.material import Books, metadata, receipts, said, status, webhook

pytestmark = pytest.mark.django_db(transaction=True)

Put = Callable[[bytes], int]
Receive = Callable[[], int]


def all_at_once(works: Sequence[Callable[[], object]]) -> None:
    """Does all of them, each in a thread and with a connection of its own, which begin together."""
    start = threading.Barrier(len(works))
    faults: list[BaseException] = []

    def begin(work: Callable[[], object]) -> None:
        from django.db import connection

        try:
            start.wait()
            work()
        except BaseException as exc:  # noqa: BLE001 - told by the test
            faults.append(exc)
        finally:
            connection.close()

    threads = [threading.Thread(target=begin, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


def test_a_message_is_a_row_of_the_ledger_with_its_person_and_window(
    business: Business, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    at = now - timedelta(minutes=3)
    put(said(sender, "Hello there", at, wamid="wamid.in"))
    receive()
    message = Message.objects.get()
    contact = Contact.objects.get()
    assert (message.state, message.body, message.provider_id) == (State.RECEIVED, "Hello there", "wamid.in")
    assert (message.sender_id, message.contact_id, message.address) == (sender.pk, contact.pk, "201000000100")
    assert (message.sent_at, message.created_at) == (at, now)
    assert message.params["kind"] == "text"
    assert contact.name == "Nour"
    assert set(Identity.objects.values_list("kind", "value")) == {
        ("phone", "201000000100"),
        ("bsuid", "EG.1"),
    }
    batch = Batch.objects.get(pk=message.batch_id)
    assert (batch.state, batch.priority, batch.target_id) == (BatchState.OPEN, 1, sender.pk)
    assert Window.objects.get(sender_id=sender.pk, contact_id=contact.pk).last_inbound_at == at
    event = Event.objects.get(kind="message.received")
    assert event.data == {"sender_id": sender.pk, "message_ids": [message.pk]}
    assert event.subject_id == str(sender.public_id)


def test_the_same_message_again_has_no_effect(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    for _ in range(3):
        for _ in range(4):
            put(said(sender, "STOP", now, wamid="wamid.stop"))
        receive()
    assert Message.objects.count() == 1
    assert OptOut.objects.count() == 1
    assert Event.objects.filter(kind="message.received").count() == 1
    assert Event.objects.filter(kind="contact.opted_out").count() == 1


def test_many_workers_with_the_same_webhooks_store_each_once(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    for place in range(40):
        for _ in range(4):
            put(
                said(
                    sender,
                    f"text {place}",
                    now,
                    wamid=f"wamid.{place}",
                    by=f"2010000002{place:02}",
                    user_id="",
                )
            )
    all_at_once([receive] * 4)
    assert Message.objects.count() == 40
    assert Contact.objects.count() == 40
    assert Batch.objects.filter(state=BatchState.OPEN).count() == 1


def test_twenty_pictures_of_one_person_in_parallel_are_twenty_rows_of_one_conversation(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    def picture(place: int) -> bytes:
        image = {"id": f"44{place:02}", "mime_type": "image/jpeg", "sha256": f"hash-{place}"}
        message = {"from": "201000000100", "id": f"wamid.{place}", "type": "image", "image": image}
        message["timestamp"] = str(int((now - timedelta(seconds=20 - place)).timestamp()))
        person = {"profile": {"name": "Nour"}, "wa_id": "201000000100", "user_id": "EG.1"}
        return webhook({"metadata": metadata(sender), "contacts": [person], "messages": [message]})

    def handle(places: range) -> None:
        for place in places:
            put(picture(place))
            receive()

    all_at_once([partial(handle, range(first, 20, 4)) for first in range(4)])
    assert sorted(Message.objects.values_list("provider_id", flat=True)) == sorted(
        f"wamid.{place}" for place in range(20)
    )
    contact = Contact.objects.get()
    assert set(Message.objects.values_list("contact_id", "params__detail__media__ref")) == {
        (contact.pk, f"44{place:02}") for place in range(20)
    }
    window = Window.objects.get()
    assert (window.contact_id, window.last_inbound_at) == (contact.pk, now - timedelta(seconds=1))
    assert Batch.objects.filter(state=BatchState.OPEN).count() == 1


def test_a_person_known_by_another_identity_stays_one_contact(
    business: Business, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    put(said(sender, "hi", now, wamid="wamid.1", user_id="EG.7"))
    receive()
    anonymous = said(sender, "hi again", now, wamid="wamid.2", by="EG.7", user_id="EG.7")
    put(anonymous)
    put(said(sender, "new number", now, wamid="wamid.3", by="201000000777", user_id="EG.7"))
    receive()
    assert Contact.objects.count() == 1
    assert set(Identity.objects.values_list("kind", "value")) == {
        ("phone", "201000000100"),
        ("phone", "201000000777"),
        ("bsuid", "EG.7"),
    }


def test_a_stop_word_is_an_opt_out_with_its_words(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    spoken = ["STOP", "стоп!", "توقف", "הסר", "stop by tomorrow", "hello"]
    for place, words in enumerate(spoken):
        put(said(sender, words, now, wamid=f"wamid.{place}", by=f"20100000030{place}", user_id=f"EG.{place}"))
    receive()
    assert sorted(OptOut.objects.values_list("words", flat=True)) == sorted(spoken[:4])
    assert set(OptOut.objects.values_list("source", "at")) == {("message", now)}


def test_the_last_word_counts_whatever_the_order_of_webhooks(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    stop, start = now - timedelta(seconds=20), now - timedelta(seconds=40)
    put(said(sender, "STOP", stop, wamid="wamid.2"))
    receive()
    put(said(sender, "START", start, wamid="wamid.1"))
    receive()
    assert OptOut.objects.get().ended_at is None
    put(said(sender, "START", now, wamid="wamid.3"))
    receive()
    assert OptOut.objects.get().ended_at == now


def test_a_choice_in_whatsapp_itself_is_heeded_once(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    def choice(value: str, at: datetime) -> bytes:
        one = {"wa_id": "201000000100", "category": "marketing_messages", "value": value}
        one["timestamp"] = int(at.timestamp())  # type: ignore[assignment]
        return webhook({"metadata": metadata(sender), "user_preferences": [one]}, field="user_preferences")

    stop = choice("stop", now - timedelta(minutes=2))
    put(stop)
    receive()
    assert OptOut.objects.get().source == "provider"
    put(choice("resume", now - timedelta(minutes=1)))
    receive()
    put(stop)
    receive()
    assert OptOut.objects.get().ended_at == now - timedelta(minutes=1)


def test_a_failure_that_says_no_more_marketing_is_an_opt_out(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    from qafila.contacts.actions import ensure_phones

    contact = ensure_phones(business_id=books.business.pk, numbers=["201000000100"], now=now)["201000000100"]
    (message,) = books.messages(State.SENT, outcome="accepted")
    Message.objects.filter(pk=message.pk).update(contact_id=contact)
    put(receipts(sender, status("wamid.1", "failed", now, attempt_id=books.attempt_id(message), code=131050)))
    receive()
    assert (OptOut.objects.get().contact_id, OptOut.objects.get().source) == (contact, "provider")


def test_a_message_to_a_number_that_nobody_entered_is_kept_and_told(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    from qafila.alerts.models import Alert

    sender.ref = "another"
    body = said(sender, "anybody there?", now, wamid="wamid.1")
    for _ in range(2):
        put(body)
        receive()
    assert ProviderEvent.objects.get().kind == "message_to_unknown_number"
    assert not Message.objects.exists()
    assert Alert.objects.get().code == "webhook_for_unknown_number"
