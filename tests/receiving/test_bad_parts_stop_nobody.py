"""Promises 20, 24, 25: garbage is put aside with a reason, what is unknown is kept and counted, the rest goes through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import orjson
import pytest

from qafila.alerts.models import Alert
from qafila.contacts.models import Contact
from qafila.kit.clock import VirtualClock
from qafila.ledger.models import Message
from qafila.ledger.states import State
from qafila.providers import registry
from qafila.providers.memory import MemoryProvider
from qafila.receiving.models import ProviderEvent, RawWebhook
from qafila.senders.models import ProviderAccount, Sender
from tests.receiving.material import Books, receipts, said, status, store, webhook

pytestmark = pytest.mark.django_db(transaction=True)

Put = Callable[[bytes], int]
Receive = Callable[[], int]


def test_a_thousand_items_with_ten_bad_ones(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    messages = books.messages(State.SENT, count=990, outcome="accepted")
    items = [
        status(f"wamid.{message.pk}", "delivered", now, attempt_id=books.attempt_id(message))
        for message in messages
    ]
    bad = [{}, {"status": 7}, {"status": "sent"}, 12, None, "text", [], {"id": "x", "status": "read"}]
    bad += [
        {"id": "y", "status": "read", "timestamp": "never"},
        {"id": 5, "status": "sent", "timestamp": "1"},
    ]
    for place, item in enumerate(bad):
        items.insert(place * 97, item)  # type: ignore[arg-type]
    put(receipts(sender, *items))
    receive()
    assert Message.objects.filter(state=State.DELIVERED).count() == 990
    assert ProviderEvent.objects.filter(kind="unreadable_item").exclude(reason="").count() == 10
    assert Alert.objects.get().code == "unreadable_webhook_items"
    assert not RawWebhook.objects.filter(handled_at=None).exists()


def test_unknown_kinds_are_kept_and_counted_in_one_alert(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    for place in range(50):
        put(webhook({"something": place}, field=f"invented_{place}"))
    put(webhook({"event": "ACCOUNT_VIOLATION"}, field="account_update"))
    receive()
    assert ProviderEvent.objects.filter(known=False).count() == 50
    assert ProviderEvent.objects.get(known=True).kind == "account_update"
    alert = Alert.objects.get(code="unknown_webhooks")
    assert alert.params["count"] == 50
    put(webhook({"something": 0}, field="invented_0"))
    receive()
    assert ProviderEvent.objects.count() == 51, "a replay is nothing new"


GARBAGE = (
    b"",
    b"not json",
    b"\xff\xfe\x00",
    b"[]",
    b"null",
    b'{"object":"whatsapp_business_account"}',
    b'{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":7}]}]}',
    b'{"object":"page\\u0000","entry":[]}',
    b'{"object":"x","n":' + b"9" * 400 + b"}",
    b"[" * 5_000,
    b'{"object":"x","deep":' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"object":"x","half":"\\ud800"}',
)


def test_garbage_is_kept_and_done_with(sender: Sender, put: Put, receive: Receive, now: datetime) -> None:
    for place, body in enumerate(GARBAGE):
        put(body)
        put(said(sender, "hello", now, wamid=f"wamid.{place}"))
    receive()
    assert not RawWebhook.objects.filter(handled_at=None).exists()
    assert not RawWebhook.objects.filter(attempts__gt=0).exists()
    assert ProviderEvent.objects.count() == len(GARBAGE)
    assert Message.objects.count() == len(GARBAGE)


def test_texts_with_what_a_database_cannot_hold_are_stored(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    put(said(sender, "a\x00b", now, wamid="wamid.1"))
    receive()
    assert Message.objects.get().body == "a\ufffdb"


class Stumbling(MemoryProvider):
    """A provider whose parser breaks its promise on one webhook."""

    def parse(self, body: bytes) -> list:  # type: ignore[type-arg]
        if b"poison" in body:
            raise KeyError("poison")
        return super().parse(body)


def test_a_webhook_that_breaks_the_reader_is_tried_alone_then_put_aside(
    *,
    phone_linked_sender: Sender,
    sender: Sender,
    receive: Receive,
    now: datetime,
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stumbling = registry.Kind("Stumbling", Stumbling)
    monkeypatch.setitem(registry.KINDS, "stumbling", stumbling)
    account = phone_linked_sender.provider_account
    assert account is not None
    ProviderAccount.objects.filter(pk=account.pk).update(kind="stumbling")
    other = sender.provider_account
    assert other is not None
    for place in range(20):
        store(other, said(sender, "hi", now, wamid=f"wamid.{place}"), now)
    poison = store(account, orjson.dumps({"poison": True}), now)
    for place in range(20, 40):
        store(other, said(sender, "hi", now, wamid=f"wamid.{place}"), now)
    receive()
    registry.get.cache_clear()
    assert Message.objects.count() == 40
    raw = RawWebhook.objects.get(id=poison)
    assert (raw.attempts, raw.trouble, raw.handled_at) == (3, "KeyError", now)
    kept = ProviderEvent.objects.get()
    assert (kept.kind, kept.payload["webhook"]) == ("unreadable_webhook", poison)
    assert Alert.objects.get().code == "webhook_put_aside"
    assert not RawWebhook.objects.filter(handled_at=None).exists()


def test_a_webhook_of_an_account_that_is_gone_is_kept(
    provider_account: ProviderAccount, put: Put, receive: Receive
) -> None:
    put(b"{}")
    ProviderAccount.objects.all().delete()
    receive()
    assert ProviderEvent.objects.get().reason == "The provider account of this webhook no longer exists."


def test_a_receipt_that_names_another_number_of_somebody_who_is_gone(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    """What it says of the message counts; whose number it is cannot be noted any more, which is nobody's trouble."""
    message, other = books.messages(State.SENT, count=2, outcome="accepted")
    gone = Contact.objects.create(business=sender.business, created_at=now)
    Message.objects.filter(pk=message.pk).update(contact_id=gone.pk)
    gone.delete()
    put(
        receipts(
            sender,
            status(f"w.{message.pk}", "read", now, attempt_id=books.attempt_id(message), to="201555555555"),
            status(f"w.{other.pk}", "read", now, attempt_id=books.attempt_id(other)),
        )
    )
    receive()
    assert Message.objects.filter(state=State.READ).count() == 2
    assert not RawWebhook.objects.filter(handled_at=None).exists()
    assert not Alert.objects.exists()
