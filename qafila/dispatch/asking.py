"""Asks providers that keep our ids durably what became of uncertain messages, and writes down what they say.

A receipt usually comes first; this settles what no receipt will ever tell: a request that never arrived. The provider then
closes its id for good, so that the message may go back to the queue. Nothing is sent again by itself on anybody's guess.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg_pool import AsyncConnectionPool

from qafila.dispatch import actions, consequences
from qafila.dispatch.lane import REPLY_PRIORITY
from qafila.dispatch.recorder import Outcome, Recorder
from qafila.dispatch.rules import outcomes, retry
from qafila.dispatch.rules.outcomes import Consequence
from qafila.kit.clock import Clock
from qafila.kit.crypto import CryptoError
from qafila.kit.rng import Rng
from qafila.kit.statements import statement
from qafila.ledger import attempt_ids
from qafila.ledger.states import State
from qafila.providers import registry
from qafila.providers.asking import OutcomeBook, WhatBecame
from qafila.providers.interface import Credentials, ProviderError
from qafila.senders import queries
from qafila.senders.models import Sender

log = logging.getLogger(__name__)

ROUND_SECONDS = 2.0
MOST_A_ROUND = 200
AT_ONCE = 8
ASKED_FOR = timedelta(days=7)
"""Gateways keep ids so long; afterwards only a person can decide."""
FIRST_WAIT = 2.0
LONGEST_WAIT = 600.0
REMEMBERED = 10_000


class Uncertain(NamedTuple):
    """A message of which nobody knows whether its last attempt went out."""

    id: int
    attempt: int
    tries: int
    batch_id: int
    business_id: int
    sender_id: int
    began_at: datetime
    priority: int


@dataclass(frozen=True, slots=True)
class Line:
    """A sender's provider and how to reach it."""

    kind: str
    book: OutcomeBook
    credentials: Credentials


class Asker:
    """One a worker; any number at once: an answer counts only for the attempt it is about, and only while that is open.

    :param act: runs a synchronous action in a thread and waits for it.
    :param installation: who we are in attempt ids.
    """

    def __init__(
        self,
        *,
        pool: AsyncConnectionPool,
        recorder: Recorder,
        act: Callable[..., Awaitable[Any]],
        clock: Clock,
        rng: Rng,
        installation: str,
    ) -> None:
        self._pool = pool
        self._recorder = recorder
        self._act = act
        self._clock = clock
        self._rng = rng
        self._installation = installation
        self._asked: dict[tuple[int, int], tuple[int, float]] = {}
        """(message, attempt) → how often it was asked for in vain, and monotonic seconds of the next time."""

    async def look(self) -> int:
        """One round. Returns how many messages were settled."""
        senders = await self._act(askable_senders)
        if not senders:
            return 0
        lines: dict[int, Line | None] = {}
        room = asyncio.Semaphore(AT_ONCE)
        found = await self._due(senders)
        for sender_id in {one.sender_id for one in found}:
            lines[sender_id] = await self._line(sender_id)

        async def ask(one: Uncertain) -> bool:
            line = lines[one.sender_id]
            if line is None:
                return self._in_vain(
                    one
                )  # it must not be asked about first, again and again, before all others
            async with room:
                return await self._ask(one, line)

        settled = await asyncio.gather(*(ask(one) for one in found))
        if any(settled):
            await self._recorder.settled()
            # What went back to the queue of a batch is looked at again by whoever may take it.
            now = self._clock.now()
            for batch_id in {one.batch_id for one, done in zip(found, settled, strict=True) if done}:
                await self._act(actions.resume_flow, batch_id=batch_id, now=now)
        return sum(settled)

    async def _due(self, senders: Sequence[int]) -> list[Uncertain]:
        now, monotonic = self._clock.now(), self._clock.monotonic()
        not_yet = [message_id for (message_id, _), (_, due) in self._asked.items() if due > monotonic]
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                statement("qafila.dispatch", "askable"),
                {
                    "since": now - ASKED_FOR,
                    "senders": list(senders),
                    "not_yet": not_yet,
                    "most": MOST_A_ROUND,
                },
            )
            return [Uncertain(*row) for row in await cursor.fetchall()]

    async def _line(self, sender_id: int) -> Line | None:
        try:
            kind, credentials, _ = await self._act(queries.credentials, sender_id)
        except (Sender.DoesNotExist, CryptoError) as exc:
            log.warning(
                "a provider could not be asked what became of messages",
                extra={"sender_id": sender_id, "cause": type(exc).__name__},
            )
            return None
        provider = registry.get(kind)
        return Line(kind, provider, credentials) if isinstance(provider, OutcomeBook) else None

    async def _ask(self, one: Uncertain, line: Line) -> bool:
        attempt_id = attempt_ids.make(self._installation, one.id, one.attempt)
        try:
            became = await line.book.outcome(line.credentials, attempt_id, began_at=one.began_at)
        except ProviderError as error:
            log.debug("a provider did not say what became of a message", extra={"code": error.code})
            became = WhatBecame("unknown")
        outcome = self._outcome(one, line.kind, became)
        if outcome is None:
            return self._in_vain(one)
        if became.error is not None:  # before it is queued again: a refused answer must not be tried at once
            await self._follow(one, line.kind, became.error)
        self._asked.pop((one.id, one.attempt), None)
        self._recorder.add(outcome)
        return True

    def _in_vain(self, one: Uncertain) -> bool:
        key = one.id, one.attempt
        times = self._asked.get(key, (0, 0.0))[0] + 1
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(times, 12))
        self._asked[key] = times, self._clock.monotonic() + wait
        while len(self._asked) > REMEMBERED:
            del self._asked[next(iter(self._asked))]
        return False

    def _outcome(self, one: Uncertain, kind: str, became: WhatBecame) -> Outcome | None:
        """What to write down; None: still nobody knows."""
        now = self._clock.now()
        settled = Outcome(one.id, one.attempt, one.sender_id, State.SENT, now, "accepted")
        match became.fate:
            case "sent":
                settled.provider_id = became.provider_id
            case "not_sent":
                settled.state, settled.outcome = State.QUEUED, "not_begun"
                settled.due_at, settled.uncounted = now, True
            case "failed" if became.error is not None:
                error = became.error
                decided = outcomes.of_failure(
                    kind, error, tries=one.tries, attempt=one.attempt, rng=self._rng
                )
                settled.state, settled.outcome = decided.state, error.failure.value
                settled.reason, settled.code, settled.detail = decided.reason, error.code[:64], error.detail
                settled.uncounted = not decided.counts
                if decided.state is State.QUEUED:
                    settled.due_at = now + timedelta(seconds=decided.wait)
            case _:
                return None
        return settled

    async def _follow(self, one: Uncertain, kind: str, error: ProviderError) -> None:
        """What a refusal means beyond its message: the sender rests or stops, as if the answer had come in time."""
        decided = outcomes.of_failure(kind, error, tries=one.tries, attempt=one.attempt, rng=self._rng)
        now, code = self._clock.now(), outcomes.reason_of(kind, error)
        about = {"business_id": one.business_id, "sender_id": one.sender_id, "code": code, "now": now}
        if decided.consequence is Consequence.REST_SENDER:
            until = now + timedelta(seconds=max(error.retry_after or 0.0, retry.rest_seconds(1)))
            await self._act(
                consequences.rest_sender, until=until, answer=one.priority < REPLY_PRIORITY, **about
            )
        elif decided.consequence is Consequence.STOP_SENDER:
            await self._act(consequences.stop_sender, **about)


def askable_senders() -> list[int]:
    """The senders whose provider can be asked what became of a message."""
    kinds = [kind for kind in registry.KINDS if registry.get(kind).capabilities.can_ask_outcome]
    return list(Sender.objects.filter(provider_account__kind__in=kinds).values_list("pk", flat=True))
