"""Group commit: webhooks that arrive within the same few milliseconds are stored with one INSERT and answered together."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import AsyncConnection

from qafila.kit.clock import Clock
from qafila.kit.failpoints import failpoint
from qafila.kit.logs import get_logger
from qafila.receiving.channel import CHANNEL

log = get_logger(__name__)

GATHER_SECONDS = 0.002
AGAIN_SECONDS = 0.005
"""Between two INSERTs while more keep coming: fewer and larger ones leave the cores to those who send and those who read."""
MOST_AT_ONCE = 1_000
MOST_WAITING = 10_000
"""Of one account alone half as many; see :meth:`Store.put`."""
CONNECT_SECONDS = 5
STORE_SECONDS = 10.0
"""After so long the answer is 503 and the provider sends again; a duplicate is harmless, a lost webhook is not."""

# One statement, so one commit: readers are woken when the rows are there, at most once for all of them.
_STORE = """WITH stored AS (
    INSERT INTO receiving_rawwebhook (received_at, provider_account_id, business_id, body)
    SELECT %(now)s, a, b, c FROM unnest(%(accounts)b::bigint[], %(businesses)b::bigint[], %(bodies)b::bytea[]) AS t (a, b, c)
    RETURNING 1
) SELECT count(*), pg_notify(%(channel)s, '') FROM stored"""


Waiting = tuple[int, int, bytes, asyncio.Future[None]]
"""Account, business, body, and who waits for it to be stored."""


class Away(Exception):
    """The database did not take it; nothing is known to be stored."""


class Busy(Exception):
    """More webhooks wait than may."""


class Closing(Busy):
    """This process ends; another one takes what is sent again."""


class Store:
    """One a process. Begins with the first webhook; one connection, kept open.

    :param dsn: the database, asked for at every connect.
    """

    def __init__(self, dsn: Callable[[], str], clock: Clock, *, most_waiting: int = MOST_WAITING) -> None:
        self._dsn = dsn
        self._clock = clock
        self._most_waiting = most_waiting
        self._waiting: deque[Waiting] = deque()
        self._of: Counter[int] = Counter()
        """How many of an account wait."""
        self._something = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._connection: AsyncConnection[Any] | None = None
        self._closing = False

    async def put(self, *, account_id: int, business_id: int, body: bytes) -> None:
        """Returns when the webhook is committed.

        :raises Busy: at once, when too many wait, or as many of this account as there are places left: nobody's webhooks
            keep those of all others out. :class:`Closing` when this ends. :raises Away: when the database did not
            take it.
        """
        if self._closing:
            raise Closing
        if self._of[account_id] >= self._most_waiting - len(self._waiting):
            raise Busy
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="store webhooks")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((account_id, business_id, body, done))
        self._of[account_id] += 1
        self._something.set()
        await done

    async def close(self) -> None:
        """Stores what waits, then ends."""
        self._closing = True
        self._something.set()
        if self._task is not None:
            await self._task
        await self._disconnect()

    async def _run(self) -> None:
        try:
            while True:
                await self._something.wait()
                self._something.clear()
                await asyncio.sleep(GATHER_SECONDS)
                while self._waiting:
                    await self._flush()
                    if self._waiting and not self._closing:
                        await asyncio.sleep(AGAIN_SECONDS)
                if self._closing:
                    return
        finally:  # cancelled, or a fault of ours: nobody waits for ever
            _tell(self._waiting, stored=False)
            self._waiting.clear()
            self._of.clear()

    async def _flush(self) -> None:
        batch = self._next_ones()
        stored = False
        try:
            async with asyncio.timeout(STORE_SECONDS):
                try:
                    await self._write(batch)
                except psycopg.errors.CheckViolation:
                    # A day's own table was attached while this waited to store into the one for all other days
                    # (``receiving/partitions.py``). Nothing was stored; now there is a place for it.
                    await self._write(batch)
            stored = True
            failpoint("webhook_stored")
        except (psycopg.Error, TimeoutError, OSError) as exc:
            log.warning("Webhooks could not be stored", count=len(batch), cause=type(exc).__name__)
            await self._disconnect()
        finally:
            _tell(batch, stored=stored)

    def _next_ones(self) -> list[Waiting]:
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
        if self._waiting:
            self._of.subtract(account for account, _, _, _ in batch)
        else:
            self._of.clear()
        return batch

    async def _write(self, batch: list[Waiting]) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(
                self._dsn(),
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                application_name="qafila intake",
            )
        await self._connection.execute(
            _STORE,
            {
                "now": self._clock.now(),
                "accounts": [account for account, _, _, _ in batch],
                "businesses": [business for _, business, _, _ in batch],
                "bodies": [body for _, _, body, _ in batch],
                "channel": CHANNEL,
            },
        )

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()


def _tell(batch: Iterable[Waiting], *, stored: bool) -> None:
    for _, _, _, done in batch:
        if done.done():
            continue
        if stored:
            done.set_result(None)
        else:
            done.set_exception(Away())
