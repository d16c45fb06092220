"""How WhatsApp treats one phone-linked number: it keeps a suspicion, locks new chats, and bans. No ban is ever lifted."""

from __future__ import annotations

import enum
import math
from collections import deque

from qafila.dispatch.simulation.model import WhatsApp
from qafila.dispatch.simulation.work import DAY

HOUR = 3_600.0
PEOPLE_TYPE = 20
"""Messages a minute beyond which no person types."""
COMFORT = ((0.0, 50.0), (2.0, 200.0), (5.0, 500.0), (10.0, 1000.0))
"""(age in days, new chats a day that pass unnoticed). [effess] warm-up steps; free from day 11, bounded here."""


class Answer(enum.Enum):
    """What becomes of a call."""

    ACCEPTED = "accepted"
    ABSENT = "absent"
    LOCKED = "463"
    CAPPED = "capped"
    BANNED = "banned"


class Account:
    """One number as WhatsApp sees it. Times are POSIX seconds.

    :param since: when the number was first used.
    :param hardness: 0 (the most fragile) to 1: bears up to twice as much.
    """

    __slots__ = (
        "_alike",
        "_alike_hour",
        "_chats",
        "_day",
        "_friends",
        "_known",
        "_lately",
        "_model",
        "_raised_at",
        "_suspicion",
        "ban_at",
        "banned_at",
        "locked_until",
        "locks",
        "since",
    )

    def __init__(self, model: WhatsApp, *, since: float, hardness: float) -> None:
        self._model = model
        self.since = since
        self.ban_at = model.ban_at * (1.0 + hardness)
        self.locked_until, self.locks, self.banned_at = 0.0, 0, math.inf
        self._suspicion, self._raised_at = 0.0, since
        self._known: set[int] = set()
        self._friends: set[int] = set()
        self._lately: deque[float] = deque(maxlen=PEOPLE_TYPE)
        self._day, self._chats = -1, 0
        self._alike_hour, self._alike = -1, 0

    def send(self, person: int, *, absent: bool, alike: bool, now: float) -> Answer:
        """A message from the number to a person.

        :param absent: the person has no WhatsApp. :param alike: the text is the same as others'.
        """
        model = self._model
        if self.banned:
            return Answer.BANNED
        friend, stranger = person in self._friends, person not in self._known
        self._roll(now)
        if not friend and now < self.locked_until:
            return self._suspect(model.insist_weight, now, Answer.LOCKED)
        if stranger and self._chats >= model.new_chats_a_day:
            return self._suspect(model.insist_weight, now, Answer.CAPPED)
        sin = 0.0
        if len(self._lately) == PEOPLE_TYPE and now - self._lately[0] < 60.0:
            sin += model.fast_weight
        self._lately.append(now)
        if absent:
            return self._suspect(sin + model.unknown_weight, now, Answer.ABSENT)
        if stranger:
            self._known.add(person)
            self._chats += 1
            if self._chats > self._comfort(now):
                sin += model.ramp_weight
            if alike:
                self._alike += 1
                if self._alike > model.identical_an_hour:
                    sin += model.identical_weight
        return self._suspect(sin, now, Answer.ACCEPTED) if sin else Answer.ACCEPTED

    def reported(self, now: float) -> None:
        """Somebody reported the number."""
        self._suspect(1.0, now, Answer.ACCEPTED)

    def blocked(self, now: float) -> None:
        """Somebody blocked it."""
        self._suspect(self._model.block_weight, now, Answer.ACCEPTED)

    def answered(self, person: int, now: float) -> None:
        """Somebody wrote to it, and is no stranger from now on."""
        self._suspicion = max(0.0, self.suspicion(now) - self._model.reply_credit)
        self._raised_at = max(now, self._raised_at)
        self._friends.add(person)

    def suspicion(self, now: float) -> float:
        """What it has against it now, in spam reports."""
        gone = max(0.0, now - self._raised_at)
        return self._suspicion * math.pow(0.5, gone / (self._model.half_life_days * DAY))

    @property
    def banned(self) -> bool:
        """Whether it is gone for good."""
        return self.banned_at < math.inf

    def quota_used(self, now: float) -> float:
        """The share of the day's new chats that is used (the provider tells)."""
        self._roll(now)
        return self._chats / self._model.new_chats_a_day

    def _suspect(self, sin: float, now: float, answer: Answer) -> Answer:
        model = self._model
        newness = max(0.0, 1.0 - (now - self.since) / DAY / model.new_days)
        suspicion = self.suspicion(now) + sin * (1.0 + (model.new_factor - 1.0) * newness)
        self._suspicion, self._raised_at = suspicion, max(now, self._raised_at)
        if suspicion >= self.ban_at:
            self.banned_at = now
            return Answer.BANNED
        if suspicion >= self.ban_at * model.lock_share and now >= self.locked_until:
            self.locked_until = now + model.lock_hours * HOUR
            self.locks += 1
        return answer

    def _roll(self, now: float) -> None:
        day, hour = int(now // DAY), int(now // HOUR)
        if day != self._day:
            self._day, self._chats = day, 0
        if hour != self._alike_hour:
            self._alike_hour, self._alike = hour, 0

    def _comfort(self, now: float) -> float:
        age = (now - self.since) / DAY
        return self._model.comfort * max(chats for days, chats in COMFORT if age >= days)
