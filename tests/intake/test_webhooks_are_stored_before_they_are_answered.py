"""Promises 17 and 23: a 200 means committed; what cannot be stored is never called stored; many share one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from qafila.providers.signatures import sign
from qafila.receiving.channel import CHANNEL
from qafila.receiving.models import RawWebhook
from qafila.senders.models import ProviderAccount
from tests.intake.conftest import Client, Reply

pytestmark = pytest.mark.django_db(transaction=True)

Talk = Callable[..., Any]
NOWHERE = "host=/nowhere/at/all dbname=none connect_timeout=1"


def signed(body: bytes) -> dict[str, str]:
    return {"X-Hub-Signature-256": sign(body, "test-app-secret"), "Content-Type": "application/json"}


def test_the_raw_bytes_are_there_when_the_answer_is(talk: Talk, provider_account: ProviderAccount) -> None:
    bodies = [bytes([place]) * 100 + b'\x00\xff "quotes" \\ {}' for place in range(200)]

    async def conversation(client: Client) -> list[Reply]:
        path = f"/webhooks/{provider_account.public_id}"
        return await asyncio.gather(
            *(client("POST", path, body=body, headers=signed(body)) for body in bodies)
        )

    replies = talk(conversation)
    assert {reply.status for reply in replies} == {200}
    rows = RawWebhook.objects.all()
    assert sorted(bytes(row.body) for row in rows) == sorted(bodies)
    assert {(row.provider_account_id, row.business_id, row.handled_at, row.attempts) for row in rows} == {
        (provider_account.pk, provider_account.business_id, None, 0)
    }
    assert len({row.received_at for row in rows}) < 20, "many share one commit"


def test_readers_are_woken_once_for_all_of_a_commit(
    talk: Talk, provider_account: ProviderAccount, dsn: str
) -> None:
    body = b"{}"

    async def conversation(client: Client) -> tuple[int, int]:
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as listener:
            await listener.execute(f"LISTEN {CHANNEL}")
            path = f"/webhooks/{provider_account.public_id}"
            await client("POST", path, body=body, headers=signed(body))
            first = [note async for note in listener.notifies(timeout=10, stop_after=1)]
            await asyncio.gather(*(client("POST", path, body=body, headers=signed(body)) for _ in range(50)))
            more = [note async for note in listener.notifies(timeout=0.2)]
            return len(first), len(more)

    first, more = talk(conversation)
    assert first == 1
    assert 1 <= more <= 10


def test_without_a_database_nothing_is_called_stored(
    talk: Talk, provider_account: ProviderAccount, dsn: str
) -> None:
    where = [dsn]
    body = b'{"a": 1}'

    async def conversation(client: Client) -> list[Reply]:
        path = f"/webhooks/{provider_account.public_id}"
        post = lambda: client("POST", path, body=body, headers=signed(body))  # noqa: E731
        replies = [await post()]
        client.app._store._dsn = client.app._book._dsn = lambda: where[0]
        where[0] = NOWHERE
        await client.app._store._disconnect()
        replies += [await post(), await client("POST", "/webhooks/" + "a" * 32, body=body)]
        where[0] = dsn
        return [*replies, await post()]

    replies = talk(conversation)
    assert [reply.status for reply in replies] == [200, 503, 404, 200]
    assert replies[1].headers["retry-after"] == "5"
    assert b"not_stored" in replies[1].body
    assert RawWebhook.objects.count() == 2


def test_a_fault_of_ours_is_no_acknowledgement_and_leaves_nobody_waiting(
    talk: Talk, provider_account: ProviderAccount, dsn: str
) -> None:
    body = b"{}"
    broken = [False]

    def where() -> str:
        if broken[0]:
            raise LookupError("a fault that nobody thought of")
        return dsn

    async def conversation(client: Client) -> list[int]:
        path = f"/webhooks/{provider_account.public_id}"
        post = lambda: client("POST", path, body=body, headers=signed(body))  # noqa: E731
        statuses = [(await post()).status]
        client.app._store._dsn = where
        await client.app._store._disconnect()
        broken[0] = True
        statuses += [reply.status for reply in await asyncio.gather(*(post() for _ in range(20)))]
        await asyncio.gather(client.app._store._task, return_exceptions=True)  # type: ignore[arg-type]
        broken[0] = False
        return [*statuses, (await post()).status]

    assert talk(conversation) == [200, *[503] * 20, 200]
    assert RawWebhook.objects.count() == 2


def test_an_address_cannot_be_unknown_while_nobody_can_be_asked(talk: Talk) -> None:
    async def conversation(client: Client) -> Reply:
        return await client("POST", "/webhooks/" + "a" * 32, body=b"{}")

    assert talk(conversation, where=NOWHERE).status == 503


def test_a_broken_connection_is_made_again(talk: Talk, provider_account: ProviderAccount, dsn: str) -> None:
    body = b"{}"

    async def conversation(client: Client) -> list[int]:
        path = f"/webhooks/{provider_account.public_id}"
        statuses = [(await client("POST", path, body=body, headers=signed(body))).status]
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as other:
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'qafila intake' AND datname = current_database()"
            )
        for _ in range(2):
            statuses.append((await client("POST", path, body=body, headers=signed(body))).status)
        return statuses

    statuses = talk(conversation)
    assert statuses[0] == statuses[-1] == 200
    assert RawWebhook.objects.count() == statuses.count(200)


def test_a_day_that_begins_meanwhile_turns_nothing_away(
    talk: Talk, provider_account: ProviderAccount, dsn: str
) -> None:
    """PostgreSQL refuses a row that waited for the default table and then belongs to another one."""
    body, today = b'{"a": 1}', datetime.now(UTC).date()
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'receiving_rawwebhook_default'::regclass"

    async def conversation(client: Client) -> Reply:
        path = f"/webhooks/{provider_account.public_id}"
        async with (
            await psycopg.AsyncConnection.connect(dsn) as worker,
            await psycopg.AsyncConnection.connect(dsn, autocommit=True) as watcher,
        ):
            await worker.execute("CREATE TABLE a_day (LIKE receiving_rawwebhook INCLUDING ALL)")
            await worker.execute("LOCK TABLE receiving_rawwebhook_default IN ACCESS EXCLUSIVE MODE")
            post = asyncio.create_task(client("POST", path, body=body, headers=signed(body)))
            while (await (await watcher.execute(waits)).fetchone()) == (0,):
                await asyncio.sleep(0.01)
            bounds = sql.SQL("FOR VALUES FROM ({}) TO ({})").format(
                (today - timedelta(days=1)).isoformat(), (today + timedelta(days=2)).isoformat()
            )
            attach = sql.SQL("ALTER TABLE receiving_rawwebhook ATTACH PARTITION a_day {}").format(bounds)
            await worker.execute(attach)
            await worker.commit()
            return await post  # type: ignore[no-any-return]

    try:
        assert talk(conversation).status == 200
        assert bytes(RawWebhook.objects.get().body) == body
    finally:
        with psycopg.connect(dsn, autocommit=True) as after:
            after.execute("DROP TABLE IF EXISTS a_day")


def test_what_waits_is_stored_when_the_process_ends(talk: Talk, provider_account: ProviderAccount) -> None:
    body = b"{}"

    async def conversation(client: Client) -> list[Reply]:
        path = f"/webhooks/{provider_account.public_id}"
        await client("POST", path, body=body, headers=signed(body))
        posts = [
            asyncio.create_task(client("POST", path, body=body, headers=signed(body))) for _ in range(20)
        ]
        while not client.app._store._waiting:
            await asyncio.sleep(0)
        await client.app.close()
        return list(await asyncio.gather(*posts))

    replies = talk(conversation)
    assert RawWebhook.objects.count() == 1 + sum(reply.status == 200 for reply in replies)
    assert {reply.status for reply in replies} <= {200, 503}
    assert any(reply.status == 200 for reply in replies)
