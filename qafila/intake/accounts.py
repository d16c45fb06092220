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
from qafila.senders.secrets import Secrets

log = get_logger(__name__)

FRESH_SECONDS = 5.0
STALE_SECONDS = 300.0
"""While the database is away or overrun by questions, what was known so recently still serves to check signatures."""
MOST_KEPT = 10_000
MOST_ASKING = 2_000
MOST_AT_ONCE = 500
ASK_SECONDS = 5.0

_ASK = """SELECT id, public_id, business_id, kind, version, secrets AS sealed, config
    FROM senders_provideraccount WHERE public_id = ANY(%s)"""

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Found:
    """An account as it stands in its row."""

    id: int
    public_id: uuid.UUID
    business_id: int
    kind: str
    version: int
    sealed: str = field(repr=False)
    config: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """What a webhook address belongs to, with its secrets opened."""

    account_id: int
    public_id: uuid.UUID
    business_id: int
    kind: str
    version: int
    secrets: Secrets = field(repr=False)
    config: dict[str, Any] = field(default_factory=dict, repr=False)


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
        self._asking: dict[uuid.UUID, asyncio.Future[Address | None]] = {}
        self._task: asyncio.Task[None] | None = None
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
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._disconnect()

    async def _ask_once(self, public_id: uuid.UUID) -> Address | None:
        """Many who ask for the same address share one answer, and all who ask meanwhile share the next question."""
        answer = self._asking.get(public_id)
        if answer is None:
            if len(self._asking) >= MOST_ASKING:
                raise Busy
            answer = self._asking[public_id] = asyncio.get_running_loop().create_future()
            answer.add_done_callback(_heard)
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._answer_all(), name="look up webhook addresses")
        return await asyncio.shield(answer)

    async def _answer_all(self) -> None:
        try:
            while self._asking:
                await self._answer_some(list(self._asking)[:MOST_AT_ONCE])
        finally:  # cancelled, or a fault of ours: nobody waits for ever
            for public_id in list(self._asking):
                self._refuse(public_id)

    async def _answer_some(self, asked: list[uuid.UUID]) -> None:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                found = await self._query(asked)
        except (psycopg.Error, TimeoutError, OSError) as exc:
            log.warning(
                "Webhook addresses could not be looked up", count=len(asked), cause=type(exc).__name__
            )
            await self._disconnect()
            for public_id in asked:
                self._refuse(public_id)
            return
        now = self._clock.monotonic()
        for public_id in asked:
            row = found.get(public_id)
            if row is None:
                self.known.drop(public_id)
                self.unknown.put(public_id, True, now)
                self._asking.pop(public_id).set_result(None)
            else:
                await self._answer_known(row, now)

    async def _answer_known(self, row: Found, now: float) -> None:
        address = self.known.get(row.public_id, since=float("-inf"))
        if address is None or address.version != row.version or address.account_id != row.id:
            try:
                address = await _open(row)
            except Away:
                self._refuse(row.public_id)
                return
        self.known.put(row.public_id, address, now)
        self._asking.pop(row.public_id).set_result(address)

    def _refuse(self, public_id: uuid.UUID) -> None:
        self._asking.pop(public_id).set_exception(Away())

    async def _query(self, asked: list[uuid.UUID]) -> dict[uuid.UUID, Found]:
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(
                self._dsn(),
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                application_name="qafila intake",
            )
        async with self._connection.cursor(row_factory=class_row(Found)) as cursor:
            await cursor.execute(_ASK, (asked,))
            return {row.public_id: row for row in await cursor.fetchall()}

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()


async def _open(found: Found) -> Address:
    """Opens the secrets in a thread: keys may have to be read from a file. Raises :class:`Away` when they do not open."""
    row = ProviderAccount(public_id=found.public_id, business_id=found.business_id, secrets=found.sealed)
    try:
        opened = await asyncio.to_thread(secrets.open_, row)
    except (CryptoError, OSError) as exc:
        log.error(
            "The secrets of a provider account cannot be opened",
            account=str(found.public_id),
            cause=type(exc).__name__,
        )
        raise Away from exc
    return Address(
        found.id, found.public_id, found.business_id, found.kind, found.version, opened, found.config
    )


def _heard(answer: asyncio.Future[Address | None]) -> None:
    """Whoever asked may be gone: a failure that nobody hears is none of asyncio's business."""
    if not answer.cancelled():
        answer.exception()
