"""Writes down what became of attempts: all lanes of a worker hand their outcomes here, one statement takes many.

Outcomes wait in memory until the database has them. While it is away they are kept and tried again; if this process dies
first, their rows stand in ``sending`` and become uncertain: told, not lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg_pool import AsyncConnectionPool

from qafila.dispatch.outage import DATABASE_AWAY
from qafila.kit.failpoints import failpoint
from qafila.kit.statements import statement
from qafila.ledger.states import State

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.03
MOST_AT_ONCE = 500
RETRY_SECONDS = 0.5


@dataclass(slots=True)
class Outcome:
    """What became of one attempt. ``outcome`` is the word kept with the attempt, ``uncounted`` gives the try back."""

    message_id: int
    number: int
    sender_id: int
    state: State
    at: datetime
    outcome: str
    due_at: datetime | None = None
    uncounted: bool = False
    provider_id: str | None = None
    reason: str | None = None
    code: str | None = None
    detail: str | None = None


class Recorder:
    """One a worker. :meth:`add` never waits; :meth:`run` writes until :meth:`close`."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool
        self._waiting: list[Outcome] = []
        self._writing: Sequence[Outcome] = ()
        self._something = asyncio.Event()
        self._closing = False
        self._handed = self._written = 0
        self._wrote = asyncio.Event()

    def add(self, outcome: Outcome) -> None:
        """Takes an outcome; it will be in the database within a few dozen milliseconds."""
        self._waiting.append(outcome)
        self._handed += 1
        if len(self._waiting) == 1 or len(self._waiting) == MOST_AT_ONCE:
            self._something.set()

    @property
    def backlog(self) -> int:
        """Outcomes that the database does not have yet."""
        return len(self._waiting) + len(self._writing)

    async def settled(self) -> None:
        """Returns once everything handed over so far is in the database; what others hand over meanwhile is not waited for."""
        mine = self._handed
        while self._written < mine:
            await self._wrote.wait()

    def close(self) -> None:
        """Lets :meth:`run` end once nothing waits."""
        self._closing = True
        self._something.set()

    async def run(self) -> None:
        """Writes outcomes until closed and empty."""
        while True:
            await self._something.wait()
            self._something.clear()
            if not self._waiting:
                if self._closing:
                    return
                continue
            while self._waiting:
                if len(self._waiting) < MOST_AT_ONCE and not self._closing:
                    await asyncio.sleep(FLUSH_SECONDS)  # let a batch gather
                self._writing, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                await self._write(self._writing)
                self._written += len(self._writing)
                self._writing = ()
                self._wrote.set()
                self._wrote = asyncio.Event()
            if self._closing:
                self._something.set()

    async def _write(self, outcomes: Sequence[Outcome]) -> None:
        """One statement for all; tried until the database has it. Writing it twice is harmless: the second finds nothing
        left to move."""
        failpoint("before_record")
        while True:
            try:
                async with self._pool.connection() as connection:
                    await connection.execute(statement("qafila.ledger", "record"), as_arrays(outcomes))
                failpoint("recorded")
            except DATABASE_AWAY as exc:
                log.warning(
                    "outcomes wait for the database",
                    extra={"count": len(outcomes), "cause": type(exc).__name__},
                )
                await asyncio.sleep(RETRY_SECONDS)
            except psycopg.Error as exc:
                await self._write_apart(outcomes, exc)
                return
            else:
                return

    async def _write_apart(self, outcomes: Sequence[Outcome], refusal: psycopg.Error) -> None:
        """The database refuses something in this batch: halved until the one is found, which becomes uncertain without
        the provider's texts. One strange answer must not keep the others from being written."""
        if len(outcomes) > 1:
            middle = len(outcomes) // 2
            await self._write(outcomes[:middle])
            await self._write(outcomes[middle:])
            return
        [outcome] = outcomes
        log.error(
            "an outcome could not be written as it is",
            extra={"message_id": outcome.message_id, "cause": type(refusal).__name__},
        )
        plain = Outcome(
            outcome.message_id,
            outcome.number,
            outcome.sender_id,
            State.UNCERTAIN,
            outcome.at,
            "unknown",
            reason="outcome_unknown",
        )
        if outcome != plain:
            await self._write([plain])


def as_arrays(outcomes: Sequence[Outcome]) -> dict[str, str | list[str | None]]:
    """The parameters of ``ledger/sql/record.sql``."""
    return {
        "ids": _literal([o.message_id for o in outcomes]),
        "numbers": _literal([o.number for o in outcomes]),
        "senders": _literal([o.sender_id for o in outcomes]),
        "states": _literal([int(o.state) for o in outcomes]),
        "ats": _literal([o.at.isoformat() for o in outcomes]),
        "dues": _literal([o.due_at.isoformat() if o.due_at else "NULL" for o in outcomes]),
        "uncounted": _literal([o.uncounted for o in outcomes]),
        "provider_ids": _texts([o.provider_id for o in outcomes]),
        "reasons": _texts([o.reason for o in outcomes]),
        "outcomes": _literal([o.outcome for o in outcomes]),
        "codes": _texts([o.code for o in outcomes]),
        "details": _texts([o.detail for o in outcomes]),
    }


def _literal(values: Sequence[object]) -> str:
    """PostgreSQL's array literal of values that need no quotes: several times quicker than adapting each."""
    return "{" + ",".join(map(str, values)) + "}"


def _texts(values: list[str | None]) -> str | list[str | None]:
    """Texts are adapted (and quoted) by psycopg, unless there are none, as is usual."""
    return values if any(value is not None for value in values) else _literal(["NULL"] * len(values))
