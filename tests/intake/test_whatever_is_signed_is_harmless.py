"""Promises 20, 22, 24, 25 from the door to the books: garbage, replays, unknown events, partly good batches."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from django.db import connection
from psycopg_pool import AsyncConnectionPool

from chaos import malformed
from qafila.alerts.models import Alert
from qafila.kit.clock import VirtualClock
from qafila.ledger.models import Message
from qafila.providers.signatures import sign
from qafila.receiving.models import ProviderEvent, RawWebhook
from qafila.receiving.processor import Receiver
from qafila.senders.models import ProviderAccount, Sender
from tests.intake.conftest import Client, Reply

pytestmark = pytest.mark.django_db(transaction=True)

Talk = Callable[..., Any]
GARBAGE = 700


def signed(body: bytes) -> dict[str, str]:
    return {"X-Hub-Signature-256": sign(body, "test-app-secret"), "Content-Type": "application/json"}


def handle_all(dsn: str, clock: VirtualClock) -> None:
    """What a worker does with the stored ones."""

    async def until_idle() -> None:
        async with AsyncConnectionPool(dsn, min_size=1, open=False, kwargs={"autocommit": True}) as pool:
            receiver = Receiver(pool, clock)
            while await receiver.process_batch():
                pass

    asyncio.run(until_idle())


def test_garbage_is_answered_stored_and_done_with(
    talk: Talk,
    sender: Sender,
    provider_account: ProviderAccount,
    dsn: str,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = list(malformed.malformed(random.Random(20), sender.ref, GARBAGE))
    assert {one.sort for one in given} == set(malformed.SORTS)

    async def conversation(client: Client) -> list[Reply]:
        path = f"/webhooks/{provider_account.public_id}"
        return [
            await client(
                "POST", path, body=one.body, headers={**signed(one.body), "Content-Type": one.content_type}
            )
            for one in given
        ]

    with caplog.at_level(logging.INFO):
        replies = talk(conversation)
        statuses = Counter(reply.status for reply in replies)
        large = sum(len(one.body) > malformed.FIVE_MEGABYTES for one in given)
        assert statuses == {200: GARBAGE - large, 413: large}
        assert large
        handle_all(dsn, VirtualClock(now))
    assert RawWebhook.objects.count() == GARBAGE - large
    assert not RawWebhook.objects.filter(handled_at=None).exists()
    assert not RawWebhook.objects.filter(attempts__gt=0).exists(), "no parser stumbled"
    assert [
        record.message for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR
    ] == []


def test_a_replay_over_days_has_one_effect(
    talk: Talk, sender: Sender, provider_account: ProviderAccount, dsn: str, now: datetime
) -> None:
    clock = VirtualClock(now)
    at = int(now.timestamp())
    bodies = [
        orjson.dumps(malformed.said(sender.ref, 1, "STOP", at=at)),
        orjson.dumps(malformed.receipt(sender.ref, 1, at=at)),
        orjson.dumps(malformed.envelope("account_update", {"event": "ACCOUNT_VIOLATION"})),
        orjson.dumps(malformed.envelope("invented", {"a": 1})),
        b"garbage",
    ]

    async def conversation(client: Client) -> set[int]:
        path = f"/webhooks/{provider_account.public_id}"
        statuses = set()
        for _ in range(10):
            posts = [client("POST", path, body=body, headers=signed(body)) for body in bodies * 10]
            statuses |= {reply.status for reply in await asyncio.gather(*posts)}
            await asyncio.to_thread(handle_all, dsn, clock)
            seen.append(await asyncio.to_thread(effects))
            clock.move(timedelta(days=1).total_seconds())
        return statuses

    seen: list[dict[str, int]] = []
    assert talk(conversation, clock=clock) == {200}
    handle_all(dsn, clock)
    once = effects()
    assert once["ledger_message"] == 1
    assert once["contacts_optout"] == 1
    assert once["events_event"] == seen[0]["events_event"]
    told = {alert.code: alert.params.get("count") for alert in Alert.objects.all()}
    assert (told["unknown_webhooks"], told["unreadable_webhook_items"]) == (1, 1), "nobody is told again"
    assert {row["ledger_message"] for row in seen} == {1}
    assert once["receiving_providerevent"] == 4, "the receipt of nobody's message is kept as well, once"
    assert RawWebhook.objects.count() == 500


def effects() -> dict[str, int]:
    """How many rows there are of whatever a webhook may cause."""
    tables = (
        "ledger_message",
        "contacts_optout",
        "events_event",
        "receiving_providerevent",
        "contacts_contact",
    )
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    connection.close()  # asked from a thread too, whose connection nobody else would close
    return found


def test_fifty_invented_events_are_kept_and_counted(
    talk: Talk, sender: Sender, provider_account: ProviderAccount, dsn: str, now: datetime
) -> None:
    bodies = [orjson.dumps(malformed.envelope(f"invented_{n}", {"n": n})) for n in range(40)]
    bodies += [orjson.dumps({**malformed.envelope("x", n), "object": f"thing_{n}"}) for n in range(10)]

    async def conversation(client: Client) -> set[int]:
        path = f"/webhooks/{provider_account.public_id}"
        return {(await client("POST", path, body=body, headers=signed(body))).status for body in bodies}

    assert talk(conversation) == {200}
    assert sorted(bytes(row.body) for row in RawWebhook.objects.all()) == sorted(bodies)
    handle_all(dsn, VirtualClock(now))
    assert ProviderEvent.objects.filter(known=False).count() == 50
    assert sum(alert.params["count"] for alert in Alert.objects.filter(code="unknown_webhooks")) == 50


def test_ten_bad_items_of_a_thousand_stop_nobody(
    talk: Talk, sender: Sender, provider_account: ProviderAccount, dsn: str, now: datetime
) -> None:
    at = int(now.timestamp())
    body = malformed.said(sender.ref, 0, at=at)
    value = body["entry"][0]["changes"][0]["value"]
    value["messages"] = [
        malformed.said(sender.ref, n, at=at)["entry"][0]["changes"][0]["value"]["messages"][0]
        for n in range(990)
    ]
    bad = (
        {},
        None,
        7,
        "x",
        [],
        {"id": 5},
        {"from": "1"},
        {"id": "a", "from": {}},
        {"timestamp": "never"},
        [[]],
    )
    for place, item in enumerate(bad):
        value["messages"].insert(97 * place, item)
    raw = orjson.dumps(body)

    async def conversation(client: Client) -> int:
        return (
            await client("POST", f"/webhooks/{provider_account.public_id}", body=raw, headers=signed(raw))
        ).status

    assert talk(conversation) == 200
    handle_all(dsn, VirtualClock(now))
    assert Message.objects.count() == 990
    assert ProviderEvent.objects.filter(kind="unreadable_item").exclude(reason="").count() == 10
    assert not RawWebhook.objects.filter(handled_at=None).exists()
