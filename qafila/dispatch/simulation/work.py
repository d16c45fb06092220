"""The messages of a month with everything that chance will do to each, drawn once, and the queue the numbers pull from."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from qafila.dispatch.simulation.model import Work
from qafila.kit.rng import seeded

DAY = 86_400.0
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC).timestamp()
"""The first moment of every simulation, POSIX seconds. Only its being fixed matters."""


@dataclass(frozen=True, slots=True)
class Fates:
    """Numbers from 0 to 1 that decide what happens, one of each for a message (or a person), drawn before anything runs.

    All policies and all points of the sweep meet the same people in the same mood, so that a difference between two runs
    is the policy's and not chance's.

    :ivar seed: what they were drawn from.
    :ivar who: the person of a message. :ivar mood: what the person does. :ivar delay: how soon.
    :ivar phone: whether and how long the phone is off. :ivar read: whether it is read. :ivar alike: same text as others.
    :ivar size: how long the text is. :ivar odd: what only one model asks (131049).
    :ivar wants, absent: of a person. :ivar hardness: of a number, how much it bears.
    """

    seed: int
    who: Sequence[float]
    mood: Sequence[float]
    delay: Sequence[float]
    phone: Sequence[float]
    read: Sequence[float]
    alike: Sequence[float]
    size: Sequence[float]
    odd: Sequence[float]
    wants: Sequence[float]
    absent: Sequence[float]
    hardness: Sequence[float]

    @property
    def messages(self) -> int:
        """How many messages there are."""
        return len(self.who)


def drawn(*, messages: int, numbers: int, seed: int) -> Fates:
    """The fates of so many messages, the same for the same seed."""

    def row(name: str, count: int) -> list[float]:
        rng = seeded(f"{name}-{seed}")
        return [rng.random() for _ in range(count)]

    return Fates(
        seed,
        **{
            name: row(name, messages)
            for name in ("who", "mood", "delay", "phone", "read", "alike", "size", "odd")
        },
        wants=row("wants", messages),
        absent=row("absent", messages),
        hardness=row("hardness", numbers),
    )


def waited(chance: float, mean: float) -> float:
    """A waiting time with this mean, from a number between 0 and 1 (exponential)."""
    return -mean * math.log(1.0 - chance)


class Queue:
    """What waits, and who may take it: the numbers pull, a person stays with the number that wrote first while it lives.

    Messages are known by their place in the fates.
    """

    def __init__(self, work: Work, fates: Fates, numbers: int) -> None:
        self._people = min(fates.messages, max(1, round(fates.messages / work.letters_per_person)))
        self._who = fates.who
        self._backlog = round(fates.messages * min(1.0, work.backlog))
        self._days = max(1.0, work.arrival_days)
        self._next, self._total = 0, fates.messages
        self._open: deque[int] = deque()
        self._own: list[deque[int]] = [deque() for _ in range(numbers)]
        self._home: dict[int, int] = {}
        self._gone: set[int] = set()

    def person(self, message: int) -> int:
        """Whom it is for."""
        return int(self._who[message] * self._people)

    def arrives(self, message: int) -> float:
        """When it comes into the books (POSIX seconds)."""
        if message < self._backlog:
            return START
        share = (message - self._backlog) / max(1, self._total - self._backlog)
        return START + DAY * (1 + math.floor(share * self._days))

    def take(self, number: int, now: float) -> int | None:
        """The next message for a number, or None: nothing waits now."""
        own = self._own[number]
        if own:
            return own.popleft()
        while (message := self._from_open(now)) is not None:
            home = self._home.get(self.person(message))
            if home is None or home == number or home in self._gone:
                return message
            self._own[home].append(message)
        longest = max(self._own, key=len)  # nobody's share may strand where its number rests
        return longest.popleft() if longest else None

    def wrote(self, number: int, message: int) -> None:
        """The number wrote to the message's person, who stays with it."""
        person = self.person(message)
        if self._home.get(person, number) in self._gone:
            self._home[person] = number
        else:
            self._home.setdefault(person, number)

    def back(self, message: int) -> None:
        """It was not sent, and waits again, first of all."""
        self._open.appendleft(message)

    def lost(self, number: int) -> None:
        """A number is gone: what waited for it waits for anybody."""
        self._gone.add(number)
        self._open.extendleft(reversed(self._own[number]))
        self._own[number].clear()

    def next_arrival(self) -> float | None:
        """When the next message comes; None: all have come."""
        return self.arrives(self._next) if self._next < self._total else None

    @property
    def left(self) -> int:
        """How many wait or have not come yet."""
        return self._total - self._next + len(self._open) + sum(map(len, self._own))

    def _from_open(self, now: float) -> int | None:
        if self._open:
            return self._open.popleft()
        if self._next < self._total and self.arrives(self._next) <= now:
            self._next += 1
            return self._next - 1
        return None
