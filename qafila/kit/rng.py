"""Where chance comes from: a Protocol that ``random.Random`` fits, so that a seed makes a run repeatable.

For delays and jitter only. What must not be guessed (ids, keys) comes from ``secrets``, see :mod:`qafila.kit.ids`.
"""

from __future__ import annotations

import random
from collections.abc import MutableSequence, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Rng(Protocol):
    """A source of chance. The methods have the meaning they have in the module ``random``."""

    def random(self) -> float:
        """A float from 0 up to, not including, 1."""
        ...

    def uniform(self, a: float, b: float) -> float:
        """A float between two bounds."""
        ...

    def randint(self, a: int, b: int) -> int:
        """An integer between two bounds, both included."""
        ...

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        """A normally distributed float."""
        ...

    def choice(self, seq: Sequence[T]) -> T:
        """One element of a sequence that is not empty."""
        ...

    def shuffle(self, x: MutableSequence[Any]) -> None:
        """Puts a list in random order, in place."""
        ...


def seeded(seed: int | str) -> Rng:
    """A source that gives the same sequence for the same seed, on every machine and Python version we support."""
    return random.Random(seed)


def system() -> Rng:
    """A source fed by the operating system; safe to share between threads."""
    return random.SystemRandom()
