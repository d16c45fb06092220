"""Waits for a webhook to come in: a NOTIFY wakes, a poll is the net below."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from types import TracebackType
from typing import Any

import psycopg
from psycopg import AsyncConnection, sql
from psycopg_pool import AsyncConnectionPool

from qafila.kit.clock import Clock
from qafila.kit.logs import get_logger
from qafila.receiving.channel import CHANNEL

log = get_logger(__name__)

AGAIN_SECONDS = 2.0


class Listener:
    """Listens on a connection of its own while it is entered; a lost connection is made again."""

    def __init__(self, pool: AsyncConnectionPool[Any], clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Listener:
        self._task = asyncio.create_task(self._listen(), name="listen for webhooks")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def wait(self, stop: asyncio.Event, seconds: float) -> None:
        """Returns when a webhook came in since the last call, when ``stop`` is set, or after so many seconds."""
        waits = [
            asyncio.create_task(self._woken.wait()),
            asyncio.create_task(stop.wait()),
            asyncio.create_task(self._clock.sleep(seconds)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        self._woken.clear()

    async def _listen(self) -> None:
        while True:
            try:
                connection = await AsyncConnection.connect(await _conninfo(self._pool), autocommit=True)
                async with connection:
                    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
                    self._woken.set()  # what came while nobody listened
                    async for _ in connection.notifies():
                        self._woken.set()
            except psycopg.OperationalError as exc:
                log.info("Listening for webhooks begins anew", cause=type(exc).__name__)
            await self._clock.sleep(AGAIN_SECONDS)


async def _conninfo(pool: AsyncConnectionPool[Any]) -> str:
    """The pool's own address; newer pools take a function in its place."""
    given: Any = pool.conninfo
    if callable(given):
        given = given()
    if inspect.isawaitable(given):
        given = await given
    return str(given)
