"""Promises 18, 22 and 25: what comes fifty times at once, or again a week later, has its effect once; bad parts cost nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from django.db import connection

from chaos import duplicates
from qafila.alerts.models import Alert
from qafila.contacts.models import Contact, OptOut
from qafila.events.models import Event
from qafila.kit.clock import VirtualClock
from qafila.ledger.models import BatchSender, Message, Window
from qafila.ledger.states import State
from qafila.receiving.models import MessagePrice, ProviderEvent
from qafila.senders.models import ProviderAccount, Sender
from tests.receiving.material import Books, metadata, receipts, said, status, webhook

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("rounds", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_fifty_threads_with_the_same_webhook_and_once_more_a_week_later(
    dsn: str, provider_account: ProviderAccount, sender: Sender, now: datetime, rounds: int
) -> None:
    """``python -m chaos.duplicates`` plays a thousand rounds."""
    outcome = duplicates.run(dsn, account=provider_account, sender=sender, rounds=rounds, now=now)
    assert outcome.stored == rounds * 52
    assert outcome.good, outcome
    assert outcome.alerts == 0


TABLES = ("ledger_message", "ledger_batchsender", "ledger_attempt", "ledger_window", "contacts_contact",
          "contacts_identity", "contacts_optout", "receiving_providerevent", "receiving_messageprice",
          "receiving_waitingreceipt", "alerts_alert", "events_event", "senders_sender", "senders_portfolio",
          "senders_messagetemplate")  # fmt: skip


def everything() -> dict[str, list[Any]]:
    """All rows of all tables that a webhook may touch."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT to_jsonb(t) FROM {table} t ORDER BY to_jsonb(t)::text")
            found[table] = [row for (row,) in cursor.fetchall()]
    return found


def test_a_week_of_old_webhooks_replayed_changes_no_row(
    *,
    books: Books,
    sender: Sender,
    put: Callable[[bytes], int],
    receive: Callable[[], int],
    now: datetime,
    clock: VirtualClock,
) -> None:
    messages = books.messages(State.SENT, count=3, outcome="accepted")
    first, second, third = (books.attempt_id(message) for message in messages)
    priced = {"pricing": {"billable": True, "category": "marketing"}}
    limit = {"max_daily_conversations_per_business": 2000}
    preference = {"wa_id": "201000000100", "category": "marketing_messages", "value": "stop"}
    echo = {"to": "201000000100", "id": "wamid.e", "timestamp": str(int(now.timestamp())), "type": "text",
            "text": {"body": "from the phone"}}  # fmt: skip
    bodies = [
        receipts(sender, {**status("wamid.1", "delivered", now, attempt_id=first), **priced}),
        receipts(sender, status("wamid.1", "read", now, attempt_id=first)),
        receipts(sender, status("wamid.2", "failed", now, attempt_id=second, code=131026)),
        receipts(sender, status("wamid.3", "delivered", now, attempt_id=third)),
        receipts(sender, status("wamid.3", "failed", now, attempt_id=third, code=131026)),
        said(sender, "hello", now - timedelta(seconds=9), wamid="wamid.in.1"),
        said(sender, "STOP", now - timedelta(seconds=8), wamid="wamid.in.2"),
        webhook({"metadata": metadata(sender), "message_echoes": [echo]}, field="smb_message_echoes"),
        webhook({"metadata": metadata(sender), "user_preferences": [preference]}, field="user_preferences"),
        webhook(limit, field="business_capability_update"),
        webhook(
            {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "X"}}, field="account_update"
        ),
        webhook({"something": 1}, field="invented"),
        b"not json",
    ]
    for body in bodies:
        put(body)
    receive()
    put(said(sender, "START", now, wamid="wamid.in.3"))
    receive()
    assert OptOut.objects.exclude(ended_at=None).count() == 1
    before = everything()
    assert all(
        before[table]
        for table in TABLES
        if table not in ("receiving_waitingreceipt", "senders_messagetemplate")
    )
    for day in range(1, 8):
        asyncio.run(clock.advance(86_400))
        for body in bodies[day % 2 :: 1] + bodies[::-1]:
            put(body)
        receive()
    assert everything() == before


def test_a_thousand_messages_with_ten_bad_ones(
    sender: Sender, put: Callable[[bytes], int], receive: Callable[[], int], now: datetime
) -> None:
    at = str(int(now.timestamp()))
    items: list[Any] = [
        {
            "from": f"2010001{n:05}",
            "id": f"wamid.{n}",
            "timestamp": at,
            "type": "text",
            "text": {"body": "hi"},
        }
        for n in range(990)
    ]
    good = items[0]
    bad: list[Any] = [
        None,
        7,
        "text",
        [],
        {},
        {**good, "timestamp": "soon", "id": "b1"},
        {**good, "id": ""},
        {**good, "id": "b2", "text": {}},
        {**good, "id": "b3", "from": None},
        {**good, "id": "x" * 300},
    ]
    for place, one in enumerate(bad):
        items.insert(place * 97, one)
    put(orjson.dumps(orjson.loads(webhook({"metadata": metadata(sender), "messages": items}))))
    receive()
    assert Message.objects.filter(state=State.RECEIVED).count() == 990
    assert Contact.objects.count() == 990
    assert Window.objects.count() == 990
    kept = ProviderEvent.objects.filter(kind="unreadable_item")
    assert kept.count() == 10
    assert set(kept.values_list("reason", flat=True)) == {
        "messages_item_not_an_object",
        "no_type",
        "bad_timestamp",
        "no_id",
        "no_text",
        "no_person",
        "id_too_long",
    }
    alert = Alert.objects.get()
    assert (alert.code, alert.params["count"]) == ("unreadable_webhook_items", 10)
    told = Event.objects.filter(kind="message.received")
    assert sum(len(event.data["message_ids"]) for event in told) == 990
    assert not MessagePrice.objects.exists()
    assert not BatchSender.objects.exists()
