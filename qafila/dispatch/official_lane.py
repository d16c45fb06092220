"""A lane of an official number: claims in batches, sends concurrently up to the number's throughput."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from qafila.dispatch.calling import PASSED, Connection
from qafila.dispatch.lane import Claimed, Lane, PortfolioFull, Waiting
from qafila.dispatch.lane_runner import MOMENT_SECONDS, LaneRunner, Tools, turn
from qafila.dispatch.rules.adaptive_pace import eased_rate
from qafila.dispatch.rules.official_pace import (
    DEFAULT_RATE,
    MARGIN,
    MOST_AFTER_A_LOSS,
    SECOND,
    Backoff,
    Slowest,
    Throughput,
    after_a_loss,
)
from qafila.dispatch.rules.outcomes import Consequence
from qafila.dispatch.rules.pair_limit import GAP_SECONDS, PairLimit
from qafila.dispatch.rules.pair_limit import MARGIN as PAIR_MARGIN
from qafila.kit.statements import statement
from qafila.providers.contents_json import is_free_form

log = logging.getLogger(__name__)

IN_THE_AIR = 192
"""Calls of one lane at once. What a killed worker had in the air becomes uncertain, so this stays small."""
CHUNK = 64
IN_THE_AIR_MARK = "calls"
"""In the lane's pace while calls may be in the air: whoever finds it takes over from a worker that was lost."""
ARRIVING_MARK = "arriving"
"""In the lane's pace: POSIX seconds until which what a lost worker had in the air counts into the provider's second. It outlives
the lane's next owners: one that lets go again while it waits must not hand on a number that may send at once."""
SLOWEST_MARK = "slowest"
"""In the lane's pace: seconds that the slowest call of late took, for whoever takes over from a worker that was lost."""
LOOK_AGAIN_SECONDS = 1.0
SHARE_SECONDS = 10.0
"""So often a lane that keeps running reads what its health lets it use."""
PAIR_MEMORY = timedelta(seconds=70)


class OfficialLane(LaneRunner):
    """See the module."""

    official = True

    def __init__(self, lane: Lane, connection: Connection, tools: Tools) -> None:
        super().__init__(lane, connection, tools)
        now, monotonic = tools.clock.now(), tools.clock.monotonic()
        idle = now.timestamp() - float(lane.pace.get("last", 0.0))
        # A clock set back is no reason to wait longer.
        wait = min(SECOND + MARGIN, max(0.0, SECOND + MARGIN - idle))
        self._slowest = Slowest(float(lane.pace.get(SLOWEST_MARK, 0.0)), monotonic)
        arriving = min(float(lane.pace.pop(ARRIVING_MARK, 0.0)) - now.timestamp(), MOST_AFTER_A_LOSS)
        if lane.pace.pop(IN_THE_AIR_MARK, None):
            arriving = max(arriving, after_a_loss(self._slowest.now(monotonic)))
        self._arriving_until = now + timedelta(seconds=max(0.0, arriving))
        """What a lost worker had in the air may arrive until this moment."""
        if arriving > 0:
            wait = max(wait, arriving)
            lane.pace[ARRIVING_MARK] = now.timestamp() + arriving
        self._rate, self._rests_until, self._share_at = 1, 0.0, monotonic
        self._heed_share()
        self._throughput = Throughput(self._rate, busy_until=monotonic + wait)
        self._backoff = Backoff()
        self._pairs = PairLimit()
        self._pairs_known = False
        self._reserved: dict[int, float] = {}
        """Messages that the pair limit put off, and their moment: their place is taken already."""
        self._calls: dict[asyncio.Task[None], float] = {}
        """The calls in the air, the oldest first, and when each began (monotonic)."""
        self._landed = asyncio.Event()
        self._changed = False
        """Something ended since the last look at the batches: it may have come back to the queue."""
        self._ended_at: float | None = None
        """Monotonic; when the last call ended, for whoever has the lane next."""
        self._last_batch = 0
        self._replies_only_until = 0.0
        """Monotonic; while campaigns have used up their part of the portfolio only replies go out."""
        self._windows_only_until = 0.0
        """Monotonic; while the whole portfolio is used up only what goes into open windows goes out."""

    async def work(self) -> None:
        tools, lane, clock = self.tools, self.lane, self.tools.clock
        if not self._pairs_known:
            self._pairs, self._pairs_known = await self._recent_pairs(), True
        waiting: list[Waiting] = []
        looked_at, fruitless = float("-inf"), 0
        while not self.closed and not lane.lost and not tools.stopping.is_set():
            monotonic = clock.monotonic()
            if not waiting or monotonic - looked_at > LOOK_AGAIN_SECONDS:
                waiting, looked_at = await lane.outlook(tools.pool), monotonic
                await self._follow_share(monotonic)
                if clock.now().timestamp() < self._campaigns_rest_until:
                    waiting = [w for w in waiting if w.reply]
                if monotonic < self._windows_only_until:
                    waiting = [w for w in waiting if is_free_form(w.content)]
                if monotonic < self._replies_only_until:
                    waiting = [w for w in waiting if w.reply or is_free_form(w.content)]
            choice = turn(waiting, clock.now(), self._last_batch)
            if choice is None:
                if not await self._idle(waiting):
                    return
                waiting = []
                continue
            if not choice.reply and lane.open.opens_at(clock.now().timestamp()):
                waiting = []  # its hours ended since the look
                continue
            n = await self._room()
            if n <= 0:
                continue
            try:
                rows = await self._claim(choice, n)
            except PortfolioFull as full:
                until = clock.monotonic() + max(1.0, (full.until - clock.now()).total_seconds())
                if choice.reply:
                    self._windows_only_until = until
                self._replies_only_until = max(self._replies_only_until, until)
                waiting = []
                continue
            self._last_batch = choice.batch_id
            held_back = lane.took(choice, rows, seconds=len(rows) / self._rate, now=clock.now())
            if len(rows) < n or held_back:
                waiting = []
            if not rows:  # somebody else holds what is due
                fruitless += 1
                await self.doze(min(1.0, 0.05 * 2**fruitless))
                continue
            fruitless = 0
            self._begin(choice, rows)

    async def land(self) -> None:
        while self._calls:
            await asyncio.wait(self._calls)
        self.lane.pace.pop(IN_THE_AIR_MARK, None)
        if self._ended_at is not None:
            since = self.tools.clock.monotonic() - self._ended_at
            self.lane.pace["last"] = self.tools.clock.now().timestamp() - since
        await super().land()

    def _heed_share(self) -> None:
        share = self.lane.share(official=self.official, now=self.tools.clock.now())
        self._rate = eased_rate(self.lane.throughput or DEFAULT_RATE, share)
        self._rests_until = share.rest_until

    @property
    def _campaigns_rest_until(self) -> float:
        """POSIX seconds: outside its hours, for its health, or because its provider lets it begin no conversations."""
        opens = self.lane.open.opens_at(self.tools.clock.now().timestamp())
        return max(self._rests_until, self.lane.answers_only_until, opens)

    async def _follow_share(self, monotonic: float) -> None:
        """Its health may have changed what it may use, while it has been running here."""
        if monotonic - self._share_at < SHARE_SECONDS:
            return
        self._share_at = monotonic
        await self.lane.look_at_growth(self.tools.pool)
        self._heed_share()
        self._throughput.rate = self._rate

    # -- steps ---------------------------------------------------------------------------------------------------------

    async def _recent_pairs(self) -> PairLimit:
        since = self.tools.clock.now() - PAIR_MEMORY
        if float(self.lane.pace.get("last", 0.0)) < since.timestamp():
            return PairLimit()
        async with self.tools.pool.connection() as connection:
            cursor = await connection.execute(
                statement("qafila.dispatch", "recent_sends"),
                {"sender": self.lane.sender_id, "since": since, "arriving": self._arriving_until},
            )
            return PairLimit([(contact, at.timestamp()) for contact, at in await cursor.fetchall()])

    async def _idle(self, waiting: list[Waiting]) -> bool:
        """Nothing is due now. True: look again; False: let go of the lane until :attr:`due`."""
        if self._calls and not self._changed:
            self._landed.clear()
            await self._landed.wait()
        if self._calls or self._changed:
            self._changed = False
            await self.tools.recorder.settled()
            return True
        now = self.tools.clock.now()
        due = self.next_due(waiting)
        for held in (
            self._replies_only_until - self.tools.clock.monotonic(),
            self._campaigns_rest_until - now.timestamp(),
        ):
            if held > 0:
                due = min(due or now + timedelta(seconds=held), now + timedelta(seconds=held))
        if due is None or (due - now).total_seconds() > MOMENT_SECONDS:
            self.due = due
            return False
        await self.doze(min((due - now).total_seconds(), LOOK_AGAIN_SECONDS))
        return True

    async def _room(self) -> int:
        """How many may be claimed now: places in the air (a good part of them, so that a claim is worth its cost),
        throughput, the worker's own limit. Takes them; 0 after having waited a little."""
        tools, monotonic = self.tools, self.tools.clock.monotonic()
        if monotonic < self._backoff.until:
            await self.doze(min(self._backoff.until - monotonic, 1.0))
            return 0
        most = 1 if self.silence.probing(self.lane.pace) else CHUNK
        free = IN_THE_AIR - len(self._calls) if most > 1 else 1 - len(self._calls)
        if free < most and self._calls:
            self._landed.clear()
            await self._landed.wait()
            return 0
        self._throughput.rate = max(1, int(self._rate * self._backoff.share(monotonic)))
        allowed = self._throughput.allowed(monotonic)
        if allowed <= 0:
            await self._throughput_frees(monotonic)
            return 0
        n = tools.slots.take(min(free, most, allowed))
        if n == 0:
            await tools.slots.some()
        return n

    async def _throughput_frees(self, monotonic: float) -> None:
        seconds = self._throughput.free_in(monotonic)
        if seconds is None:  # all of the last second is still unanswered
            self._landed.clear()
            await self._landed.wait()
        else:
            await self.doze(seconds)

    async def _claim(self, choice: Waiting, n: int) -> list[Claimed]:
        tools, clock = self.tools, self.tools.clock
        now = clock.now()
        self.lane.pace["last"] = now.timestamp()
        self.lane.pace[IN_THE_AIR_MARK] = True
        self.lane.pace[SLOWEST_MARK] = round(self._slowest_now(clock.monotonic()), 3)
        self._throughput.begin(n)
        rows: list[Claimed] = []
        try:
            rows = await self.lane.claim(tools.pool, choice, n=n, now=now, monotonic=clock.monotonic())
        finally:
            unused = n - len(rows)
            self._throughput.unused(unused)
            tools.slots.give(unused)
        return rows

    def _slowest_now(self, monotonic: float) -> float:
        """Seconds; a call that is not answered yet counts with its age."""
        oldest = next(iter(self._calls.values()), monotonic)
        return max(self._slowest.now(monotonic), monotonic - oldest)

    def _begin(self, choice: Waiting, rows: list[Claimed]) -> None:
        """Everything claimed starts at once, or is held by a gate."""
        held, now, claimed_at = 0, self.tools.clock.now(), self.tools.clock.monotonic()
        self.lane.begun.update(row.id for row in rows)
        for row in rows:
            if self._passes(choice, row, now):
                if row.contact_id is not None:
                    self._pairs.begun(row.contact_id)
                call = asyncio.create_task(self._call(choice, row, claimed_at))
                self._calls[call] = claimed_at
                call.add_done_callback(self._ended)
            else:
                held += 1
                self._changed = True
                self.lane.begun.discard(row.id)
        self._throughput.unused(held)
        self.tools.slots.give(held)

    def _passes(self, choice: Waiting, row: Claimed, moment: datetime) -> bool:
        now = moment.timestamp()
        free_at = 0.0
        place = self._reserved.pop(row.id, None)
        if row.contact_id is not None and place is None:
            free_at = self._pairs.free_at(row.contact_id, reply=choice.reply)
        if row.contact_id is not None and not choice.reply and self._pairs.unanswered(row.contact_id):
            free_at, place = max(free_at, now + GAP_SECONDS + PAIR_MARGIN), None
        passes = self.tools.caller.gate(
            self.lane, choice, row, official=self.official, pair_free_at=free_at, now=moment
        )
        if row.contact_id is not None and place is None:
            if passes:
                self._pairs.sent(row.contact_id, now)
            elif free_at > now:
                self._reserved[row.id] = free_at
                self._pairs.sent(row.contact_id, free_at)
        return passes

    async def _call(self, choice: Waiting, row: Claimed, claimed_at: float) -> None:
        ended, began = PASSED, self.tools.clock.monotonic()
        try:
            ended = await self.tools.caller.call(
                self.lane, self.connection, choice, row, claimed_at=claimed_at
            )
        finally:
            self.lane.begun.discard(row.id)
            if row.contact_id is not None:
                self._pairs.ended(row.contact_id)
            self._changed = True
            self._ended_at = self.tools.clock.monotonic()
            self._throughput.answered(self._ended_at)
            self._slowest.took(self._ended_at - began, self._ended_at)
            self.tools.slots.give(1)
        if row.contact_id is not None:
            if ended.unsent:
                self._pairs.unsent(row.contact_id)
            else:
                self._pairs.arrived(row.contact_id, self.tools.clock.now().timestamp())
        if ended.consequence is Consequence.SLOW_SENDER:
            self._backoff.throttled(self.tools.clock.monotonic(), asked=ended.wait)
        elif "rests" in self.lane.pace and not self.closed and ended.called and not ended.code:
            del self.lane.pace["rests"]  # it sends again: the next rest is a first one
        action = self.take_consequence(ended, choice)
        if action is not None:
            await action

    def _ended(self, call: asyncio.Task[None]) -> None:
        self._calls.pop(call, None)
        self._landed.set()
        if not call.cancelled() and (error := call.exception()) is not None:
            log.error("a call ended by a fault of ours", exc_info=error)
