"""A customer's server for webhooks: real HTTP on loopback, whose mood a test sets, and which verifies what comes."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from psycopg_pool import AsyncConnectionPool

from qafila.events.jobs import run_due
from qafila.events.webhooks.delivering import Deliverer
from qafila.kit.clock import Clock, VirtualClock
from qafila.kit.http import Door
from tests.kit.raw_server import Connection, RawServer

Mood = Callable[[int], "int | str"]
"""How many calls came before → a status, or ``hang`` or ``reset``."""


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """The check of Standard Webhooks, written from its text."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mine = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(
        hmac.compare_digest(part.partition(",")[2], mine)
        for part in headers["webhook-signature"].split(" ")
        if part.startswith("v1,")
    )


@dataclass
class Receiver:
    """Counts what it took (answered 200) and what it saw."""

    mood: Mood = lambda _: 200
    secret: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    unsigned: int = 0
    answer_body: bytes = b""
    answer_headers: str = ""

    async def __aenter__(self) -> Self:
        self.server = RawServer(self._script)
        await self.server.__aenter__()
        return self

    async def __aexit__(self, *given: object) -> None:
        await self.server.__aexit__(*given)

    @property
    def url(self) -> str:
        return f"{self.server.url}/hook"

    async def _script(self, connection: Connection) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # the test is over while a connection is kept alive
            await self._serve(connection)

    async def _serve(self, connection: Connection) -> None:
        while True:
            request = await connection.request()
            mood = self.mood(len(self.seen))
            self.seen.append(request.headers["webhook-id"])
            if self.secret and not verified(self.secret, request.headers, request.body):
                self.unsigned += 1
            if mood == "hang":
                await connection.until_closed()
                return
            if mood == "reset":
                connection.reset()
                return
            if mood == 200:
                self.taken.append({"id": request.headers["webhook-id"], **json.loads(request.body)})
            more = f"content-length: {len(self.answer_body)}\r\n{self.answer_headers}\r\n"
            head = f"HTTP/1.1 {mood} Said\r\n{more}"
            await connection.write(head.encode() + self.answer_body)


@contextlib.asynccontextmanager
async def deliverer(dsn: str, clock: Clock, *, seconds: float = 1.0, **given: Any) -> Any:
    """A worker's loop over the test database, allowed to call this machine."""

    async def act(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await asyncio.to_thread(function, *args, **kwargs)

    pool = AsyncConnectionPool(dsn, min_size=1, max_size=8, open=False, kwargs={"autocommit": True})
    door = Door(allowed_networks=["127.0.0.0/8"], longest_seconds=seconds)
    async with pool, door:
        yield Deliverer(pool, clock=clock, rng=random.Random(5), door=door, act=act, **given)


async def run_until(working: Deliverer, clock: VirtualClock, end: datetime, step: float = 300.0) -> None:
    """Moves the time on step by step, sending whatever is due."""
    while True:
        while await working.round():
            await working.landed()
        if clock.now() >= end:
            return
        clock.move(min(step, (end - clock.now()).total_seconds()))


def publish_due(now: datetime) -> None:
    """Runs the handlers of all due events."""
    while run_due(now=now):
        pass
