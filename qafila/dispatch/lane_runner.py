"""What every running lane does, whatever its pace: find work, fall asleep, take the consequences of failures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from psycopg_pool import AsyncConnectionPool

from qafila.dispatch.calling import Caller, Connection, Ended
from qafila.dispatch.lane import Claimed, Fenced, Lane, Waiting
from qafila.dispatch.outage import DATABASE_AWAY
from qafila.dispatch.recorder import Recorder
from qafila.dispatch.rules import answering, outcomes, retry
from qafila.dispatch.rules.outcomes import Consequence
from qafila.dispatch.rules.silence import TELL_FROM_SECONDS
from qafila.dispatch.silence import CODE as SILENT
from qafila.dispatch.silence import Silence
from qafila.kit.clock import Clock
from qafila.kit.rng import Rng

log = logging.getLogger(__name__)

MOMENT_SECONDS = 10.0
"""A lane that must wait longer writes its due time and lets go."""
FENCED_SECONDS = 0.2
"""After a refused claim the lane waits so long before it looks why."""
ACT_AGAIN_SECONDS = 0.5
MOST_ACTS = 120
SAFETY_SECONDS = 60.0
"""A lane with batches whose next message is far away looks again at least so often."""


class Slots:
    """How many calls may be in the air at once; several are taken and given back together."""

    def __init__(self, total: int) -> None:
        self.free = total
        self._waiters: list[asyncio.Future[None]] = []

    def take(self, most: int) -> int:
        """Takes up to so many, and says how many."""
        taken = max(0, min(self.free, most))
        self.free -= taken
        return taken

    def give(self, count: int) -> None:
        """Gives some back and wakes whoever waits."""
        self.free += count
        if count and self._waiters:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    async def some(self) -> None:
        """Returns when something may be free."""
        if self.free > 0:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter


@dataclass(frozen=True, slots=True)
class Tools:
    """What a lane runner needs of its worker.

    :ivar act: runs a synchronous action of a lower room in a thread and waits for it.
    :ivar slots: how many calls of this worker may be in the air at once, over all lanes.
    :ivar stopping: set when the worker begins no more calls.
    :ivar observe: told (name, seconds) of what is measured: ``send_lag``, the distance from the planned moment.
    """

    pool: AsyncConnectionPool
    recorder: Recorder
    caller: Caller
    clock: Clock
    rng: Rng
    slots: Slots
    stopping: asyncio.Event
    act: Callable[..., Awaitable[Any]]
    observe: Callable[[str, float], None] = lambda name, seconds: None


class LaneRunner:
    """Runs one lane until it has nothing to do for longer than a moment, may not go on, or the worker stops.

    While the number rests for a reason that lets answers through, :meth:`work` goes on with them and with nothing else, until
    the lane's ``answers_only_until``.
    """

    official: ClassVar[bool]
    """Whether it runs Meta's own numbers, not those linked to a phone."""

    def __init__(self, lane: Lane, connection: Connection, tools: Tools) -> None:
        self.lane = lane
        self.connection = connection
        self.tools = tools
        self.closed = False
        """Nothing more is to be claimed (a consequence, or the lane was lost)."""
        self.due: datetime | None = None
        """When it is due again, once it stops."""
        self.rest_is_over = False
        """The sender's rest is past its end and is still to be written down as over."""
        self.silence = Silence()
        self._content_failures: dict[int, int] = {}

    # -- what a pace must say ------------------------------------------------------------------------------------------

    async def work(self) -> None:
        """Sends until there is nothing to do for longer than a moment; sets :attr:`due`."""
        raise NotImplementedError

    # -- the frame -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """The whole stay of the lane in this worker."""
        tools, lane = self.tools, self.lane
        self._heed((lane.state, lane.account_state), lane.rest_until, lane.state_reason)
        fenced = False
        while not tools.stopping.is_set() and not lane.lost:
            try:
                if fenced:
                    await self.land()
                    await self.doze(FENCED_SECONDS)
                    await self._look_again()
                    fenced = False
                    continue
                if self.rest_is_over:
                    await self._act("end_rest", sender_id=lane.sender_id)
                    self.rest_is_over = False
                if not self.closed:
                    await self.work()
                await self.land()
                if lane.lost or tools.stopping.is_set():
                    break
                if await lane.sleep(tools.pool, self.due):
                    return
                await self._look_again()
            except Fenced:
                fenced = self.closed = True
            except DATABASE_AWAY as exc:
                log.warning(
                    "lane waits for the database",
                    extra={"sender": lane.public_id, "cause": type(exc).__name__},
                )
                await self._after_outage()
        await self.land()
        if not lane.lost:
            await self._let_go_when_stopping()

    async def land(self) -> None:
        """Waits for the calls in the air, and for their outcomes to be written."""
        await self.tools.recorder.settled()

    async def _look_again(self) -> None:
        """Woken while falling asleep: there is something new; a state may have changed, too."""
        async with self.tools.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT l.wake, s.rest_until, s.state, a.state, s.use_limits, s.throughput, a.version, a.id,"
                " s.hours, b.timezone, s.state_reason, l.pace"
                " FROM dispatch_lane l JOIN senders_sender s ON s.id = l.sender_id"
                " JOIN businesses_business b ON b.id = s.business_id"
                " LEFT JOIN senders_provideraccount a ON a.id = s.provider_account_id"
                " WHERE l.sender_id = %s AND l.epoch = %s AND l.owner_id = %s",
                (self.lane.sender_id, self.lane.epoch, self.lane.worker_id),
            )
            row = await cursor.fetchone()
        if row is None:
            self.lane.lost = True
            return
        self.lane.wake = row[0]
        self.lane.heed_refusal(answering.rest_until(row[11]))
        self._heed(tuple(row[2:4]), row[1], row[10])
        if tuple(row[4:10]) != self.lane.terms:
            # Its owner changed how it may send, or its access: it is let go and taken anew, with what counts now.
            self.closed, self.due = True, self.tools.clock.now()

    def _heed(self, states: tuple[str, ...], rest_until: datetime | None, reason: str) -> None:
        """Whether the sender and its account may send at all; a rest that is over is over, and one of them lets answers
        through."""
        self.due = None
        self.lane.rest_until, self.lane.state_reason = rest_until, reason
        resting = states == ("resting", "ok")
        if resting and rest_until is not None and rest_until <= self.tools.clock.now():
            self.rest_is_over = True
        answers = resting and answering.goes_on(reason, official=self.official)
        self.lane.answers_only_until = posix(rest_until) if answers and not self.rest_is_over else 0.0
        self.closed = states != ("ready", "ok") and not self.rest_is_over and not self.lane.answers_only_until
        if self.closed and resting:
            self.due = rest_until
        if self.lane.answers_only_until:
            self._heed_refused_answers()

    def _heed_refused_answers(self) -> None:
        """An answer was refused lately, or nobody was there to take it: whoever has the lane by now waits as long for the next."""
        until = answering.rest_until(self.lane.pace)
        if until > self.tools.clock.now().timestamp():
            self.closed, self.due = True, at(min(until, self.lane.answers_only_until))

    async def _after_outage(self) -> None:
        """The database was away: a claim may have been committed whose answer we never saw."""
        tools, lane = self.tools, self.lane
        while not lane.lost:
            await tools.clock.sleep(1.0)
            if tools.clock.monotonic() >= lane.deadline:
                lane.lost = (
                    True  # the lease is over; whoever comes next makes uncertain what we cannot speak for
                )
                return
            try:
                await self.land()
                returned = await lane.recover(tools.pool, tools.clock.now())
            except Fenced:
                lane.lost = True
            except DATABASE_AWAY:
                continue
            else:
                if returned:
                    log.info("put back what was claimed but not begun", extra={"count": returned})
                return

    async def _let_go_when_stopping(self) -> None:
        try:
            await self.lane.sleep(self.tools.pool, self.due or self.tools.clock.now())
        except DATABASE_AWAY:
            log.warning("lane stays with its lease", extra={"sender": self.lane.public_id})

    # -- parts for the paces -------------------------------------------------------------------------------------------

    async def doze(self, seconds: float) -> None:
        """Sleeps, but wakes when the worker stops."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        stop = asyncio.ensure_future(self.tools.stopping.wait())
        nap = asyncio.ensure_future(self.tools.clock.sleep(seconds))
        try:
            await asyncio.wait({stop, nap}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            nap.cancel()

    def take_consequence(  # noqa: PLR0911 - a table
        self, ended: Ended, waiting: Waiting
    ) -> Awaitable[None] | None:
        """What a failure means beyond its message; returns what is to be awaited, or None."""
        rest = None if self.closed else self.silence.heard(ended, self.lane.pace)
        if rest is not None:
            return self._rest_for_silence(rest)
        match ended.consequence:
            case Consequence.NONE:
                if ended.called and not ended.code:
                    self._content_failures.pop(waiting.batch_id, None)
                return None
            case Consequence.SLOW_SENDER:
                return None  # the pace knows how to wait
            case Consequence.CONTENT:
                failures = self._content_failures.get(waiting.batch_id, 0) + 1
                self._content_failures[waiting.batch_id] = failures
                if failures != outcomes.CONTENT_FAILURES_IN_A_ROW:
                    return None
                return self._act("hold_for_content", batch_id=waiting.batch_id, code=ended.code)
            case Consequence.REST_SENDER:
                if self.closed:
                    return None
                self.closed = True
                rests = int(self.lane.pace.get("rests", 0)) + 1
                self.lane.pace["rests"] = rests
                # The provider may know the end of its limit: trying before that counts against the number.
                seconds = max(ended.wait or 0.0, retry.rest_seconds(rests))
                self.due = self.tools.clock.now() + timedelta(seconds=seconds)
                return self._act(
                    "rest_sender", sender_id=self.lane.sender_id, until=self.due, code=ended.code
                )
            case Consequence.STOP_SENDER:
                if self.closed:
                    return None
                self.closed, self.due = True, None
                return self._act("stop_sender", sender_id=self.lane.sender_id, code=ended.code)
            case Consequence.STOP_ACCOUNT:
                if self.closed:
                    return None
                # A restriction that is told already stops nothing: the number comes back by itself.
                until = self.lane.answers_only_until
                self.closed, self.due = True, at(until) if until else None
                return self._act("stop_account", account_id=self.lane.account_id, code=ended.code)

    async def _rest_for_silence(self, seconds: float) -> None:
        """Nobody answers: nothing more is begun until a rest is over, then one message probes. A longer rest is told."""
        self.closed = True
        self.due = self.tools.clock.now() + timedelta(seconds=seconds)
        if seconds >= TELL_FROM_SECONDS:
            await self._act("rest_sender", sender_id=self.lane.sender_id, until=self.due, code=SILENT)

    async def _act(self, name: str, **arguments: Any) -> None:
        """Runs a consequence, again and again while the database is away: it must not be lost with one attempt."""
        from qafila.dispatch import consequences

        tools = self.tools
        for _ in range(MOST_ACTS):
            try:
                await tools.act(
                    getattr(consequences, name),
                    business_id=self.lane.business_id,
                    now=tools.clock.now(),
                    **arguments,
                )
            except DATABASE_AWAY as exc:
                log.warning(
                    "a consequence waits for the database",
                    extra={"consequence": name, "cause": type(exc).__name__},
                )
                await tools.clock.sleep(ACT_AGAIN_SECONDS)
            else:
                return
        log.error("a consequence could not be written down", extra={"consequence": name})
        self.due = tools.clock.now() + timedelta(seconds=SAFETY_SECONDS)

    def next_due(self, waiting: list[Waiting]) -> datetime | None:
        """When the lane has something to do again, by what its batches hold; at least every so often."""
        if not waiting:
            return None
        soonest = min(w.due_at for w in waiting)
        return min(soonest, self.tools.clock.now() + timedelta(seconds=SAFETY_SECONDS))


def turn(waiting: list[Waiting], now: datetime, last: int) -> Waiting | None:
    """Whose turn it is: replies first, then round robin over the batches that have something due.

    :param last: the id of the batch served last.
    """
    due = [w for w in waiting if w.due_at <= now]
    if not due:
        return None
    best = min(w.priority for w in due)
    same = [w for w in due if w.priority == best]
    return next((w for w in same if w.batch_id > last), same[0])


def posix(when: datetime | None) -> float:
    """POSIX seconds of an aware time; 0 for None."""
    return when.timestamp() if when else 0.0


def at(posix_seconds: float) -> datetime:
    """The aware time of POSIX seconds."""
    return datetime.fromtimestamp(posix_seconds, UTC)


__all__ = ["Claimed", "LaneRunner", "Tools", "at", "posix", "turn"]
