"""What our side can see of a number, as the engine would count it: calls, receipts, STOPs and answers. Never what WhatsApp
thinks: reports, blocks and suspicion are hidden, as in life."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from qafila.dispatch.rules.health import Sums
from qafila.dispatch.rules.normal import LAGS, Cohort, Normal, leaning, learned, together
from qafila.dispatch.rules.traces import ACCEPTED, STEP, Slot, Trace
from qafila.dispatch.simulation.work import DAY
from qafila.providers.failures import Failure

HOUR = 3_600.0
COHORT = 21_600.0
"""Seconds of the calls that are learned from together."""


@dataclass(slots=True)
class _Sum:
    accepted: int = 0
    bounced: int = 0
    arrived: int = 0
    read: int = 0
    expected: float = 0.0
    refused: dict[str, int] = field(default_factory=dict)

    def sums(self, stops: int, replies: int) -> Sums:
        refused = dict(self.refused)
        return Sums(
            self.accepted, refused, self.bounced, self.expected, self.arrived, self.read, stops, replies
        )


@dataclass(slots=True)
class _Cohort:
    calls: int
    accepted: int
    within: list[int]
    unreachable: int
    read: int
    replied: int
    troubled: bool


class Watch:
    """One number's recent past, and what is normal for it."""

    def __init__(self) -> None:
        self.trace = Trace()
        self.own = Normal()
        self.stirred_at = -math.inf
        """When it last called (POSIX seconds)."""
        self._normal, self._shares = Normal(), dict[int, float]()
        self._read: dict[float, int] = {}
        self._stops: deque[float] = deque()
        self._replies: deque[float] = deque()
        self._cohorts: dict[int, _Cohort] = {}
        self._accepted = 0

    @property
    def normal(self) -> Normal:
        """What is normal, leaning on the business's numbers."""
        return self._normal

    @normal.setter
    def normal(self, normal: Normal) -> None:
        self._normal, self._shares = normal, {}

    def called(self, at: float, failure: Failure | None, code: str = "", *, lag: float = math.inf) -> None:
        """A call ended. :param lag: seconds after which a receipt will come, for an accepted one."""
        self.stirred_at = at
        self.trace.call(at, failure or ACCEPTED, code)
        cohort = self._cohort(at)
        cohort.calls += 1
        if failure is Failure.RECIPIENT:
            cohort.unreachable += 1
        if failure is None:
            self._accepted += 1
            cohort.accepted += 1
            for place, bound in enumerate(LAGS):
                if lag <= bound:
                    cohort.within[place] += 1

    def bounced(self, called_at: float) -> None:
        """The receipt says: failed."""
        self.trace.bounced(called_at)
        self._cohort(called_at).unreachable += 1

    def arrived(self, called_at: float, *, read: bool) -> None:
        """The receipt says: delivered (and read)."""
        self.trace.arrived(called_at)
        if read:
            begin = called_at - called_at % STEP
            self._read[begin] = self._read.get(begin, 0) + 1
            self._cohort(called_at).read += 1

    def stopped(self, now: float) -> None:
        """Somebody said STOP to the number."""
        self._stops.append(now)

    def replied(self, now: float) -> None:
        """Somebody answered it."""
        self._replies.append(now)
        self._cohort(now).replied += 1

    def troubled(self, now: float) -> None:
        """What happens now is not to become the normal."""
        self._cohort(now).troubled = True

    def take_accepted(self) -> int:
        """How many calls were accepted since this was last asked."""
        accepted, self._accepted = self._accepted, 0
        return accepted

    def sums(self, now: float) -> tuple[Sums, Sums]:
        """The last hour and the last 24."""
        total, since = _Sum(), now - HOUR
        hour: Sums | None = None
        for slot in reversed(self.trace.slots):
            if slot.at < now - DAY:
                break
            if hour is None and slot.at < since:
                hour = total.sums(_since(self._stops, since), _since(self._replies, since))
            self._add(total, slot, now)
        stops, replies = self._stops, self._replies
        for times in (stops, replies):
            while times and times[0] < now - DAY:
                times.popleft()
        if hour is None:
            hour = total.sums(_since(stops, since), _since(replies, since))
        return hour, total.sums(len(stops), len(replies))

    def learn(self, now: float) -> bool:
        """Learns from what lies more than six hours behind. True: there was something."""
        ripe = [begin for begin in self._cohorts if (begin + 2) * COHORT <= now]
        if ripe:  # now and then: what is older than a day counts nowhere any more
            self._read = {at: count for at, count in self._read.items() if at >= now - DAY - STEP}
        for begin in sorted(ripe):
            one = self._cohorts.pop(begin)
            if not one.troubled:
                within = tuple(one.within)
                cohort = Cohort(one.calls, one.accepted, within, 0, one.unreachable, one.read, one.replied)
                self.own = learned(self.own, cohort)
        return bool(ripe)

    def _add(self, total: _Sum, slot: Slot, now: float) -> None:
        total.accepted += slot.accepted
        total.bounced += slot.bounced
        total.arrived += slot.arrived
        total.read += self._read.get(slot.at, 0)
        total.expected += (slot.accepted - slot.bounced) * self._arrived_by(int((now - slot.at) // STEP))
        for (failure, _), count in slot.refused.items():
            total.refused[failure] = total.refused.get(failure, 0) + count

    def _arrived_by(self, slots: int) -> float:
        """The share that has arrived by now of a slot so many slots ago (by its middle)."""
        share = self._shares.get(slots)
        if share is None:
            share = self._shares[slots] = self._normal.arrived_by(slots * STEP)
        return share

    def _cohort(self, at: float) -> _Cohort:
        begin = int(at // COHORT)
        found = self._cohorts.get(begin)
        if found is None:
            found = self._cohorts[begin] = _Cohort(0, 0, [0] * len(LAGS), 0, 0, 0, False)
        return found


def lean(watches: Sequence[Watch]) -> None:
    """Each number's normal leans on that of all together."""
    business = together([watch.own for watch in watches])
    for watch in watches:
        watch.normal = leaning(watch.own, business)


def _since(times: deque[float], since: float) -> int:
    count = 0
    for at in reversed(times):
        if at < since:
            break
        count += 1
    return count
