"""A whole engine on the test's database: lanes, recorder, the provider in memory. Real PostgreSQL, real concurrency."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import django
import pytest
from psycopg_pool import AsyncConnectionPool

django.setup()  # this file is read before pytest-django does it, and names models

from qafila.businesses.actor import system_actor
from qafila.businesses.models import Business
from qafila.dispatch.calling import Caller
from qafila.dispatch.lane_runner import LaneRunner, Slots, Tools
from qafila.dispatch.lanes import Lanes, make_runner
from qafila.dispatch.recorder import Recorder
from qafila.kit.clock import SystemClock
from qafila.ledger.models import Batch
from qafila.ledger.queries import Counts
from qafila.ledger.states import State, Target
from qafila.providers import registry
from qafila.providers.memory import MemoryProvider
from qafila.senders.models import ProviderAccount, Sender

PATIENCE_SECONDS = 30.0


class OfficialMemory(MemoryProvider):
    """The provider in memory, paced like an official one."""

    kind = "memory_official"
    capabilities = dataclasses.replace(MemoryProvider.capabilities, official=True, typing=False)


@pytest.fixture(autouse=True)
def fresh_providers() -> Iterator[None]:
    """Every test has providers of its own."""
    registry.KINDS["memory_official"] = registry.Kind("Memory, official", OfficialMemory)
    registry.get.cache_clear()
    yield
    registry.get.cache_clear()
    del registry.KINDS["memory_official"]


@pytest.fixture
def official() -> OfficialMemory:
    provider = registry.get("memory_official")
    assert isinstance(provider, OfficialMemory)
    return provider


@pytest.fixture
def phone() -> MemoryProvider:
    provider = registry.get("memory")
    assert isinstance(provider, MemoryProvider)
    return provider


@pytest.fixture
def number(business: Business, now: datetime) -> Callable[..., Sender]:
    """Makes a sender: ``number(kind="memory_official", **fields)``."""
    from qafila.senders.actions import create_provider_account, create_sender

    made = iter(range(1, 1000))

    def make(
        kind: str = "memory_official", *, account: ProviderAccount | None = None, **fields: Any
    ) -> Sender:
        n = next(made)
        actor = system_actor(business)
        account = account or create_provider_account(
            business=business,
            kind=kind,
            name=f"Account {n}",
            base_url="https://numbers.example.com",
            ref="1",
            token="token",
            app_secret="app-secret-of-the-test",
            verify_token="verify",
            actor=actor,
            now=now,
        )
        sender = create_sender(
            business=business,
            name=f"Number {n}",
            phone=f"+20100000{n:04d}",
            provider_account=account,
            ref=str(n),
            actor=actor,
            now=now,
        )
        if fields:
            Sender.objects.filter(pk=sender.pk).update(**fields)
            sender.refresh_from_db()
        return sender

    return make


TEMPLATE = {"kind": "template", "name": "hello", "language": "en", "variable": None}
TEXT = {"kind": "text"}


@pytest.fixture
def contract(business: Business) -> Callable[..., Batch]:
    """Makes a batch: ``contract(target, 100, start=True, content=TEMPLATE)``; the n-th row goes to the n-th person."""
    from qafila.contacts.actions import ensure_phones
    from qafila.dispatch import actions as dispatch
    from qafila.ledger import actions as ledger

    def make(
        target: tuple[Target, int],
        count: int = 100,
        *,
        start: bool = True,
        content: dict[str, Any] = TEMPLATE,
        priority: int = 5,
        people: int | None = None,
    ) -> Batch:
        now = datetime.now(UTC)
        numbers = [f"2010{n:08d}" for n in range(people or count)]
        known = ensure_phones(business_id=business.pk, numbers=numbers, names=None, now=now)
        batch = ledger.create_batch(
            business_id=business.pk, target=target, content=content, priority=priority, now=now
        )
        rows = [
            ledger.NewMessage(
                n + 1, known[numbers[n % len(numbers)]], numbers[n % len(numbers)], None, f"Text {n}"
            )
            for n in range(count)
        ]
        ledger.add_messages(batch=batch, rows=rows, now=now)
        if start:
            dispatch.start_batch(batch_id=batch.pk, business_id=business.pk, now=now)
        return batch

    return make


class Engine:
    """One worker's lanes in this process."""

    def __init__(self, dsn: str, pool: AsyncConnectionPool, threads: ThreadPoolExecutor) -> None:
        self.dsn, self.pool, self.threads = dsn, pool, threads
        self.stopping = asyncio.Event()
        self.lags: list[float] = []
        self.recorder = Recorder(pool)
        clock, rng = SystemClock(), random.Random(7)
        caller = Caller(recorder=self.recorder, clock=clock, rng=rng, installation="testkey")
        self.tools = Tools(
            pool=pool,
            recorder=self.recorder,
            caller=caller,
            clock=clock,
            rng=rng,
            slots=Slots(256),
            stopping=self.stopping,
            act=self.act,
            observe=lambda name, seconds: self.lags.append(seconds),
        )
        self.tasks: list[asyncio.Task[None]] = []
        self.lanes: Lanes | None = None

    async def act(self, action: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        from django.db import connection

        def call() -> Any:
            try:
                return action(*args, **kwargs)
            finally:
                connection.close()

        return await asyncio.get_running_loop().run_in_executor(self.threads, call)

    def start(self, make: Callable[..., LaneRunner] = make_runner, lease_seconds: float = 15.0) -> None:
        self.lanes = Lanes(dsn=self.dsn, tools=self.tools, make=make, lease_seconds=lease_seconds)
        self.tasks = [asyncio.create_task(self.recorder.run()), asyncio.create_task(self.lanes.run())]

    async def stop(self) -> None:
        """As on SIGTERM."""
        self.stopping.set()
        if self.tasks:
            await asyncio.wait_for(self.tasks[1], PATIENCE_SECONDS)
            self.recorder.close()
            await asyncio.wait_for(self.tasks[0], PATIENCE_SECONDS)

    async def until(self, done: Callable[[], Any]) -> Any:
        """Polls the database until ``done`` gives something true."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            for task in self.tasks:
                if task.done() and not self.stopping.is_set():
                    task.result()
            value = await self.act(done)
            if value:
                return value
            await asyncio.sleep(0.02)
        raise AssertionError("waited too long")

    async def counts(self, batch: Batch) -> Counts:
        from qafila.ledger import queries

        return await self.act(queries.counts, batch.pk)

    async def at_rest(self, batch: Batch) -> Counts:
        """Returns the counts once nothing is queued or sending, and checks them against the rows."""
        from qafila.ledger import queries

        def rest() -> Counts | None:
            counts = queries.counts(batch.pk)
            return counts if counts.queued == counts.sending == 0 else None

        counts: Counts = await self.until(rest)
        await self.balanced(batch)
        return counts

    async def balanced(self, batch: Batch) -> None:
        """The counters are the rows."""

        def recount() -> tuple[Counts, dict[str, int]]:
            from django.db import connection

            from qafila.ledger import queries

            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT state, count(*) FROM ledger_message WHERE batch_id = %s GROUP BY 1", [batch.pk]
                )
                return queries.counts(batch.pk), {State(state).word: n for state, n in cursor.fetchall()}

        counts, rows = await self.act(recount)
        assert {f.name: getattr(counts, f.name) for f in dataclasses.fields(counts) if f.name != "total"} == {
            State(s).word: rows.get(State(s).word, 0) for s in State if s is not State.RECEIVED
        }


@pytest.fixture
async def engine(dsn: str, async_pool: AsyncConnectionPool) -> AsyncIterator[Engine]:
    threads = ThreadPoolExecutor(max_workers=4)
    made = Engine(dsn, async_pool, threads)
    yield made
    await made.stop()
    threads.shutdown()


Until = Callable[[Callable[[], Any]], Awaitable[Any]]
