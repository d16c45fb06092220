"""Which provider account a webhook address belongs to: asked of the database at most every few seconds for each."""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import class_row

from qafila.intake.storing import CONNECT_SECONDS, Away, Busy
from qafila.kit.clock import Clock
from qafila.kit.crypto import CryptoError
from qafila.kit.logs import get_logger
from qafila.senders import secrets
from qafila.senders.models import ProviderAccount

log = get_logger(__name__)

FRESH_SECONDS = 5.0
STALE_SECONDS = 300.0
"""While the database is away or overrun by questions, what was known so recently still serves to check signatures."""
MOST_KEPT = 10_000
MOST_ASKING = 200
ASK_SECONDS = 5.0

_ASK = """SELECT id, business_id, kind, version, secrets AS sealed
    FROM senders_provideraccount WHERE public_id = %s"""

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Found:
    """An account as it stands in its row."""

    id: int
    business_id: int
    kind: str
    version: int
    sealed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """What a webhook address belongs to, with its secrets opened."""

    account_id: int
    public_id: uuid.UUID
    business_id: int
    kind: str
    version: int
    app_secrets: tuple[str, ...] = field(repr=False)
    verify_token: str = field(repr=False)


class Recent(Generic[V]):
    """The last few values with their time of reading, oldest out first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[uuid.UUID, tuple[float, V]] = OrderedDict()

    def get(self, key: uuid.UUID, *, since: float) -> V | None:
        """The value, if it was read at or after ``since``."""
        kept = self._kept.get(key)
        return kept[1] if kept is not None and kept[0] >= since else None

    def put(self, key: uuid.UUID, value: V, at: float) -> None:
        """Keeps a value."""
        self._kept[key] = (at, value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, key: uuid.UUID) -> None:
        """Forgets a value."""
        self._kept.pop(key, None)

    def __len__(self) -> int:
        return len(self._kept)


class AddressBook:
    """One a process. Known and unknown addresses are remembered apart, so that guesses push nothing out."""

    def __init__(self, dsn: Callable[[], str], clock: Clock, *, most_kept: int = MOST_KEPT) -> None:
        self._dsn = dsn
        self._clock = clock
        self.known: Recent[Address] = Recent(most_kept)
        self.unknown: Recent[bool] = Recent(most_kept)
        self._asking: dict[uuid.UUID, asyncio.Task[Address | None]] = {}
        self._turn = asyncio.Lock()
        self._connection: AsyncConnection[Any] | None = None

    async def find(self, public_id: uuid.UUID) -> Address | None:
        """The account of an address; None when there is none.

        :raises Away: nothing recent is known and the database does not answer. :raises Busy: too many ask at once.
        """
        now = self._clock.monotonic()
        if address := self.known.get(public_id, since=now - FRESH_SECONDS):
            return address
        if self.unknown.get(public_id, since=now - FRESH_SECONDS):
            return None
        try:
            return await self._ask_once(public_id)
        except (Away, Busy):
            if address := self.known.get(public_id, since=now - STALE_SECONDS):
                return address
            raise

    async def close(self) -> None:
        """Ends what runs and closes the connection."""
        for task in list(self._asking.values()):
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        await self._disconnect()

    async def _ask_once(self, public_id: uuid.UUID) -> Address | None:
        """Many who ask for the same address at the same time share one question."""
        task = self._asking.get(public_id)
        if task is None:
            if len(self._asking) >= MOST_ASKING:
                raise Busy
            task = asyncio.create_task(self._ask(public_id))
            self._asking[public_id] = task
            task.add_done_callback(lambda _: self._asking.pop(public_id, None))
        return await asyncio.shield(task)

    async def _ask(self, public_id: uuid.UUID) -> Address | None:
        try:
            async with self._turn, asyncio.timeout(ASK_SECONDS):
                found = await self._query(public_id)
        except (psycopg.Error, TimeoutError, OSError) as exc:
            log.warning("A webhook address could not be looked up", cause=type(exc).__name__)
            await self._disconnect()
            raise Away from exc
        now = self._clock.monotonic()
        if found is None:
            self.known.drop(public_id)
            self.unknown.put(public_id, True, now)
            return None
        address = self.known.get(public_id, since=float("-inf"))
        if address is None or address.version != found.version or address.account_id != found.id:
            address = await _open(public_id, found)
        self.known.put(public_id, address, now)
        return address

    async def _query(self, public_id: uuid.UUID) -> Found | None:
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(
                self._dsn(),
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                application_name="qafila intake",
            )
        async with self._connection.cursor(row_factory=class_row(Found)) as cursor:
            await cursor.execute(_ASK, (public_id,))
            return await cursor.fetchone()

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()


async def _open(public_id: uuid.UUID, found: Found) -> Address:
    """Opens the secrets in a thread: keys may have to be read from a file."""
    row = ProviderAccount(public_id=public_id, business_id=found.business_id, secrets=found.sealed)
    try:
        opened = await asyncio.to_thread(secrets.open_, row)
    except (CryptoError, OSError) as exc:
        log.error(
            "The secrets of a provider account cannot be opened",
            account=str(public_id),
            cause=type(exc).__name__,
        )
        raise Away from exc
    return Address(
        found.id,
        public_id,
        found.business_id,
        found.kind,
        found.version,
        tuple(opened.app_secrets),
        opened.verify_token,
    )
