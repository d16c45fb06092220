"""The lanes of one worker: takes due ones, keeps their leases, frees those of dead workers.

While it lives a worker holds the session advisory lock (7, its id) on a connection of its own, on which it also listens.
When that connection breaks the worker counts as gone, gives up its lanes and begins anew under a new id.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from qafila import __version__
from qafila.dispatch.calling import Connection
from qafila.dispatch.lane import Lane
from qafila.dispatch.lane_runner import LaneRunner, Tools
from qafila.dispatch.official_lane import OfficialLane
from qafila.dispatch.outage import DATABASE_AWAY
from qafila.dispatch.phone_lane import PhoneLane
from qafila.dispatch.rules.nobody_works import COMES_BACK_WITHIN
from qafila.events.sql import EMIT, EMIT_LATER
from qafila.kit.crypto import CryptoError
from qafila.kit.failpoints import failpoint
from qafila.kit.statements import statement
from qafila.providers import registry

log = logging.getLogger(__name__)

LOCK_CLASS = 7
CHANNEL = "qafila_lane"
LEASE_SECONDS = 15.0
LOOK_AHEAD = timedelta(seconds=1)
"""Lanes are taken a moment early, so that each begins on time."""
POLL_SECONDS = 1.0
ALIVE_SECONDS = 5.0
"""So often the connection that proves us alive is asked, and so long it may take to answer."""

CANCEL_AGAIN_SECONDS = 1.0

MakeRunner = Callable[[Lane, Connection, Tools], LaneRunner]


def make_runner(lane: Lane, connection: Connection, tools: Tools) -> LaneRunner:
    """The pace that fits the provider: official numbers in batches, phone-linked ones as a person would."""
    official = connection.provider.capabilities.official
    return OfficialLane(lane, connection, tools) if official else PhoneLane(lane, connection, tools)


class Lanes:
    """Runs up to ``most`` lanes at once until told to stop."""

    def __init__(
        self,
        *,
        dsn: str,
        tools: Tools,
        most: int = 5000,
        lease_seconds: float = LEASE_SECONDS,
        make: MakeRunner = make_runner,
    ) -> None:
        self._dsn = dsn
        self._tools = tools
        self._most = most
        self._lease = lease_seconds
        self._make = make
        self._worker_id = 0
        self._running: dict[int, tuple[Lane, asyncio.Task[None]]] = {}
        self._connections: dict[int, tuple[int, Connection]] = {}
        self._wake = asyncio.Event()

    @property
    def worker_id(self) -> int:
        """Our row in ``dispatch_worker``; 0 before the first registration."""
        return self._worker_id

    @property
    def running(self) -> int:
        """Lanes in our hands."""
        return len(self._running)

    async def run(self) -> None:
        """Registers, runs lanes, and begins anew when the database was away; ends when the worker stops."""
        while not self._tools.stopping.is_set():
            try:
                async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as alive:
                    await self._register(alive)
                    await self._run_registered(alive)
            except DATABASE_AWAY as exc:
                log.warning("the worker waits for the database", extra={"cause": type(exc).__name__})
                await asyncio.sleep(POLL_SECONDS)
            with suppress(*DATABASE_AWAY):
                await (
                    self._tools.pool.check()
                )  # connections that broke with the server are not handed out again

    # -- registration --------------------------------------------------------------------------------------------------

    async def _register(self, alive: psycopg.AsyncConnection[Any]) -> None:
        """A row and its lock become visible together: who sees the row without the lock sees a dead worker."""
        now = self._tools.clock.now()
        async with alive.transaction():
            if self._worker_id:
                # We were not lost, our connection was: who found us gone meanwhile shall not tell of a loss.
                await alive.execute(
                    "UPDATE dispatch_worker SET ended_at = coalesce(ended_at, %(now)s),"
                    " seen_at = greatest(coalesce(ended_at, %(now)s), %(now)s) WHERE id = %(id)s",
                    {"now": now, "id": self._worker_id},
                )
            cursor = await alive.execute(
                "INSERT INTO dispatch_worker (host, pid, version, started_at, seen_at)"
                " VALUES (%s, %s, %s, %s, %s) RETURNING id",
                (socket.gethostname()[:100], os.getpid(), __version__, now, now),
            )
            (self._worker_id,) = await cursor.fetchone() or (0,)
            await alive.execute("SELECT pg_advisory_lock(%s, %s)", (LOCK_CLASS, self._worker_id))
        await alive.execute(f"LISTEN {CHANNEL}")
        log.info("worker registered", extra={"worker": self._worker_id})

    async def _run_registered(self, alive: psycopg.AsyncConnection[Any]) -> None:
        parts = [
            asyncio.create_task(self._listen(alive), name="listen"),
            asyncio.create_task(self._again_and_again(self._take_due), name="take"),
            asyncio.create_task(self._again_and_again(self._renew), name="renew"),
            asyncio.create_task(self._again_and_again(self._watch_others), name="watch"),
        ]
        stop = asyncio.create_task(self._tools.stopping.wait())
        try:
            done, _ = await asyncio.wait({*parts, stop}, return_when=asyncio.FIRST_COMPLETED)
            if stop in done:
                await self._land_all(parts)
            for part in done - {stop}:
                part.result()
        finally:
            await ended([*parts, stop])
            if not self._tools.stopping.is_set():
                self._give_up_lanes()
        await alive.execute(
            "UPDATE dispatch_worker SET ended_at = %s WHERE id = %s AND NOT EXISTS"
            " (SELECT FROM dispatch_lane WHERE owner_id = %s)",
            (self._tools.clock.now(), self._worker_id, self._worker_id),
        )

    async def _land_all(self, parts: list[asyncio.Task[None]]) -> None:
        """The worker stops: nothing new is claimed, what is in the air lands; leases are renewed meanwhile."""
        for part in parts:
            if part.get_name() != "renew":
                part.cancel()
        if self._running:
            await asyncio.wait([task for _, task in self._running.values()])

    def _give_up_lanes(self) -> None:
        """Our registration is gone: others may have our lanes by now. What is in the air lands and is written down by
        the lanes' own tasks; nobody waits for them, a slow answer must not hold up a new beginning."""
        for lane, _ in self._running.values():
            lane.lost = True
        self._running.clear()

    # -- loops ---------------------------------------------------------------------------------------------------------

    async def _listen(self, alive: psycopg.AsyncConnection[Any]) -> None:
        """Wakes on NOTIFY, and asks now and then whether the connection that proves us alive still is.

        :raises psycopg.OperationalError: it is not, or does not answer in time: to begin anew with another one.
        """
        while True:
            async for _ in alive.notifies(timeout=ALIVE_SECONDS):
                self._wake.set()
            try:
                async with asyncio.timeout(ALIVE_SECONDS):
                    await alive.execute("SELECT 1")
            except TimeoutError as exc:
                raise psycopg.OperationalError("the worker's own connection does not answer") from exc

    async def _again_and_again(self, do: Callable[[], Awaitable[None]]) -> None:
        """Repeats a round of work; one that the database cut short is left out. Whether we still count as alive is
        :meth:`_listen`'s matter."""
        while True:
            try:
                await do()
            except DATABASE_AWAY as exc:
                log.warning("a round of the worker was cut short", extra={"cause": type(exc).__name__})
                await asyncio.sleep(POLL_SECONDS / 2)

    async def _take_due(self) -> None:
        self._wake.clear()
        room = self._most - len(self._running)
        taken = await self._take(room) if room > 0 else 0
        if taken and taken == min(room, 500):
            return  # there may be more
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()

    async def _take(self, room: int) -> int:
        tools = self._tools
        before = tools.clock.monotonic()
        async with tools.pool.connection() as connection:
            cursor = await connection.execute(
                statement("qafila.dispatch", "take_lanes"),
                {
                    "worker": self._worker_id,
                    "until": tools.clock.now() + LOOK_AHEAD,
                    "n": min(room, 500),
                    "lease": self._lease,
                },
            )
            rows = await cursor.fetchall()
        failpoint("lanes_taken")
        for row in rows:
            lane = Lane(*row)
            lane.worker_id, lane.deadline = self._worker_id, before + 0.8 * self._lease
            task = asyncio.create_task(self._run_lane(lane), name=f"lane {lane.sender_id}")
            task.add_done_callback(_tell_fault)
            self._running[lane.sender_id] = (lane, task)
        return len(rows)

    async def _run_lane(self, lane: Lane) -> None:
        try:
            if (wait := (lane.due_at - self._tools.clock.now()).total_seconds()) > 0:
                await self._tools.clock.sleep(min(wait, LOOK_AHEAD.total_seconds()))
            connection = await self._connection(lane)
            if connection is None:
                await lane.sleep(self._tools.pool, None)
                return
            await self._make(lane, connection, self._tools).run()
        except DATABASE_AWAY as exc:
            log.warning("lane given up", extra={"sender": lane.public_id, "cause": type(exc).__name__})
        finally:
            current = self._running.get(lane.sender_id)
            if current is not None and current[0] is lane:
                del self._running[lane.sender_id]

    async def _connection(self, lane: Lane) -> Connection | None:
        """The sender's provider and credentials, kept until its account changes."""
        known = self._connections.get(lane.sender_id)
        if known is not None and known[0] == lane.account_version:
            return known[1]
        if lane.account_id is None:
            return None
        from qafila.dispatch import consequences
        from qafila.senders import queries
        from qafila.senders.models import Sender

        try:
            kind, credentials, version = await self._tools.act(queries.credentials, lane.sender_id)
        except Sender.DoesNotExist:
            return None
        except CryptoError:
            # The lane would be taken and given up for ever, and nobody told: a person has to enter the secrets again.
            await self._tools.act(
                consequences.stop_account,
                business_id=lane.business_id,
                account_id=lane.account_id,
                code="secrets_unreadable",
                now=self._tools.clock.now(),
            )
            return None
        connection = Connection(registry.get(kind), credentials, version)
        self._connections[lane.sender_id] = (version, connection)
        return connection

    async def _renew(self) -> None:
        """Renews the leases of the lanes we run in one statement; one that is not in the answer is no longer ours."""
        tools = self._tools
        await tools.clock.sleep(self._lease / 4)
        before = tools.clock.monotonic()
        running = list(self._running)
        given = {"worker": self._worker_id, "lease": self._lease, "running": running}
        async with tools.pool.connection() as connection:
            try:
                cursor = await connection.execute(statement("qafila.dispatch", "renew_leases"), given)
            except psycopg.errors.LockNotAvailable:
                cursor = await connection.execute(statement("qafila.dispatch", "renew_free_leases"), given)
            ours = {sender for sender, _, _ in await cursor.fetchall()}
            await connection.execute(
                "UPDATE dispatch_worker SET seen_at = %s WHERE id = %s", (tools.clock.now(), self._worker_id)
            )
        for lane, _ in self._running.values():
            if lane.sender_id in ours:
                lane.deadline = before + 0.8 * self._lease
            elif lane.deadline < before:
                lane.lost = True

    async def _watch_others(self) -> None:
        """Frees the lanes of workers that died, at once; makes uncertain what they had begun, and tells of it in the
        same transaction."""
        tools = self._tools
        now = tools.clock.now()
        async with tools.pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(
                statement("qafila.dispatch", "end_dead_workers"), {"worker": self._worker_id, "now": now}
            )
            dead = await cursor.fetchall()
            for worker_id, *_ in dead:
                await connection.execute(
                    EMIT_LATER,
                    {
                        "kind": "worker.lost",
                        "business_id": None,
                        "subject_kind": "",
                        "subject_id": "",
                        "data": Jsonb({"worker": worker_id}),
                        "now": now,
                        "due_at": now + COMES_BACK_WITHIN,
                    },
                )
            cursor = await connection.execute(
                statement("qafila.dispatch", "free_lanes"),
                {"worker": self._worker_id, "now": now, "running": list(self._running)},
            )
            freed = await cursor.fetchall()
            swept: list[Any] = []
            if freed:
                cursor = await connection.execute(
                    statement("qafila.dispatch", "sweep"),
                    {"senders": [row[0] for row in freed], "epochs": [row[1] for row in freed], "now": now},
                )
                swept = await cursor.fetchall()
            for public_id, business_id, count in swept:
                await connection.execute(
                    EMIT,
                    {
                        "kind": "messages.uncertain",
                        "business_id": business_id,
                        "subject_kind": "batch",
                        "subject_id": str(public_id),
                        "data": Jsonb({"count": count}),
                        "now": now,
                    },
                )
        for worker_id, host, pid, seen_at in dead:
            log.warning(
                "a worker was found gone",
                extra={"worker": worker_id, "host": host, "pid": pid, "seen_at": seen_at.isoformat()},
            )
        if freed:
            uncertain = sum(row[2] for row in swept)
            log.warning(
                "lanes of a lost worker are free again", extra={"lanes": len(freed), "uncertain": uncertain}
            )
            self._wake.set()
        await tools.clock.sleep(POLL_SECONDS)


async def ended(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancels tasks until all have ended, whatever with. One cancellation is not enough: one that comes in the very moment in which
    the pool hands a connection over gets lost, and a worker that stops in order would be found gone instead."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_SECONDS)
        for task in done:
            if not task.cancelled():
                task.exception()  # looked at, so that nobody calls it forgotten


def _tell_fault(task: asyncio.Task[None]) -> None:
    """A lane that ended by a fault of ours is free again after its lease; the fault must be seen."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a lane ended by a fault of ours", exc_info=error)
