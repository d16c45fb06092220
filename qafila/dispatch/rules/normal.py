"""What is normal for a number: how soon receipts come after an acceptance, how often calls fail, how many people read and
answer. Learned from its own past, leaning on its business's while little is known, and on a cautious guess before that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LAGS = (60.0, 300.0, 900.0, 3600.0, 21600.0)
"""Seconds after the acceptance at which the share of arrived messages is kept."""
GUESS = (0.25, 0.45, 0.55, 0.68, 0.80)
"""Before anything is known, on the low side: phones are off at night, and about one in five never answers."""
LEAN = 50.0
"""So many messages of one's own weigh as much as what others taught."""
MEMORY = 2000.0
"""A number's own past counts for at most so many messages, so that a lasting change becomes the normal within days."""


@dataclass(frozen=True, slots=True)
class Normal:
    """Shares from 0 to 1.

    :ivar samples: how many accepted messages it was learned from (fading).
    :ivar within: the share that had arrived (delivered or read) by each of :data:`LAGS`.
    :ivar failing: of all calls, those that ended without a clear answer (``temporary``, ``unknown``).
    :ivar unreachable: of all calls, those that failed for the person's sake (``recipient``).
    :ivar read: of the delivered messages, those that were read within six hours.
    :ivar replied: of the delivered messages, those after which the person wrote.
    """

    samples: float = 0.0
    within: tuple[float, ...] = GUESS
    failing: float = 0.03
    unreachable: float = 0.08
    read: float = 0.5
    replied: float = 0.05

    def arrived_by(self, age: float) -> float:
        """The share of messages that normally have arrived at so many seconds after their acceptance."""
        if age <= 0:
            return 0.0
        if age <= LAGS[0]:
            return self.within[0] * age / LAGS[0]
        for (before, low), (after, high) in zip(
            zip(LAGS, self.within, strict=True), zip(LAGS[1:], self.within[1:], strict=True), strict=False
        ):
            if age <= after:
                return low + (high - low) * math.log(age / before) / math.log(after / before)
        return self.within[-1]

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "samples": round(self.samples, 1),
            "within": [round(share, 4) for share in self.within],
            "failing": round(self.failing, 4),
            "unreachable": round(self.unreachable, 4),
            "read": round(self.read, 4),
            "replied": round(self.replied, 4),
        }

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any] | None) -> Normal:
        """From what :meth:`kept` gave; anything else is the guess."""
        if not kept or len(kept.get("within", ())) != len(LAGS):
            return cls()
        return cls(
            samples=float(kept["samples"]),
            within=tuple(float(share) for share in kept["within"]),
            failing=float(kept["failing"]),
            unreachable=float(kept["unreachable"]),
            read=float(kept["read"]),
            replied=float(kept["replied"]),
        )


@dataclass(frozen=True, slots=True)
class Cohort:
    """What became of the messages of a while, looked at once nothing more is expected of them (after six hours).

    :ivar within: how many had arrived by each of :data:`LAGS`.
    """

    calls: int
    accepted: int
    within: tuple[int, ...]
    failing: int = 0
    unreachable: int = 0
    read: int = 0
    replied: int = 0


def learned(normal: Normal, cohort: Cohort) -> Normal:
    """With one more cohort. The caller leaves out cohorts of a time of trouble: an illness is not to become the normal."""
    if cohort.accepted <= 0:
        return normal
    kept = min(normal.samples, MEMORY)
    weight = cohort.accepted / (kept + cohort.accepted) if kept else 1.0

    def towards(old: float, count: float, of: float) -> float:
        return old + (min(1.0, count / of) - old) * weight if of > 0 else old

    delivered = cohort.within[-1]
    return Normal(
        samples=min(MEMORY, normal.samples + cohort.accepted),
        within=tuple(
            towards(old, count, cohort.accepted)
            for old, count in zip(normal.within, cohort.within, strict=True)
        ),
        failing=towards(normal.failing, cohort.failing, cohort.calls),
        unreachable=towards(normal.unreachable, cohort.unreachable, cohort.calls),
        read=towards(normal.read, cohort.read, delivered),
        replied=towards(normal.replied, cohort.replied, delivered),
    )


def leaning(own: Normal, others: Normal) -> Normal:
    """A number's own normal, leaning on that of its business as long as little of its own is known."""
    if others.samples <= 0:
        others = Normal()
    trust = own.samples / (own.samples + LEAN)

    def between(mine: float, theirs: float) -> float:
        return trust * mine + (1 - trust) * theirs

    return Normal(
        samples=own.samples,
        within=tuple(between(a, b) for a, b in zip(own.within, others.within, strict=True)),
        failing=between(own.failing, others.failing),
        unreachable=between(own.unreachable, others.unreachable),
        read=between(own.read, others.read),
        replied=between(own.replied, others.replied),
    )


def together(normals: Sequence[Normal]) -> Normal:
    """The normal of a business: that of its numbers, each by what it was learned from."""
    known = [one for one in normals if one.samples > 0]
    total = sum(one.samples for one in known)
    if not known:
        return Normal()

    def mean(values: Sequence[float]) -> float:
        return sum(value * one.samples for value, one in zip(values, known, strict=True)) / total

    return Normal(
        samples=total,
        within=tuple(mean([one.within[i] for one in known]) for i in range(len(LAGS))),
        failing=mean([one.failing for one in known]),
        unreachable=mean([one.unreachable for one in known]),
        read=mean([one.read for one in known]),
        replied=mean([one.replied for one in known]),
    )
