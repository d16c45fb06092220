"""The virtual clock and the books that both kinds of number share: a heap of things to happen, each at its own moment."""

from __future__ import annotations

import enum
import heapq
import itertools
import math
from collections.abc import Callable
from typing import Any

from qafila.dispatch.rules import gates
from qafila.dispatch.rules.gates import Facts, Skip
from qafila.dispatch.simulation.model import Model
from qafila.dispatch.simulation.outcome import Outcome
from qafila.dispatch.simulation.people import Crowd, Deed
from qafila.dispatch.simulation.policies import Policy
from qafila.dispatch.simulation.work import DAY, START, Fates, Queue

HOUR = 3_600.0
ROUND_SECONDS = 900.0
"""How often ours looks at each number. The worker does it each minute; a quarter of an hour costs a fifteenth."""


class End(enum.IntEnum):
    """How far a message came."""

    LEFT = 0
    ON_ITS_WAY = 1
    DELIVERED = 2
    FAILED = 3
    SKIPPED = 4


class Run:
    """One month of one policy. Subclasses know what a number is.

    :param fates: what chance will do, shared by all policies.
    :param record: keep every send as (POSIX seconds, number, person), for those who check the limits.
    """

    def __init__(
        self, model: Model, fates: Fates, policy: Policy, *, days: float, numbers: int, record: bool = False
    ) -> None:
        self.model, self.fates, self.policy = model, fates, policy
        self.numbers, self.until = numbers, START + days * DAY
        self.crowd = Crowd(model.people, fates)
        self.queue = Queue(model.work, fates, numbers)
        self.now = START
        self.ends = bytearray(fates.messages)
        self.sends: list[tuple[float, int, int]] | None = [] if record else None
        self.rests = 0
        self._settled, self._finished = 0, math.inf
        self._heap: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = itertools.count()

    def at(self, when: float, deed: Callable[..., None], *arguments: Any) -> None:
        """Something will happen then (never in the past; not at all after the end)."""
        when = max(when, self.now)
        if when <= self.until:
            heapq.heappush(self._heap, (when, next(self._order), deed, arguments))

    def go(self) -> Outcome:
        """Runs to the end of the month, or until nothing can happen any more."""
        self.begin()
        self.at(START, self._arrivals)
        heap = self._heap
        while heap:
            self.now, _, deed, arguments = heapq.heappop(heap)
            deed(*arguments)
        return self._outcome()

    # What a kind of number has to say.

    def begin(self) -> None:
        """Puts the first things on the clock."""
        raise NotImplementedError

    def wake(self) -> None:
        """There is something to take: whoever was idle looks again."""
        raise NotImplementedError

    def heard(self, deed: Deed, person: int, number: int) -> None:
        """Somebody did something to a number."""
        raise NotImplementedError

    def arrived(self, message: int, number: int, sent_at: float) -> None:
        """The receipt of a message came."""
        raise NotImplementedError

    def lost_on(self) -> tuple[float, ...]:
        """The moments at which numbers were lost."""
        raise NotImplementedError

    # Books.

    def skipped_by_a_gate(self, message: int, person: int, *, official: bool) -> bool:
        """Asks the engine's gates; whoever said STOP is not written to."""
        facts = Facts(
            opted_out=person in self.crowd.stopped,
            reply=False,
            free_text=not official,
            official=official,
            last_inbound=None,
            pair_free_at=0.0,
        )
        if not isinstance(gates.ask(facts, self.now), Skip):
            return False
        self.settle(message, End.SKIPPED)
        return True

    def accepted(self, message: int, person: int, number: int) -> float:
        """A message is on its way; people will do what they do. Returns the seconds until its receipt (inf: never)."""
        self.queue.wrote(number, message)
        if self.crowd.has_blocked(person, number):
            self.settle(message, End.FAILED)
            return math.inf
        lag = self.crowd.phone_on_after(message)
        self.settle(message, End.ON_ITS_WAY)
        self.at(self.now + lag, self._delivered, message, person, number, self.now)
        return lag

    def settle(self, message: int, end: End) -> None:
        """The message has left the queue for good."""
        self.ends[message] = end
        self._settled += 1
        if self._settled == self.fates.messages:
            self._finished = self.now

    def _delivered(self, message: int, person: int, number: int, sent_at: float) -> None:
        self.ends[message] = End.DELIVERED
        self.arrived(message, number, sent_at)
        deed, when = self.crowd.answer(message, person, self.now)
        if deed is not Deed.NOTHING:
            self.at(when, self._done, deed, person, number)

    def _done(self, deed: Deed, person: int, number: int) -> None:
        self.crowd.did(deed, person, number)
        self.heard(deed, person, number)

    def _arrivals(self) -> None:
        self.wake()
        coming = self.queue.next_arrival()
        if coming is not None:
            # Whoever takes moves this on; one look a day is enough.
            self.at(coming if coming > self.now else self.now + HOUR, self._arrivals)

    def _outcome(self) -> Outcome:
        ends, told = self.ends, self.crowd.told
        lost_on = tuple(sorted((at - START) / DAY for at in self.lost_on()))
        return Outcome(
            policy=self.policy.value,
            messages=len(ends),
            delivered=ends.count(End.DELIVERED),
            failed=ends.count(End.FAILED),
            skipped=ends.count(End.SKIPPED),
            left=ends.count(End.LEFT) + ends.count(End.ON_ITS_WAY),
            blocks=told.blocks,
            reports=told.reports,
            stops=told.stops,
            replies=told.replies,
            numbers=self.numbers,
            lost=len(lost_on),
            lost_on=tuple(round(day, 2) for day in lost_on),
            finished=(self._finished - START) / DAY if self._finished < math.inf else None,
            rests=self.rests,
        )
