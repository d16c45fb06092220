"""Does the ledger stay quick when it is large? Claims at depth, counts and queue status, a 1,000,000-row import."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.parts import database, now, steal_seconds

ROWS = 1_000_000
PAUSED = (100, 100_000)
CLAIMS = 200


def run(folder: Path, *, rows: int = ROWS, paused: tuple[int, int] = PAUSED) -> dict[str, Any]:
    """One database, growing: 10,000 sent, then 900,000 of 1,000,000, then a hundred paused campaigns in front."""
    stolen = steal_seconds()
    with database(folder) as dsn:
        books = Books()
        small = books.batch(20_000)
        asyncio.run(books.claim_many(dsn, small, 10_000))
        shallow = asyncio.run(books.claim_times(dsn, small))
        small_reads = books.read_times(small)
        large = books.batch(rows)
        asyncio.run(books.claim_many(dsn, large, int(rows * 0.9)))
        deep = asyncio.run(books.claim_times(dsn, large))
        large_reads = books.read_times(large)
        books.paused(*paused)
        behind = books.batch(20_000)
        behind_paused = asyncio.run(books.claim_times(dsn, behind))
        final_reads = books.read_times(large)
    return {
        "claim_ms_after_10k": shallow,
        f"claim_ms_after_{int(rows * 0.9)}_of_{rows}": deep,
        f"claim_ms_with_{paused[0]}_paused_of_{paused[1]}": behind_paused,
        "deep_over_shallow": {n: round(deep[n] / shallow[n], 2) for n in shallow},
        "paused_over_shallow": {n: round(behind_paused[n] / shallow[n], 2) for n in shallow},
        "aim_ratio": 2.0,
        "reads_ms_at_20k": small_reads,
        "reads_ms_at_1m": large_reads,
        "reads_ms_at_11m": final_reads,
        "steal_seconds": round(steal_seconds() - stolen, 1),
    }


class Books:
    """One sender and its batches, made by SQL: how rows come in is another bench's matter."""

    def __init__(self) -> None:
        from qafila.businesses import actions as businesses
        from qafila.businesses.actor import system_actor
        from qafila.senders.actions import create_provider_account, create_sender

        self.business = businesses.create_business(name="Bench", default_country="EG", now=now())
        actor = system_actor(self.business)
        account = create_provider_account(
            business=self.business,
            kind="memory",
            name="Memory",
            base_url="http://127.0.0.1:9",
            ref="",
            token="bench",
            app_secret="",
            verify_token="",
            actor=actor,
            now=now(),
        )
        self.sender = create_sender(
            business=self.business,
            name="Bench",
            phone="+201200000000",
            provider_account=account,
            ref="1",
            actor=actor,
            now=now(),
        )
        self._sql(
            "INSERT INTO dispatch_lane (sender_id, business_id, epoch, wake, pace, owner_id, lease_until)"
            " VALUES (%s, %s, 1, 0, '{}', 1, now() + interval '1 day')",
            [self.sender.pk, self.business.pk],
        )

    def _sql(self, sql: str, parameters: list[Any]) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)

    def batch(self, count: int, *, flowing: bool = True) -> int:
        """A batch of so many queued rows."""
        from qafila.ledger import actions as ledger
        from qafila.ledger.models import Batch
        from qafila.ledger.states import BatchState, Target

        batch = ledger.create_batch(
            business_id=self.business.pk,
            target=(Target.SENDER, self.sender.pk),
            content={"kind": "text"},
            now=now(),
        )
        rows = (
            ledger.NewMessage(n, n, f"2010{n:08d}", None, "Your order is ready.") for n in range(1, count + 1)
        )
        ledger.add_messages(batch=batch, rows=rows, now=now() - timedelta(seconds=5))
        if flowing:
            Batch.objects.filter(pk=batch.pk).update(state=BatchState.FLOWING)
        return batch.pk

    def paused(self, batches: int, each: int) -> None:
        """Paused campaigns in front of everything: made by copying one."""
        from qafila.ledger.models import Batch

        first = self.batch(each, flowing=False)
        for _ in range(batches - 1):
            copy = Batch.objects.get(pk=first)
            copy.pk = None
            copy.public_id = __import__("uuid").uuid4()
            copy.state = 3
            copy.save()
            self._sql(
                "INSERT INTO ledger_message (business_id, batch_id, contact_id, state, row_number, address, body, due_at,"
                " created_at) SELECT business_id, %s, contact_id, 1, row_number, address, body, due_at, created_at"
                " FROM ledger_message WHERE batch_id = %s AND id BETWEEN %s AND %s",
                [copy.pk, first, copy.first_id, copy.last_id],
            )
        self._sql("ANALYZE ledger_message", [])

    async def claim_many(self, dsn: str, batch_id: int, count: int) -> None:
        """Takes rows through claim and record, thousands at a time."""
        async with self._pool(dsn) as pool:
            lane, waiting = self._lane(), self._waiting(batch_id)
            done = 0
            while done < count:
                claimed = await lane.claim(pool, waiting, n=min(2000, count - done), now=now(), monotonic=0.0)
                done += len(claimed)
                await self._record(pool, claimed)

    async def claim_times(self, dsn: str, batch_id: int) -> dict[str, float]:
        """Median milliseconds of a claim of one row and of 64, each recorded afterwards."""
        times: dict[str, float] = {}
        async with self._pool(dsn) as pool:
            for n in (1, 64):
                lane, waiting = self._lane(), self._waiting(batch_id)
                taken = []
                for _ in range(CLAIMS if n == 1 else CLAIMS // 4):
                    begin = time.perf_counter()
                    claimed = await lane.claim(pool, waiting, n=n, now=now(), monotonic=0.0)
                    taken.append((time.perf_counter() - begin) * 1000)
                    await self._record(pool, claimed)
                times[f"n={n}"] = round(statistics.median(taken), 2)
        return times

    async def _record(self, pool: Any, claimed: list[Any]) -> None:
        from qafila.dispatch.recorder import Outcome, as_arrays
        from qafila.kit.statements import statement
        from qafila.ledger.states import State

        at = now()
        outcomes = [
            Outcome(c.id, c.attempt, self.sender.pk, State.SENT, at, "accepted", provider_id=f"wamid.{c.id}")
            for c in claimed
        ]
        async with pool.connection() as connection:
            await connection.execute(statement("qafila.ledger", "record"), as_arrays(outcomes))

    def read_times(self, batch_id: int) -> dict[str, float]:
        """Median milliseconds of what pages and the API ask all the time."""
        from qafila.ledger import queries

        return {
            "counts": _median_ms(lambda: queries.counts(batch_id)),
            "queue_totals": _median_ms(lambda: queries.queue_totals(self.business.pk)),
            "first_page_of_100": _median_ms(lambda: list(queries.messages(batch_id, limit=100))),
        }

    def _pool(self, dsn: str) -> Any:
        from psycopg_pool import AsyncConnectionPool

        return AsyncConnectionPool(dsn, min_size=1, max_size=2, open=False, kwargs={"autocommit": True})

    def _lane(self) -> Any:
        from qafila.dispatch.lane import Lane

        at = now()
        lane = Lane(
            self.sender.pk, self.business.pk, 1, 0, {}, at, "", "ready", None, True, None, at, None, 1, "memory", 1, "ok",
            None, False,
        )  # fmt: skip
        lane.worker_id, lane.deadline = 1, 1e9
        return lane

    def _waiting(self, batch_id: int) -> Any:
        from qafila.dispatch.lane import Waiting

        return Waiting(batch_id, 5, {"kind": "text"}, now(), 0, "", 0, 1, self.sender.pk, False, 1.0)


def _median_ms(do: Callable[[], Any]) -> float:
    taken = []
    for _ in range(15):
        begin = time.perf_counter()
        do()
        taken.append((time.perf_counter() - begin) * 1000)
    return round(statistics.median(taken), 2)
