"""What a number's calls came to, as block detection and health look at it: sums by a few minutes, and the run of failures
since the last acceptance.

The engine counts them in the database (``dispatch.health_facts``); :class:`Trace` counts the same call by call, for the
simulator and for labelled traces.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qafila.providers.failures import Failure

STEP = 300.0
"""Seconds of a slot."""
KEPT = 86_400.0
ACCEPTED = "accepted"

Ended = tuple[str, str]
"""How a call ended that was not accepted: a value of ``providers.failures.Failure``, and the provider's code."""


@dataclass(slots=True)
class Slot:
    """A few minutes of one number (or of several together). Times are POSIX seconds.

    :ivar at: when it begins.
    :ivar refused: calls that were not accepted, by class and code.
    :ivar arrived: of the accepted, those that have a receipt (delivered or read) by now.
    :ivar bounced: of the accepted, those that the provider reported as failed afterwards.
    """

    at: float
    accepted: int = 0
    refused: dict[Ended, int] = field(default_factory=dict)
    arrived: int = 0
    bounced: int = 0

    @property
    def calls(self) -> int:
        """All calls with an outcome."""
        return self.accepted + sum(self.refused.values())

    def of(self, *failures: str) -> int:
        """Calls that ended in one of these classes."""
        return sum(count for (failure, _), count in self.refused.items() if failure in failures)


@dataclass(frozen=True, slots=True)
class Streak:
    """The calls since the last one that was accepted (or since the trace begins).

    :ivar mix: how they ended, with how many. :ivar firsts: when the first of each kind began.
    :ivar until: when the last of all began; None without any.
    """

    mix: Mapping[Ended, int] = field(default_factory=dict)
    firsts: Mapping[Ended, float] = field(default_factory=dict)
    until: float | None = None

    def worst(self, *failures: str) -> tuple[str, int, float] | None:
        """The most frequent code among calls that ended in one of these classes, how many those are, and when they began;
        None without any."""
        found = [ended for ended in self.mix if ended[0] in failures]
        if not found:
            return None
        code = max(found, key=lambda ended: self.mix[ended])[1]
        return code, self.of(*failures), min(self.firsts[ended] for ended in found)

    def of(self, *failures: str) -> int:
        """How many ended in one of these classes."""
        return sum(count for (failure, _), count in self.mix.items() if failure in failures)


VAGUE = (Failure.TEMPORARY, Failure.UNKNOWN)
"""Classes that name no cause: it may be the number, the provider or the line between."""


class Trace:
    """Counts one number's calls of the last day.

    :param step: seconds of a slot. :param kept: seconds after which a slot is forgotten.
    """

    def __init__(self, *, step: float = STEP, kept: float = KEPT) -> None:
        self.step, self.kept = step, kept
        self._slots: deque[Slot] = deque()
        self._mix: dict[Ended, int] = {}
        self._firsts: dict[Ended, float] = {}
        self._until: float | None = None

    def call(self, at: float, outcome: str, code: str = "") -> None:
        """One call that began at a moment (not before the one before it) and ended so."""
        slot = self._slot(at)
        if outcome == ACCEPTED:
            slot.accepted += 1
            self._mix, self._firsts, self._until = {}, {}, None
            return
        ended = (str(outcome), code)
        slot.refused[ended] = slot.refused.get(ended, 0) + 1
        self._mix[ended] = self._mix.get(ended, 0) + 1
        self._firsts.setdefault(ended, at)
        self._until = at

    def arrived(self, called_at: float) -> None:
        """A message that was accepted at that moment has its first receipt."""
        if (slot := self._find(called_at)) is not None:
            slot.arrived += 1

    def bounced(self, called_at: float) -> None:
        """A message that was accepted at that moment was reported as failed afterwards."""
        if (slot := self._find(called_at)) is not None:
            slot.bounced += 1

    @property
    def slots(self) -> Sequence[Slot]:
        """The slots with calls, oldest first."""
        return self._slots

    @property
    def streak(self) -> Streak:
        """The calls since the last acceptance."""
        return Streak(dict(self._mix), dict(self._firsts), self._until)

    def _slot(self, at: float) -> Slot:
        begin = at - at % self.step
        if not self._slots or self._slots[-1].at < begin:
            self._slots.append(Slot(begin))
            while self._slots[0].at < begin - self.kept:
                self._slots.popleft()
        return self._slots[-1]

    def _find(self, at: float) -> Slot | None:
        begin = at - at % self.step
        return next((slot for slot in reversed(self._slots) if slot.at == begin), None)


def merged(several: Sequence[Sequence[Slot]]) -> list[Slot]:
    """The slots of several numbers as if they were one; all must have the same step."""
    sums: dict[float, Slot] = {}
    for slots in several:
        for slot in slots:
            total = sums.setdefault(slot.at, Slot(slot.at))
            total.accepted += slot.accepted
            total.arrived += slot.arrived
            total.bounced += slot.bounced
            for ended, count in slot.refused.items():
                total.refused[ended] = total.refused.get(ended, 0) + count
    return [sums[at] for at in sorted(sums)]


def without(total: Sequence[Slot], own: Sequence[Slot]) -> list[Slot]:
    """What remains of a sum (:func:`merged`) when one that is in it is taken out; slots where nothing remains are left out."""
    mine = {slot.at: slot for slot in own}
    found: list[Slot] = []
    for slot in total:
        gone = mine.get(slot.at)
        if gone is None:
            found.append(slot)
            continue
        refused = {
            ended: count - gone.refused.get(ended, 0)
            for ended, count in slot.refused.items()
            if count > gone.refused.get(ended, 0)
        }
        rest = Slot(
            slot.at,
            slot.accepted - gone.accepted,
            refused,
            slot.arrived - gone.arrived,
            slot.bounced - gone.bounced,
        )
        if rest.calls:
            found.append(rest)
    return found
