"""Receivers beside each other and beside the engine's own writing: no deadlock reaches anybody, the books balance."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from psycopg_pool import AsyncConnectionPool

from qafila.dispatch.recorder import Outcome, as_arrays
from qafila.kit.clock import SystemClock, VirtualClock
from qafila.kit.statements import statement
from qafila.ledger.incoming import open_batches
from qafila.ledger.models import Batch, Message, Window
from qafila.ledger.states import State
from qafila.receiving.models import RawWebhook
from qafila.receiving.processor import Receiver
from qafila.senders.models import ProviderAccount, Sender
from tests.receiving.material import Books, receipts, said, status, store

pytestmark = pytest.mark.django_db(transaction=True)


def test_receipts_records_and_incoming_messages_at_once(
    *, books: Books, sender: Sender, put: Callable[[bytes], int], clock: VirtualClock, dsn: str, now: datetime
) -> None:
    rng = random.Random(7)
    messages = books.messages(State.SENDING, count=400)
    echoes = {message.pk: books.attempt_id(message) for message in messages}
    stream = [
        status(f"wamid.{pk}", word, now - timedelta(seconds=60), attempt_id=echo)
        for pk, echo in echoes.items()
        for word in ("sent", "delivered", "read")
    ]
    rng.shuffle(stream)
    for place in range(0, len(stream), 15):
        put(receipts(sender, *stream[place : place + 15]))
        for copy in range(2):
            put(said(sender, "hi", now, wamid=f"wamid.in.{place + copy % 2}", by=f"20100000{place:04}"))
    outcomes = [
        Outcome(pk, 1, sender.pk, State.SENT, now, "accepted", provider_id=f"wamid.{pk}") for pk in echoes
    ]
    rng.shuffle(outcomes)

    async def work() -> None:
        async with AsyncConnectionPool(dsn, min_size=6, open=False, kwargs={"autocommit": True}) as pool:

            async def receiver() -> None:
                own = Receiver(pool, clock, most_webhooks=7)
                while await own.process_batch():
                    pass

            async def recorder(part: list[Outcome]) -> None:
                for place in range(0, len(part), 20):
                    async with pool.connection() as connection:
                        await connection.execute(
                            statement("qafila.ledger", "record"), as_arrays(part[place : place + 20])
                        )

            await asyncio.gather(
                receiver(), receiver(), receiver(), recorder(outcomes[:200]), recorder(outcomes[200:])
            )

    asyncio.run(work())
    assert set(Message.objects.filter(batch_id=messages[0].batch_id).values_list("state", flat=True)) == {
        State.READ
    }
    assert not RawWebhook.objects.filter(handled_at=None).exists()


def test_the_running_receiver_wakes_at_once_and_ends_when_told(
    sender: Sender, provider_account: ProviderAccount, dsn: str, now: datetime
) -> None:
    """The poll is made to wait for ever: only the NOTIFY can wake it."""

    class Patient(SystemClock):
        async def sleep(self, seconds: float) -> None:
            await asyncio.Event().wait()

    def arrive(text: str) -> None:
        from django.db import connection

        store(provider_account, said(sender, text, now, wamid=f"wamid.{text}"), datetime.now(now.tzinfo))
        connection.close()

    async def until_stored(pool: AsyncConnectionPool, count: int) -> None:
        while True:
            async with pool.connection() as connection:
                cursor = await connection.execute("SELECT count(*) FROM ledger_message WHERE state = 10")
                row = await cursor.fetchone()
            if row is not None and row[0] == count:
                return

    async def work() -> None:
        async with AsyncConnectionPool(dsn, min_size=3, open=False, kwargs={"autocommit": True}) as pool:
            stop = asyncio.Event()
            running = asyncio.create_task(Receiver(pool, Patient()).run(stop))
            for count, text in enumerate(("first", "second", "third"), start=1):
                await asyncio.to_thread(arrive, text)
                async with pool.connection() as connection:
                    await connection.execute("NOTIFY qafila_webhooks")
                await asyncio.wait_for(until_stored(pool, count), 20)
            stop.set()
            await asyncio.wait_for(running, 20)

    asyncio.run(work())
    assert Window.objects.count() == 1


def test_a_database_that_goes_away_is_waited_for(
    sender: Sender, provider_account: ProviderAccount, dsn: str, now: datetime
) -> None:
    """The server ends every connection of the receiver; it goes on with new ones, and nothing is handled twice."""

    async def work() -> None:
        async with AsyncConnectionPool(
            dsn, min_size=1, open=False, kwargs={"autocommit": True, "application_name": "receiver"}
        ) as pool:
            stop = asyncio.Event()
            running = asyncio.create_task(Receiver(pool, SystemClock()).run(stop))
            async with AsyncConnectionPool(dsn, min_size=1, open=False, kwargs={"autocommit": True}) as other:
                for count in range(1, 4):
                    await asyncio.to_thread(arrive, count)
                    async with other.connection() as connection:
                        await connection.execute(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                            " AND application_name = 'receiver'"
                        )
                        seen = 0
                        while seen != count:
                            cursor = await connection.execute(
                                "SELECT count(*) FROM ledger_message WHERE state = 10"
                            )
                            row = await cursor.fetchone()
                            seen = row[0] if row else 0
                            assert not running.done()
            stop.set()
            await asyncio.wait_for(running, 20)

    def arrive(count: int) -> None:
        from django.db import connection

        store(provider_account, said(sender, "hi", now, wamid=f"wamid.{count}"), datetime.now(now.tzinfo))
        connection.close()

    asyncio.run(work())
    assert Message.objects.filter(state=State.RECEIVED).count() == 3


def test_two_who_need_the_first_open_batch_share_it(sender: Sender, dsn: str, now: datetime) -> None:
    async def work() -> tuple[dict[int, int], dict[int, int]]:
        async with AsyncConnectionPool(dsn, min_size=2, open=False, kwargs={"autocommit": True}) as pool:
            came_second = asyncio.Event()

            async def second() -> dict[int, int]:
                async with pool.connection() as connection, connection.transaction():
                    came_second.set()
                    return await open_batches(connection, [sender.pk], now=now)

            async with pool.connection() as connection, connection.transaction():
                first = await open_batches(connection, [sender.pk], now=now)
                waiting = asyncio.create_task(second())
                await came_second.wait()
                await asyncio.wait([waiting], timeout=0.3)  # whoever does not wait has made a batch by now
            return first, await waiting

    first, later = asyncio.run(work())
    assert first == later
    assert Batch.objects.filter(target_id=sender.pk).count() == 1
