"""Webhooks that wait too long for a worker become one alert of the installation, which closes when they are caught up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from psycopg_pool import AsyncConnectionPool

from qafila.alerts.actions import raise_alert
from qafila.alerts.effects import effects_of
from qafila.alerts.models import Alert, Level
from qafila.kit.clock import SystemClock, VirtualClock
from qafila.kit.statements import statement
from qafila.receiving import backlog, partitions
from qafila.receiving.backlog import Backlog
from qafila.receiving.processor import Receiver
from qafila.receiving.rules.lateness import Standing, standing
from qafila.senders.models import ProviderAccount
from tests.receiving.material import store

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def with_backlog(dsn: str, clock: VirtualClock) -> Callable[..., None]:
    """Runs a story (``async def (watcher, put)``) with a watcher over the backlog."""

    def run(story: Callable[[Backlog], Coroutine[Any, Any, None]]) -> None:
        async def go() -> None:
            async with AsyncConnectionPool(dsn, min_size=1, open=False, kwargs={"autocommit": True}) as pool:
                await story(Backlog(pool, clock))

        asyncio.run(go())

    return run


def handle_all(now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE receiving_rawwebhook SET handled_at = %s", [now])
    connection.close()


def open_ones() -> list[tuple[str, int | None, str, dict[str, Any], int]]:
    found = Alert.objects.filter(closed_at=None)
    rows = [(one.code, one.business_id, one.level, one.params, one.count) for one in found]
    connection.close()
    return rows


def test_a_wait_is_told_of_each_minute_and_over_when_caught_up(
    with_backlog: Callable[..., None], provider_account: ProviderAccount, clock: VirtualClock
) -> None:
    put = lambda: store(provider_account, b"{}", clock.now())  # noqa: E731

    async def story(watcher: Backlog) -> None:
        await asyncio.to_thread(put)
        for _ in range(5):
            await watcher.look()
            assert await asyncio.to_thread(open_ones) == []
            clock.move(59.9)
            await watcher.look()  # not due yet
            clock.move(0.1)
        await watcher.look()
        await watcher.look()
        expected = ("webhooks_behind", None, "critical", {"count": 5}, 1)
        assert await asyncio.to_thread(open_ones) == [expected]
        clock.move(60)
        await watcher.look()
        assert await asyncio.to_thread(open_ones) == [(*expected[:3], {"count": 6}, 2)]
        # What is left is younger than five minutes, but not yet young enough.
        await asyncio.to_thread(handle_all, clock.now())
        await asyncio.to_thread(put)
        clock.move(120)
        await watcher.look()
        assert len(await asyncio.to_thread(open_ones)) == 1
        await asyncio.to_thread(handle_all, clock.now())
        clock.move(60)
        await watcher.look()
        assert await asyncio.to_thread(open_ones) == []

    with_backlog(story)
    assert Alert.objects.get().closed_at == clock.now()


def test_a_receiver_looks_while_it_works(
    provider_account: ProviderAccount, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts with a webhook of an hour ago: that is told of, and over at the next look."""
    monkeypatch.setattr(backlog, "LOOK_SECONDS", 0.0)
    clock = SystemClock()
    store(provider_account, b"{}", clock.now() - 60 * MINUTE)

    async def work() -> None:
        async with AsyncConnectionPool(dsn, min_size=2, open=False, kwargs={"autocommit": True}) as pool:
            stop = asyncio.Event()
            running = asyncio.create_task(Receiver(pool, clock).run(stop))
            async with pool.connection() as own, asyncio.timeout(60):
                while True:
                    cursor = await own.execute(
                        "SELECT count(*) FROM alerts_alert"
                        " WHERE code = 'webhooks_behind' AND closed_at IS NOT NULL"
                    )
                    row = await cursor.fetchone()
                    assert not running.done()
                    if row is not None and row[0]:
                        break
            stop.set()
            await running

    asyncio.run(work())
    assert not Alert.objects.filter(code="webhooks_behind", closed_at=None).exists()


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        (None, Standing.CAUGHT_UP),
        (-SECOND, Standing.CAUGHT_UP),
        (MINUTE - SECOND, Standing.CAUGHT_UP),
        (MINUTE, Standing.BETWEEN),
        (5 * MINUTE - SECOND, Standing.BETWEEN),
        (5 * MINUTE, Standing.LATE),
    ],
)
def test_between_the_two_bounds_nothing_changes(
    waits: timedelta | None, expected: Standing, now: datetime
) -> None:
    assert standing(None if waits is None else now - waits, now) is expected


def test_doors_that_turn_nobody_away_any_more_close_their_alert(
    with_backlog: Callable[..., None], clock: VirtualClock
) -> None:
    raise_alert("webhooks_turned_away", business_id=None, level=Level.WARNING, now=clock.now())

    async def story(watcher: Backlog) -> None:
        clock.move(300)
        await watcher.look()
        assert len(await asyncio.to_thread(open_ones)) == 1
        clock.move(60)
        await watcher.look()
        assert await asyncio.to_thread(open_ones) == []

    with_backlog(story)


def test_the_alert_says_how_many_wait(
    provider_account: ProviderAccount, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = raise_alert(
        "webhooks_behind", business_id=None, level=Level.CRITICAL, params={"count": 5}, now=now
    )
    other = raise_alert("event_given_up", business_id=None, level=Level.CRITICAL, now=now)
    effects = lambda: effects_of([alert, other], business_id=provider_account.business_id, language="en")  # noqa: E731
    assert effects() == {}
    for _ in range(2):
        store(provider_account, b"{}", now)
    assert effects() == {alert.pk: "2 webhooks wait"}
    monkeypatch.setattr(backlog, "MOST_COUNTED", 1)
    assert effects() == {alert.pk: "more than 1 webhooks wait"}


@pytest.mark.parametrize("name", ["oldest_waiting", "count_waiting"])
def test_the_look_reads_the_index_of_the_waiting_ones_only(
    name: str, provider_account: ProviderAccount, dsn: str, now: datetime
) -> None:
    async def days() -> None:
        async with AsyncConnectionPool(dsn, min_size=1, open=False, kwargs={"autocommit": True}) as pool:
            async with pool.connection() as own:
                await partitions.tend(own, now=now, keep_days=14)

    asyncio.run(days())
    store(provider_account, b"{}", now)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + statement("qafila.receiving", name), {"most": 10})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert plan.count("Index") == 5, plan  # four days and the default one
    assert "Seq Scan" not in plan and "->  Sort" not in plan and "pkey" not in plan, plan
