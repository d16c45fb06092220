"""The moment at which a contract begins by itself: as people write it by their own clock, and whether it can be meant. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from qafila.businesses.refusals import Refused

GRACE: Final = timedelta(seconds=60)
"""Forms know minutes: the one that is running still counts, and means at once."""
FARTHEST: Final = timedelta(days=366)
_DAY_AND_MINUTE: Final = len("2026-12-01T09:00")
LATE: Final = timedelta(seconds=60)
"""Begun later than this after its moment, it is said that it is late: the program was off, or the database away."""
TOO_LATE: Final = timedelta(hours=1)
"""Later than this nothing begins by itself: what was meant for a morning may be wrong at night (a backup put back, a machine
that was off for days). A person decides."""


def from_clock(text: str, zone: tzinfo) -> datetime:
    """The moment that a clock in that zone shows as ``2026-12-01T09:00`` (what ``datetime-local`` sends), in UTC. Of a time that
    the clock shows twice in autumn the first one.

    :raises Refused: ``begin_unreadable``; ``begin_skipped`` where the clock is put forward past it, and never shows it.
    """
    try:
        shown = datetime.fromisoformat(text)
    except ValueError:
        raise _unreadable() from None
    if shown.tzinfo is not None or len(text) < _DAY_AND_MINUTE:
        raise _unreadable()
    try:
        at = shown.replace(tzinfo=zone).astimezone(UTC)
        again = at.astimezone(zone).replace(tzinfo=None)
    except OverflowError:  # next to the year 1, or to 9999
        raise _unreadable() from None
    if again != shown:
        raise Refused(
            "begin_skipped",
            "On that day the clock is put forward and never shows this time. Choose one an hour later.",
            time=f"{shown:%H:%M}",
            field="at",
        )
    return at


def on_clock(at: datetime, zone: tzinfo) -> str:
    """What :func:`from_clock` reads, to the minute."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


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


def _unreadable() -> Refused:
    return Refused(
        "begin_unreadable",
        "This is no day with a time. Write both, such as 2026-12-01 09:00.",
        field="at",
    )
