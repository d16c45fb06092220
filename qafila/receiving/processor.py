"""Takes stored webhooks in batches and makes them count: one transaction a batch, nothing twice, one bad apple alone.

Lock order of the transaction: open batches, incoming messages, windows, messages of receipts by id, counters, prices,
echoes with their counters, kept events by digest. Actions of other rooms run in a thread with transactions of their own, before this one commits: they are
idempotent, so a crash between the two repeats them and loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, LiteralString

import django.db
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from qafila.kit.clock import Clock
from qafila.kit.failpoints import failpoint
from qafila.kit.logs import get_logger
from qafila.kit.statements import statement
from qafila.receiving import (
    echoes,
    keeping,
    messages,
    partitions,
    people,
    quarantine,
    reading,
    receipts,
    sources,
    telling,
)
from qafila.receiving.backlog import Backlog
from qafila.receiving.failures import POISON, is_transient, name_of
from qafila.receiving.listening import Listener
from qafila.receiving.reading import Findings
from qafila.receiving.receipts import Effects
from qafila.receiving.rules.identities import Person
from qafila.receiving.rules.wishes import Preference
from qafila.receiving.thread import in_thread
from qafila.receiving.values import Account, Raw, Said

log = get_logger(__name__)

MOST_WEBHOOKS = 500
MOST_BYTES = 4 * 1024 * 1024
POLL_SECONDS = 1.0
AWAY_SECONDS = 1.0
TEND_SECONDS = 3600.0
KEEP_DAYS = 14

Connection = AsyncConnection[Any]
Keys = list[tuple[datetime, int]]


class Receiver:
    """One a worker; any number at once. :meth:`run` works until told to stop, :meth:`process_batch` does one round.

    :param pool: connections to the ledger's database.
    :param keep_days: how long handled webhooks stay, in days.
    """

    def __init__(
        self,
        pool: AsyncConnectionPool[Any],
        clock: Clock,
        *,
        most_webhooks: int = MOST_WEBHOOKS,
        keep_days: int = KEEP_DAYS,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._most = most_webhooks
        self._keep_days = keep_days
        self._installation = ""
        self._tend_at = float("-inf")
        self._backlog = Backlog(pool, clock)

    async def run(self, stop: asyncio.Event) -> None:
        """Handles webhooks until ``stop`` is set; the round that runs then is finished. A database that is away is waited for."""
        async with Listener(self._pool, self._clock) as listener:
            while not stop.is_set():
                try:
                    await self._tend()
                    await self._backlog.look()
                    if await self.process_batch():
                        continue
                except (psycopg.Error, django.db.Error) as exc:
                    if not is_transient(exc):
                        raise
                    log.warning("Webhooks wait for the database", cause=name_of(exc))
                    await listener.wait(stop, AWAY_SECONDS)
                    continue
                await listener.wait(stop, POLL_SECONDS)

    async def process_batch(self) -> int:
        """One round: a batch of new webhooks, one that gave trouble before, and waiting receipts that are due.

        :returns: how many webhooks and waiting receipts were dealt with; 0: nothing to do.
        :raises psycopg.Error: (or Django's) when the database is away; nothing is lost, the round can be done again.
        """
        done = await self._take(
            statement("qafila.receiving", "take"), {"most": self._most, "bytes": MOST_BYTES}
        )
        done += await self._take(statement("qafila.receiving", "take_troubled"), {})
        return done + await self._settle_waiting()

    async def _take(self, query: LiteralString, parameters: dict[str, Any]) -> int:
        """Handles what the query locks. A part that spoils the whole is found by halving."""
        keys: Keys = []
        try:
            async with self._transaction() as connection:
                raws = await _fetch(connection, query, parameters)
                keys = [(raw.received_at, raw.id) for raw in raws]
                if raws:
                    await self._handle(connection, raws)
        except POISON as exc:
            if is_transient(exc) or not keys:
                raise
            await self._take_apart(keys, exc)
        else:
            failpoint("receipts_applied")
        return len(keys)

    async def _take_apart(self, keys: Keys, cause: BaseException) -> None:
        """After a failure: each half in a transaction of its own; one alone that fails is noted, at last put aside."""
        if len(keys) == 1:
            async with self._transaction() as connection:
                put_aside = await quarantine.note(connection, keys[0], name_of(cause), now=self._clock.now())
            if put_aside is not None:
                await in_thread(people.heed, [], [], [put_aside], now=self._clock.now())
            return
        middle = len(keys) // 2
        for half in (keys[:middle], keys[middle:]):
            these = {"times": [at for at, _ in half], "ids": [id_ for _, id_ in half]}
            try:
                async with self._transaction() as connection:
                    raws = await _fetch(connection, statement("qafila.receiving", "take_these"), these)
                    if raws:
                        await self._handle(connection, raws)
            except POISON as exc:
                if is_transient(exc):
                    raise
                await self._take_apart(half, exc)

    async def _handle(self, connection: Connection, raws: Sequence[Raw]) -> None:
        """Everything that a batch of webhooks means, within the given transaction."""
        now = self._clock.now()
        accounts = await sources.accounts(connection, {raw.provider_account_id for raw in raws})
        found = reading.read(raws, accounts, installation=await self._key(connection), now=now)
        contacts = await self._contacts(found, now)
        told, wishes, aliases = await messages.store(connection, found.messages, contacts, now=now)
        failpoint("before_receipts")
        effects = await receipts.apply(connection, found.receipts, now=now)
        effects.kept[:0] = found.kept
        effects.told[:0] = told
        effects.wishes[:0] = wishes
        effects.aliases[:0] = aliases
        effects.told += await echoes.store(connection, found.echoes, contacts, now=now)
        effects.news += found.news
        for account, choice, row in found.preferences:
            contact_id, at = contacts[_chooser(account, choice)], min(row.at, now)
            said = Said(account.business_id, contact_id, choice.wish, "provider", choice.words, at)
            effects.choices.append((row, said))
        await self._finish(connection, effects, accounts, now)
        await connection.execute(
            statement("qafila.receiving", "mark_handled"),
            {"times": [raw.received_at for raw in raws], "ids": [raw.id for raw in raws], "now": now},
        )

    async def _contacts(self, found: Findings, now: datetime) -> dict[Person, int]:
        """The contacts of everybody who wrote or chose; made before this transaction locks anything."""
        wanted = [message.person for message in found.messages]
        wanted += [echo.person for echo in found.echoes]
        wanted += [_chooser(account, choice) for account, choice, _ in found.preferences]
        return await in_thread(people.find_or_make, wanted, now=now) if wanted else {}

    async def _finish(
        self, connection: Connection, effects: Effects, accounts: dict[int, Account], now: datetime
    ) -> None:
        """Events, kept items, and what other rooms do about them."""
        await telling.tell(connection, effects.told, now=now)
        fresh = await keeping.keep_all(connection, effects.kept)
        effects.wishes += [said for row, said in effects.choices if row in fresh]
        troubles = keeping.alerts_for(fresh, accounts)
        news = [one for one, row in effects.news if row in fresh]
        if effects.wishes or effects.aliases or troubles or news:
            await in_thread(people.heed, effects.wishes, effects.aliases, troubles, news, now=now)

    async def _settle_waiting(self) -> int:
        """Receipts that came before their message was recorded, once more."""
        now = self._clock.now()
        async with self._transaction() as connection:
            waiting = await receipts.take_waiting(connection, now=now)
            if waiting:
                accounts = await sources.accounts(connection, {one.provider_account_id for one in waiting})
                effects = await receipts.settle_waiting(connection, waiting, accounts, now=now)
                await self._finish(connection, effects, accounts, now)
        return len(waiting)

    async def _key(self, connection: Connection) -> str:
        """Who we are in attempt ids."""
        if not self._installation:
            self._installation = await sources.installation_key(connection)
        return self._installation

    async def _tend(self) -> None:
        """Days ahead are made and old days dropped, once an hour."""
        if self._clock.monotonic() < self._tend_at:
            return
        async with self._pool.connection() as connection:
            await partitions.tend(connection, now=self._clock.now(), keep_days=self._keep_days)
        self._tend_at = self._clock.monotonic() + TEND_SECONDS

    @contextlib.asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        async with self._pool.connection() as connection, connection.transaction():
            yield connection


async def _fetch(connection: Connection, query: LiteralString, parameters: dict[str, Any]) -> list[Raw]:
    async with connection.cursor(row_factory=class_row(Raw), binary=True) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchall()


def _chooser(account: Account, choice: Preference) -> Person:
    """Whose choice it is."""
    return Person(account.business_id, choice.keys)
