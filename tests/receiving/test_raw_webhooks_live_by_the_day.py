"""The table of raw webhooks: days made ahead, old handled days dropped, and the migration's way back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from psycopg import AsyncConnection

from qafila.receiving import partitions
from qafila.receiving.models import RawWebhook
from qafila.receiving.partitions import Tended
from qafila.senders.models import ProviderAccount
from tests.receiving.material import days, store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tend(dsn: str) -> Callable[..., list[Tended]]:
    """Tends as so many workers at the same time."""

    async def at_once(now: datetime, workers: int) -> list[Tended]:
        async def one() -> Tended:
            async with await AsyncConnection.connect(dsn, autocommit=True) as own:
                return await partitions.tend(own, now=now, keep_days=14)

        return await asyncio.gather(*(one() for _ in range(workers)))

    return lambda now, workers=1: asyncio.run(at_once(now, workers))


def partition_of(id_: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM receiving_rawwebhook WHERE id = %s", [id_])
        return str(cursor.fetchone()[0])


def test_days_are_made_once_by_many_workers(tend: Callable[..., list[Tended]], now: datetime) -> None:
    done = tend(now, 6)
    made = [day for one in done for day in one.made]
    tend(now)
    assert len(made) == len(set(made))
    assert days() == [f"receiving_rawwebhook_2026{day}" for day in ("0531", "0601", "0602", "0603")]


def test_what_came_before_its_day_was_made_moves_into_it(
    tend: Callable[..., list[Tended]], provider_account: ProviderAccount, now: datetime
) -> None:
    early = store(provider_account, b"early", now)
    assert partition_of(early) == "receiving_rawwebhook_default"
    tend(now)
    assert partition_of(early) == "receiving_rawwebhook_20260601"
    assert partition_of(store(provider_account, b"later", now)) == "receiving_rawwebhook_20260601"
    assert bytes(RawWebhook.objects.get(id=early).body) == b"early"


def test_only_whole_handled_old_days_go(
    tend: Callable[..., list[Tended]], provider_account: ProviderAccount, now: datetime
) -> None:
    tend(now)
    store(provider_account, b"handled", now)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE receiving_rawwebhook SET handled_at = now()")
    waiting = store(provider_account, b"waiting", now + timedelta(days=1))
    (done,) = tend(now + timedelta(days=14))
    assert [day.day for day in done.dropped] == [31]
    (done,) = tend(now + timedelta(days=30))
    assert [day.day for day in done.dropped] == [1, 3, 14, 15, 16]
    assert RawWebhook.objects.get().id == waiting


def test_the_migrations_go_back_and_forth(provider_account: ProviderAccount, now: datetime) -> None:
    store(provider_account, b"{}", now)
    call_command("migrate", "receiving", "0001", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('receiving_rawwebhook'), to_regclass('receiving_waitingreceipt')")
        assert cursor.fetchone() == (None, None)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname ~ 'rawwebhook'")
        assert cursor.fetchone() == (0,)
    call_command("migrate", "receiving", verbosity=0)
    first = store(provider_account, b"{}", now)
    assert store(provider_account, b"{}", now) == first + 1
    call_command("makemigrations", "receiving", check=True, dry_run=True, verbosity=0)
