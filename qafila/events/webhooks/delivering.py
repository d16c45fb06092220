"""Sending what is due, in the worker's own loop: one slow or dead endpoint delays no other."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

import psycopg
from django.db import InterfaceError, OperationalError
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from qafila.events import live
from qafila.events.sql import EMIT
from qafila.events.webhooks import secrets
from qafila.events.webhooks.facts import contents_of
from qafila.events.webhooks.publishing import TOPIC
from qafila.events.webhooks.rules.answers import OUR_FAULT, Verdict, of_answer, of_fault
from qafila.events.webhooks.rules.schedule import OFF_AFTER, wait_after
from qafila.events.webhooks.rules.signing import headers
from qafila.kit.clock import Clock
from qafila.kit.crypto import CryptoError
from qafila.kit.http import Answer, HttpFault
from qafila.kit.http.faults import target_of
from qafila.kit.statements import statement

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.5
SWEEP_SECONDS: Final = 60.0
EACH: Final = 4
"""Deliveries to one endpoint in the air at once, in one worker; one while it fails or is slow."""
SLOTS: Final = 128
SLOW_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 10.0
LEASE_SECONDS: Final = 60.0
"""A worker that dies with a delivery gives it back after that; longer than any call takes."""
LANDING_SECONDS: Final = 12.0

_PACKAGE: Final = "qafila.events.webhooks"
_AWAY: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
    PoolTimeout,
)

_READS_AWAY: Final = (OperationalError, InterfaceError)
"""The same, from what is read in a thread."""

Act = Callable[..., Awaitable[Any]]
"""Runs a synchronous function that reads the database, in a thread."""


class Post(Protocol):
    """The guarded door (``kit.http.Door``), as far as it is used here."""

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery that was taken."""

    id: int
    claim: int
    tries: int
    endpoint: int
    endpoint_id: uuid.UUID
    business_id: int
    url: str = field(repr=False)
    secrets: str = field(repr=False)
    with_contents: bool
    message_id: str
    type: str
    payload: str = field(repr=False)


class Deliverer:
    """One a worker; any number of workers share the deliveries through the database."""

    def __init__(
        self,
        pool: AsyncConnectionPool[Any],
        *,
        clock: Clock,
        rng: random.Random,
        door: Post,
        act: Act,
        slots: int = SLOTS,
        each: int = EACH,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._rng = rng
        self._door = door
        self._act = act
        self._slots = slots
        self._each = each
        self._busy: Counter[int] = Counter()
        self._slow: set[int] = set()
        self._flying: set[asyncio.Task[None]] = set()
        self._more = asyncio.Event()
        self._after = 0

    async def run(self, stopping: asyncio.Event) -> None:
        """Until the worker stops; then what is in the air lands."""
        swept = self._clock.monotonic()
        while not stopping.is_set():
            self._more.clear()
            try:
                await self.round()
                if self._clock.monotonic() - swept >= SWEEP_SECONDS:
                    swept = self._clock.monotonic()
                    await self.sweep()
            except _AWAY as exc:
                log.warning("webhooks wait for the database", extra={"cause": type(exc).__name__})
            await self._until_more(stopping)
        if self._flying:
            await asyncio.wait(self._flying, timeout=LANDING_SECONDS)

    async def round(self) -> int:
        """Takes what is due and begins to send it; how many deliveries."""
        free = self._slots - len(self._flying)
        if free <= 0:
            return 0
        busy = {endpoint: count for endpoint, count in self._busy.items() if count}
        given = {
            "now": self._clock.now(),
            "lease": LEASE_SECONDS,
            "each": self._each,
            "busy": list(busy),
            "counts": list(busy.values()),
            "slow": list(self._slow),
            "after": self._after,
            "free": free,
        }
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statement(_PACKAGE, "take"), given)
            jobs = [Job(*row) for row in await cursor.fetchall()]
        for job in jobs:
            self._busy[job.endpoint] += 1
            self._after = job.endpoint
            task = asyncio.create_task(self._deliver(job))
            self._flying.add(task)
            task.add_done_callback(self._landed)
        return len(jobs)

    async def sweep(self) -> None:
        """Notes as missed what was published in the moment in which its endpoint was switched off."""
        async with self._pool.connection() as connection:
            await connection.execute(statement(_PACKAGE, "sweep"), {"now": self._clock.now()})

    async def landed(self) -> None:
        """Waits until nothing is in the air."""
        while self._flying:
            await asyncio.wait(self._flying)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        self._more.set()
        if not task.cancelled() and (exc := task.exception()) is not None:
            log.error("a webhook could not be delivered: a fault of ours", exc_info=exc)

    async def _until_more(self, stopping: asyncio.Event) -> None:
        """At once when something landed, else after a moment; a stop ends the wait."""
        waits = [asyncio.create_task(self._more.wait()), asyncio.create_task(stopping.wait())]
        await asyncio.wait(waits, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
            with suppress(asyncio.CancelledError):
                await wait

    async def _deliver(self, job: Job) -> None:
        began = self._clock.monotonic()
        try:
            at = self._clock.now()
            verdict = await self._tried(job, at)
            seconds = self._clock.monotonic() - began
            (self._slow.add if seconds > SLOW_SECONDS else self._slow.discard)(job.endpoint)
            if verdict is None:
                return
            try:
                await self._record(job, verdict, at=at, ms=round(seconds * 1000))
            except _AWAY as exc:
                # Its lease runs out and it is sent again with the same id: at least once.
                log.warning("an outcome of a webhook was not written", extra={"cause": type(exc).__name__})
        finally:
            self._busy[job.endpoint] -= 1
            if not self._busy[job.endpoint]:
                del self._busy[job.endpoint]

    async def _tried(self, job: Job, at: datetime) -> Verdict | None:
        """How a try ended, also where a fault of ours ended it: unrecorded it would begin anew each minute for ever.

        None: the database was away, so nothing can be written either; the lease gives it back.
        """
        trying = asyncio.create_task(self._try(job, at))
        try:
            await asyncio.wait({trying})
        finally:
            trying.cancel()
        fault = trying.exception()
        if fault is None:
            return trying.result()
        if isinstance(fault, (*_AWAY, *_READS_AWAY)):
            log.warning("a webhook waits for the database", extra={"cause": type(fault).__name__})
            return None
        log.error("a webhook could not be delivered: a fault of ours", exc_info=fault)
        return Verdict(0, OUR_FAULT)

    async def _try(self, job: Job, at: datetime) -> Verdict:
        body = (await self._body(job)).encode()
        try:
            held = secrets.open_sealed(job.secrets, business_id=job.business_id, public_id=job.endpoint_id)
        except CryptoError as exc:
            log.error("the secret of an endpoint cannot be opened", extra={"code": str(exc.code)})
            return Verdict(0, "secret_unreadable")
        signed = headers(held.signing(at), message_id=job.message_id, at=at, body=body)
        try:
            answer = await self._door.post(job.url, headers=signed, body=body, timeout=ANSWER_SECONDS)
        except HttpFault as fault:
            return of_fault(fault)
        return of_answer(answer, now=at)

    async def _body(self, job: Job) -> str:
        """The payload; with contents where the owner asked for them, read at this very try."""
        if not job.with_contents:
            return job.payload
        known = json.loads(job.payload)
        found = await self._act(contents_of, job.type, business_id=job.business_id, data=known["data"])
        if found is None:
            return job.payload
        return json.dumps({**known, "contents": dict(found)}, ensure_ascii=False, separators=(",", ":"))

    async def _record(self, job: Job, verdict: Verdict, *, at: datetime, ms: int) -> None:
        wait = None if verdict.delivered else wait_after(job.tries + 1, self._rng, asked=verdict.asked)
        now = self._clock.now()
        state = "delivered" if verdict.delivered else "pending" if wait else "failed"
        given = {
            "id": job.id,
            "claim": job.claim,
            "endpoint": job.endpoint,
            "at": now,
            "ms": ms,
            "status": verdict.status,
            "code": verdict.code,
            "snippet": verdict.snippet,
            "delivered": verdict.delivered,
            "state": state,
            "next_at": now + wait if wait else None,
        }
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(statement(_PACKAGE, "record"), given)
            if not verdict.delivered:
                await self._switch_off(connection, job, gone=verdict.gone, now=now)
        live.touch(job.business_id, TOPIC)
        extra = {"delivery": job.id, "status": verdict.status, "code": verdict.code, "try": job.tries + 1}
        log.log(logging.DEBUG if verdict.delivered else logging.INFO, "a webhook was tried", extra=extra)

    async def _switch_off(
        self, connection: psycopg.AsyncConnection[Any], job: Job, *, gone: bool, now: datetime
    ) -> None:
        given = {
            "id": job.endpoint,
            "reason": "gone" if gone else "failing",
            "now": now,
            "failing_before": now - OFF_AFTER,
        }
        row = await (await connection.execute(statement(_PACKAGE, "switch_off"), given)).fetchone()
        if row is None:
            return
        await connection.execute(
            EMIT,
            {
                "kind": "webhook.endpoint_disabled",
                "business_id": row[1],
                "subject_kind": "webhook_endpoint",
                "subject_id": str(row[0]),
                "data": Jsonb({"reason": given["reason"], "host": host_of(job.url)}),
                "now": now,
            },
        )
        log.warning(
            "an endpoint was switched off", extra={"endpoint": str(row[0]), "reason": given["reason"]}
        )


def host_of(url: str) -> str:
    """What names an endpoint to people: its host, without a path that may hold a secret."""
    return target_of(url).partition("://")[2].partition("/")[0] or url[:80]
