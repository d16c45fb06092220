"""One thing that was looked at."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Level(enum.Enum):
    """``BAD``: it cannot work so. ``NOTE``: it works, but somebody should know."""

    GOOD = 0
    NOTE = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """``steps``: what to do, a line each."""

    level: Level
    subject: str
    says: str
    steps: tuple[str, ...] = ()


def good(subject: str, says: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.GOOD, subject, says)


def note(subject: str, says: str, *steps: str) -> Finding:
    """Works, with something to know."""
    return Finding(Level.NOTE, subject, says, steps)


def bad(subject: str, says: str, *steps: str) -> Finding:
    """Does not work so."""
    return Finding(Level.BAD, subject, says, steps)
