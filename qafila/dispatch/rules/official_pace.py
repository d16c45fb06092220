"""The pace of official (Cloud API) numbers: as fast as the provider allows, and never faster.

The provider counts arrivals in any one second; an arrival lies somewhere between our call and its answer. So a message
may begin only when the one ``rate`` places before it was *answered* at least a second ago: then no second at the provider
can hold more than ``rate``, however unevenly the network carries them.
"""

from __future__ import annotations

import math
from collections import deque

DEFAULT_RATE = 80
SECOND = 1.0
MARGIN = 0.02


class Throughput:
    """A sliding second over answers. Times are monotonic seconds; one owner (the lane) at a time.

    A lane that was taken over knows nothing of the last second: ``busy_until`` lets that second pass first, so the state
    need not be kept.
    """

    __slots__ = ("_answered", "_busy_until", "_open", "rate")

    def __init__(self, rate: int, *, busy_until: float = 0.0) -> None:
        self.rate = rate
        self._busy_until = busy_until
        self._answered: deque[float] = deque()
        self._open = 0

    def allowed(self, now: float) -> int:
        """How many may begin now."""
        if now < self._busy_until:
            return 0
        answered = self._answered
        horizon = now - SECOND - MARGIN
        while answered and answered[0] <= horizon:
            answered.popleft()
        return self.rate - self._open - len(answered)

    def free_in(self, now: float) -> float | None:
        """Seconds until time alone lets one begin; None when only an answer can."""
        if now < self._busy_until:
            return self._busy_until - now
        if self.allowed(now) > 0:
            return 0.0
        return self._answered[0] + SECOND + MARGIN - now if self._answered else None

    def begin(self, count: int) -> None:
        """So many are claimed and about to be called."""
        self._open += count

    def unused(self, count: int) -> None:
        """So many were begun for nothing (the claim came back shorter, or a gate held them)."""
        self._open -= count

    def answered(self, now: float) -> None:
        """One call ended, in whatever way."""
        self._open -= 1
        self._answered.append(now)


AFTER_A_LOSS = 2.0
MOST_AFTER_A_LOSS = 10.0
"""A number is to send again within 15 seconds of whatever happened to its worker or the database (promise 3)."""


def after_a_loss(slowest: float) -> float:
    """Seconds a lane waits that takes over from a lost worker.

    What that worker had in the air may still arrive, and counts into the provider's second, too. How late it arrives shows in
    how long calls took: the provider's second may begin that much after our call, and twice that is waited.

    :param slowest: the slowest call of late, in seconds; 0 where none is known.
    """
    return min(MOST_AFTER_A_LOSS, max(AFTER_A_LOSS, SECOND + MARGIN + 2 * slowest))


class Slowest:
    """The slowest call of late: forgotten by half every 30 s. Times are monotonic seconds."""

    __slots__ = ("_at", "_seconds")

    HALF = 30.0

    def __init__(self, seconds: float, now: float) -> None:
        self._seconds = seconds
        self._at = now

    def took(self, seconds: float, now: float) -> None:
        """Notes a call that ended."""
        self._seconds, self._at = max(seconds, self.now(now)), now

    def now(self, now: float) -> float:
        """What it comes to at this moment, in seconds."""
        return self._seconds * math.exp2((self._at - now) / self.HALF)


CALM = 10.0
LEAST_SHARE = 0.5
CUT = 0.9
REGAINED_A_SECOND = 0.1 / 60


class Backoff:
    """What a lane does after the provider said "too fast": it waits, doubling from 1 s to 60 s, halved by each calm 10 s; and it goes on
    with a tenth less of its rate, which comes back at a tenth a minute.

    The rate has to give way, since what people write to the number counts at the provider, too (providers.md A10), and nobody
    here can see it in time: at the whole rate, waiting alone would end in the same refusal a second later.
    """

    __slots__ = ("_seconds", "_share", "_until")

    def __init__(self) -> None:
        self._seconds = 0.0
        self._share = 1.0
        self._until = 0.0

    def throttled(self, now: float, *, asked: float | None) -> float:
        """Notes one throttling and says until when to wait (monotonic seconds)."""
        if now >= self._until:  # answers of the same burst do not each double it
            calm = max(0.0, now - self._until) if self._until else 0.0
            self._share = max(LEAST_SHARE, self.share(now) * CUT)
            self._seconds = min(60.0, max(1.0, self._seconds * 2 / 2 ** min(calm // CALM, 64)))
        self._until = max(self._until, now + (asked if asked is not None else self._seconds))
        return self._until

    def share(self, now: float) -> float:
        """What of the rate may be used now, :data:`LEAST_SHARE` to 1 (monotonic seconds)."""
        return min(1.0, self._share + max(0.0, now - self._until) * REGAINED_A_SECOND) if self._until else 1.0

    @property
    def until(self) -> float:
        return self._until
