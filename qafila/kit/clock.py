"""Where the time comes from: one Protocol, the real clock, and one that moves only when told.

Rules never take a clock, they take ``now``. A clock is for the loops at the edge: lanes, workers, tests, the forecast.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits. All times are aware and in UTC; all durations are seconds."""

    def now(self) -> datetime:
        """The wall-clock time, aware, in UTC. May jump when an administrator sets the machine's clock."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start that never go back: for durations and deadlines inside one process."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits; a value of zero or less only yields to other tasks."""
        ...

    async def sleep_until(self, when: datetime) -> None:
        """Waits until the wall clock shows ``when`` (aware); returns at once if that is past."""
        ...


def require_aware(when: datetime) -> datetime:
    """Returns ``when`` in UTC. Raises ``ValueError`` for a datetime without a time zone."""
    if when.tzinfo is None or when.utcoffset() is None:
        raise ValueError("A time without a time zone was given where an aware one is needed.")
    return when.astimezone(UTC)


_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", None)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """See :class:`Clock`."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See :class:`Clock`. Goes on while the machine sleeps, where the system has such a clock (Linux): who wakes must know
        that a lease is over. A virtual machine that its host stood still does not notice."""
        return time.monotonic() if _BOOTTIME is None else time.clock_gettime(_BOOTTIME)

    async def sleep(self, seconds: float) -> None:
        """See :class:`Clock`."""
        await asyncio.sleep(max(0.0, seconds))

    async def sleep_until(self, when: datetime) -> None:
        """See :class:`Clock`. Wakes at least once a minute to look again, so that a corrected wall clock is followed."""
        target = require_aware(when)
        while (left := (target - self.now()).total_seconds()) > 0:
            await asyncio.sleep(min(left, 60.0))


class VirtualClock:
    """A clock that stands still until it is moved: deterministic, and a month takes no time.

    Plain code (the forecast) calls :meth:`set` or :meth:`move`. Async code under test sleeps on it; the test calls
    :meth:`advance`, which wakes the sleepers in the order of their deadlines, each at exactly its own time.

    :param start: the first ``now()``, aware.
    """

    SETTLE_ROUNDS = 50
    """How often :meth:`advance` yields after each wake, so that chains of awaits run before time moves on."""

    def __init__(self, start: datetime) -> None:
        self._start = require_aware(start)
        self._now = self._start
        self._order = itertools.count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._arrivals: list[tuple[int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """See :class:`Clock`."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since the start of this clock."""
        return (self._now - self._start).total_seconds()

    @property
    def sleepers(self) -> int:
        """How many tasks are asleep on this clock."""
        return sum(not future.done() for _, _, future in self._sleepers)

    @property
    def next_wake(self) -> datetime | None:
        """The earliest deadline somebody sleeps for, or None."""
        return min((when for when, _, future in self._sleepers if not future.done()), default=None)

    def set(self, when: datetime) -> None:
        """Moves the time to ``when`` and wakes whoever is due. Raises ``ValueError`` if that is in the past."""
        target = require_aware(when)
        if target < self._now:
            raise ValueError("A virtual clock does not go back.")
        self._now = target
        while self._sleepers and self._sleepers[0][0] <= target:
            _, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)

    def move(self, seconds: float) -> None:
        """Moves the time on by some seconds, as :meth:`set` does."""
        self.set(self._now + timedelta(seconds=seconds))

    async def sleep(self, seconds: float) -> None:
        """See :class:`Clock`."""
        await self.sleep_until(self._now + timedelta(seconds=max(0.0, seconds)))

    async def sleep_until(self, when: datetime) -> None:
        """See :class:`Clock`."""
        target = require_aware(when)
        if target <= self._now:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (target, next(self._order), future))
        self._tell_arrivals()
        await future

    async def wait_for_sleepers(self, count: int) -> None:
        """Returns when at least ``count`` tasks sleep on this clock: the signal a test waits for."""
        if self.sleepers >= count:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrivals.append((count, future))
        await future

    async def advance(self, seconds: float) -> None:
        """Moves on by some seconds, stopping at every deadline on the way and letting the woken tasks run there.

        Tasks that wait for something real (a socket, a thread) are not waited for.
        """
        target = self._now + timedelta(seconds=seconds)
        await self._settle()
        while (wake := self.next_wake) is not None and wake <= target:
            self.set(max(wake, self._now))
            await self._settle()
        self.set(target)
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(self.SETTLE_ROUNDS):
            await asyncio.sleep(0)

    def _tell_arrivals(self) -> None:
        asleep = self.sleepers
        for wanted, future in self._arrivals:
            if wanted <= asleep and not future.done():
                future.set_result(None)
        self._arrivals = [entry for entry in self._arrivals if not entry[1].done()]
