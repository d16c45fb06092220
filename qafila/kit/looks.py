"""Looks that cost more the more there is to see: each is kept for a moment, the longer it took the longer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

FRESH_SECONDS: Final = 1.0
OLDEST_SECONDS: Final = 20.0
TIMES_ITS_COST: Final = 10.0
"""A look is not taken again before so many times as long as it took."""
MOST_KEPT: Final = 200

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class _Look(Generic[Found]):
    at: float
    took: float
    found: Found

    def is_good(self, now: float) -> bool:
        return now - self.at < min(OLDEST_SECONDS, max(FRESH_SECONDS, self.took * TIMES_ITS_COST))


class Looks(Generic[Key, Found]):
    """What was found by looking, in this process; safe among threads. What is found must not be changed by who gets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Key, _Look[Found]] = {}

    def at(
        self, key: Key, look: Callable[[], Found], *, clock: Callable[[], float] = time.monotonic
    ) -> Found:
        """What was found at the last look while that is good, else what a new one finds.

        :param key: what is looked at; with the database's address where its row ids are part of it.
        :param clock: seconds that only go forward, for the age and the cost of a look.
        """
        begin = clock()
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and kept.is_good(begin):
            return kept.found
        found = look()
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = _Look(begin, clock() - begin, found)
        return found

    def clear(self) -> None:
        """Forgets all."""
        with self._lock:
            self._kept.clear()
