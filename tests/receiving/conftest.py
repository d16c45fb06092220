"""What tests of `receiving` share: stored webhooks, a receiver that runs until nothing is left, books that balance."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from psycopg_pool import AsyncConnectionPool

from qafila.kit.clock import VirtualClock

if TYPE_CHECKING:
    from qafila.businesses.models import Business
    from qafila.senders.models import ProviderAccount, Sender
    from tests.receiving.material import Books


@pytest.fixture(autouse=True)
def no_webhooks_left(db: None) -> Iterator[None]:
    """Django does not manage the table of raw webhooks, so it does not empty it either."""
    from django.db import connection

    from tests.receiving.material import days

    yield
    with connection.cursor() as cursor:
        for name in ["receiving_rawwebhook", *days()]:
            cursor.execute(f'TRUNCATE "{name}"' if name == "receiving_rawwebhook" else f'DROP TABLE "{name}"')


@pytest.fixture
def clock(now: datetime) -> VirtualClock:
    """Stands still at the moment of the fixtures."""
    return VirtualClock(now)


@pytest.fixture
def books(business: Business, sender: Sender, now: datetime) -> Iterator[Books]:
    """The books of the business; they must balance when the test ends."""
    from tests.receiving.material import Books

    made = Books(business, sender, now)
    yield made
    made.check()


@pytest.fixture
def put(provider_account: ProviderAccount, clock: VirtualClock) -> Callable[[bytes], int]:
    """Stores a webhook of the account where the intake would."""
    from tests.receiving.material import store

    return lambda body: store(provider_account, body, clock.now())


@pytest.fixture
def receive(dsn: str, clock: VirtualClock) -> Callable[[], int]:
    """Handles stored webhooks until nothing is left to do now; how many."""
    from qafila.receiving.processor import Receiver

    async def until_idle() -> int:
        async with AsyncConnectionPool(dsn, min_size=1, open=False, kwargs={"autocommit": True}) as pool:
            receiver = Receiver(pool, clock)
            done = 0
            while now_done := await receiver.process_batch():
                done += now_done
            return done

    return lambda: asyncio.run(until_idle())
