"""The moment at which a contract begins by itself: whether it can be meant, and whether it is over. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from qafila.businesses.refusals import Refused

GRACE: Final = timedelta(seconds=60)
"""Forms know minutes: the one that is running still counts, and means at once."""
FARTHEST: Final = timedelta(days=366)
LATE: Final = timedelta(seconds=60)
"""Begun later than this after its moment, it is said that it is late: the program was off, or the database away."""
TOO_LATE: Final = timedelta(hours=1)
"""Later than this nothing begins by itself: what was meant for a morning may be wrong at night (a backup put back, a machine
that was off for days). A person decides."""


def checked(at: datetime, *, now: datetime) -> datetime:
    """That moment, where a contract may begin then.

    :raises Refused: ``begin_in_past``, ``begin_too_far``.
    """
    if at < now - GRACE:
        raise Refused(
            "begin_in_past",
            "This moment is over. Choose one that is still to come, or begin now.",
            field="at",
        )
    if at > now + FARTHEST:
        raise Refused(
            "begin_too_far", "This moment is too far away. Choose one within a year from now.", field="at"
        )
    return at


def is_too_late(at: datetime, *, now: datetime) -> bool:
    """Whether a moment is so far gone that a person is to say whether it is still meant."""
    return now - at > TOO_LATE


def is_late(at: datetime, *, now: datetime) -> bool:
    """Whether what was to begin at that moment is behind it, more than the moment that a worker needs."""
    return now - at > LATE
