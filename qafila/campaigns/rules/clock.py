"""A moment as people write it by their own clock. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Final

from qafila.businesses.refusals import Refused

_DAY_AND_MINUTE: Final = len("2026-12-01T09:00")


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


def _unreadable() -> Refused:
    return Refused(
        "begin_unreadable",
        "This is no day with a time. Write both, such as 2026-12-01 09:00.",
        field="at",
    )
