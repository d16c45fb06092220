"""How Meta treats official numbers: a rating by what people do, the spam limit, and one portfolio's people in 24 hours."""

from __future__ import annotations

import enum
import math
from collections import deque

from qafila.dispatch.simulation.model import Meta
from qafila.dispatch.simulation.work import DAY

HOUR = 3_600.0
TIERS = (2_000.0, 10_000.0, 100_000.0, math.inf)
WEEK_DAYS = 7
STRIKES_KEPT = 30 * DAY


class Reply(enum.Enum):
    """What becomes of a call, its later receipt included."""

    ACCEPTED = "accepted"
    ABSENT = "131026"
    PERSON_CAPPED = "131049"
    SPAM_LIMITED = "131048"
    OVER_LIMIT = "limit"
    """Beyond the portfolio's people. Meta documents no code for it; modelled as refused for good."""
    DISABLED = "131031"


class Portfolio:
    """The people that all numbers together reach outside a service window, in any 24 hours."""

    def __init__(self, model: Meta) -> None:
        self._model = model
        self.cap = model.first_cap
        self._last: dict[int, float] = {}
        self._order: deque[tuple[float, int]] = deque()
        self._half_used_at: float | None = None

    def room(self, now: float) -> float:
        """How many new people may be reached now."""
        self._forget(now)
        return self.cap - len(self._last)

    def free_at(self) -> float | None:
        """When the oldest of them falls out of the 24 hours; None when nobody was reached."""
        return self._order[0][0] + DAY if self._order else None

    def knows(self, person: int) -> bool:
        """Whether the person counts already."""
        return person in self._last

    def reach(self, person: int, now: float) -> None:
        """A message to the person went out."""
        self._last[person] = now
        self._order.append((now, person))
        if self._half_used_at is None and len(self._last) >= self.cap / 2:
            self._half_used_at = now

    def grow(self, *, healthy: bool, now: float) -> None:
        """The next tier, some hours after half of this one was used with high quality."""
        if not healthy or self._half_used_at is None:
            return
        if now >= self._half_used_at + self._model.upgrade_hours * HOUR:
            self.cap = next((tier for tier in TIERS if tier > self.cap), math.inf)
            self._half_used_at = None

    def _forget(self, now: float) -> None:
        order, last = self._order, self._last
        while order and order[0][0] <= now - DAY:
            at, person = order.popleft()
            if last.get(person) == at:
                del last[person]


class OfficialNumber:
    """One number as Meta sees it. Times are POSIX seconds.

    :param hardness: unused luck of the number: 0 to 1, bears up to twice as many blocks.
    """

    __slots__ = ("_badly", "_model", "_scale", "_sent", "_strikes", "lost_at", "restricted_until")

    def __init__(self, model: Meta, *, hardness: float) -> None:
        self._model, self._scale = model, 1.0 + hardness
        self._sent: dict[int, int] = {}
        self._badly: dict[int, float] = {}
        self._strikes: list[tuple[float, float]] = []
        self.restricted_until, self.lost_at = 0.0, math.inf

    def send(self, person: int, portfolio: Portfolio, *, absent: bool, odd: float, now: float) -> Reply:
        """A template message to a person. :param odd: chance's number for the person's own cap (131049)."""
        model = self._model
        if self.lost_at < math.inf:
            return Reply.DISABLED
        if now < self.restricted_until:
            self._strike(model.insist_cost, now)
            return Reply.DISABLED if self.lost_at < math.inf else Reply.SPAM_LIMITED
        if not portfolio.knows(person) and portfolio.room(now) < 1:
            return Reply.OVER_LIMIT
        if absent:
            return Reply.ABSENT
        if odd < model.capped_person:
            return Reply.PERSON_CAPPED
        day = int(now // DAY)
        self._sent[day] = self._sent.get(day, 0) + 1
        portfolio.reach(person, now)
        return Reply.ACCEPTED

    def blocked(self, now: float, *, reported: bool) -> None:
        """Somebody blocked (or reported) the number."""
        day = int(now // DAY)
        self._badly[day] = self._badly.get(day, 0.0) + (self._model.report_counts if reported else 1.0)
        if self.rating(now) == "RED" and now >= self.restricted_until:
            self.restricted_until = now + self._model.restricted_hours * HOUR
            self._strike(1.0, now)

    def rating(self, now: float) -> str:
        """``GREEN``, ``YELLOW``, ``RED``, or ``UNKNOWN`` while too few were sent in 7 days."""
        today = int(now // DAY)
        week = range(today - WEEK_DAYS + 1, today + 1)
        sent = sum(self._sent.get(day, 0) for day in week)
        if sent < self._model.rated_from:
            return "UNKNOWN"
        share = sum(self._badly.get(day, 0.0) for day in week) / sent / self._scale
        if share >= self._model.red_at:
            return "RED"
        return "YELLOW" if share >= self._model.yellow_at else "GREEN"

    def _strike(self, weight: float, now: float) -> None:
        self._strikes = [(at, w) for at, w in self._strikes if now - at < STRIKES_KEPT]
        self._strikes.append((now, weight))
        if sum(w for _, w in self._strikes) >= self._model.strikes:
            self.lost_at = now
