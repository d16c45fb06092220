"""A lane of a phone-linked number: one message after the other, at the pace of a person."""

from __future__ import annotations

import logging

from qafila.dispatch.calling import Connection, Ended
from qafila.dispatch.lane import Lane, PortfolioFull, Waiting
from qafila.dispatch.lane_runner import (
    MOMENT_SECONDS,
    LaneRunner,
    Tools,
    at,
    turn,
)
from qafila.dispatch.rules import human_pace
from qafila.dispatch.rules.adaptive_pace import eased
from qafila.dispatch.rules.human_pace import HumanPolicy, HumanState
from qafila.dispatch.rules.official_pace import Backoff
from qafila.dispatch.rules.outcomes import Consequence
from qafila.ledger.states import Target
from qafila.providers.interface import ProviderError

log = logging.getLogger(__name__)

DAY_SECONDS = 86_400.0
EMPTY_HANDED_SECONDS = 0.2
NO_PACE_SECONDS = 1.0
"""About what a message takes a number whose own pace is off."""


class PhoneLane(LaneRunner):
    """See the module. With ``use_limits`` off only our own pace is off; one message at a time it stays.

    While WhatsApp lets the number begin no new conversations (``rules.time_lock``), and outside its hours, it answers, at the same
    pace.
    """

    official = False

    def __init__(
        self, lane: Lane, connection: Connection, tools: Tools, policy: HumanPolicy | None = None
    ) -> None:
        super().__init__(lane, connection, tools)
        self._policy = policy or HumanPolicy()
        self._backoff = Backoff()
        self._last_batch = 0

    async def work(self) -> None:
        tools, lane, clock = self.tools, self.lane, self.tools.clock
        while not self.closed and not lane.lost and not tools.stopping.is_set():
            if 0.0 < lane.answers_only_until <= clock.now().timestamp():
                self.due = clock.now()  # the rest is over: it is taken anew, to send everything
                return
            waiting = await lane.outlook(tools.pool)
            if lane.answers_only_until:
                waiting = _answers(waiting)
            elif self._campaigns_wait_until():
                waiting = [one for one in waiting if one.reply]
            choice = turn(waiting, clock.now(), self._last_batch)
            if choice is None:
                if not await self._wait_for_due(waiting):
                    return
                continue
            planned = await self._at_its_pace(choice, waiting)
            if planned is None:
                return
            if self.closed or lane.lost or tools.stopping.is_set():
                continue
            await self._send_one(choice, planned)

    async def _wait_for_due(self, waiting: list[Waiting]) -> bool:
        """Nothing is due. True: it soon will be, look again; False: let go of the lane."""
        due = self.next_due(waiting)
        if wait_until := self._campaigns_wait_until():
            due = min(due or at(wait_until), at(wait_until))
        now = self.tools.clock.now()
        if due is None or (due - now).total_seconds() > MOMENT_SECONDS:
            self.due = due
            return False
        await self.doze((due - now).total_seconds())
        return True

    def _campaigns_wait_until(self) -> float:
        """POSIX seconds: outside its hours, for its health, or because it may begin no conversations; 0: they need not wait."""
        if self.lane.answers_only_until:
            return self.lane.answers_only_until
        now = self.tools.clock.now()
        share = self.lane.share(official=self.official, now=now)
        return max(share.rest_until, self.lane.open.opens_at(now.timestamp()))

    async def _at_its_pace(self, choice: Waiting, waiting: list[Waiting]) -> float | None:
        """Waits as a person would, then types. Nothing is claimed meanwhile: a pause or a STOP still counts.

        :param waiting: all that the choice was made of.
        :returns: the planned moment of sending (POSIX seconds), or None: longer than a moment, let go of the lane.
        """
        begin, planned = await self._plan(choice)
        if planned == 0.0:
            return None
        hours, now = self.lane.open, self.tools.clock.now().timestamp()
        if not choice.reply and planned >= (closes := hours.closes_at(now)):
            opens = at(hours.opens_at(closes))
            self.due = min(self.next_due([one for one in waiting if one.reply]) or opens, opens)
            return None
        if self.lane.use_limits:
            await self._until(begin)
            await self._show_typing(choice)
            await self._until(planned)
        return planned

    async def _plan(self, choice: Waiting) -> tuple[float, float]:
        """When it begins to type and when it sends, in POSIX seconds; without a pace of its own as soon as it may. Zeros: that is
        longer than a moment away."""
        clock, rng = self.tools.clock, self.tools.rng
        slow = self._backoff.until - clock.monotonic()
        if not self.lane.use_limits:
            await self.doze(slow)
        now = clock.now().timestamp()
        if not self.lane.use_limits:
            return now, now
        share = self.lane.share(official=self.official, now=clock.now())
        policy = eased(self._policy, share)
        state = HumanState.read(self.lane.pace)
        # A clock that was set back must not make one rest of a whole hour.
        state.free_at = min(state.free_at, now + policy.rest[1])
        age_days = (now - self.lane.in_use_since.timestamp()) / DAY_SECONDS
        free_at, _ = human_pace.free_at(policy, state, age_days=age_days, now=now)
        free_at = max(free_at, now + slow)
        if free_at - now > MOMENT_SECONDS:
            self.due = at(free_at)
            return 0.0, 0.0
        begin = free_at + human_pace.reaction_seconds(policy, rng)
        return begin, begin + human_pace.typing_seconds(policy, choice.length, rng)

    async def _until(self, posix_seconds: float) -> None:
        await self.doze(posix_seconds - self.tools.clock.now().timestamp())

    async def _show_typing(self, choice: Waiting) -> None:
        provider = self.connection.provider
        if not provider.capabilities.typing or self.closed:
            return
        try:
            await provider.typing(self.connection.credentials, choice.address)
        except ProviderError as error:
            log.debug("typing was not shown", extra={"code": error.code})

    async def _send_one(self, choice: Waiting, planned: float) -> None:
        tools, lane, clock = self.tools, self.lane, self.tools.clock
        now = clock.now()
        before = lane.pace
        policy = eased(self._policy, lane.share(official=self.official, now=now))
        state = human_pace.after_send(policy, HumanState.read(before), at=now.timestamp(), rng=tools.rng)
        lane.pace = {**before, **state.kept()}
        try:
            rows = await lane.claim(tools.pool, choice, n=1, now=now, monotonic=clock.monotonic())
        except PortfolioFull as full:
            self.closed, self.due, lane.pace = True, full.until, before
            return
        if not rows:
            lane.pace = before  # the slot was not used
            await self.doze(EMPTY_HANDED_SECONDS)
            return
        self._last_batch = choice.batch_id
        row = rows[0]
        natural = max(0.0, state.free_at - now.timestamp()) if lane.use_limits else NO_PACE_SECONDS
        lane.took(choice, rows, seconds=natural, now=now)
        lane.begun.add(row.id)
        try:
            if not tools.caller.gate(
                lane, choice, row, official=self.official, pair_free_at=0.0, now=clock.now()
            ):
                await tools.recorder.settled()
                return
            tools.observe("send_lag", abs(clock.now().timestamp() - planned))
            ended = await tools.caller.call(lane, self.connection, choice, row, claimed_at=clock.monotonic())
        finally:
            lane.begun.discard(row.id)
        await self._take(ended, choice)

    async def _take(self, ended: Ended, choice: Waiting) -> None:
        if ended.consequence is Consequence.SLOW_SENDER:
            self._backoff.throttled(self.tools.clock.monotonic(), asked=ended.wait)
        elif ended.called and not ended.code and not self.lane.answers_only_until:
            self.lane.pace.pop("rests", None)  # an answer says nothing of new conversations
        action = self.take_consequence(ended, choice)
        if action is not None:
            await action
        if choice.reply and self.closed and self.due is not None:
            # The rest may be one through which answers go on: not this time. A refused one counts against the number.
            self.lane.heed_refusal(self.due.timestamp())
        await self.tools.recorder.settled()


def _answers(waiting: list[Waiting]) -> list[Waiting]:
    """What answers people whom this number knows: what several numbers share is left to the others."""
    return [one for one in waiting if one.reply and (one.addressed or one.target_kind == Target.SENDER)]
