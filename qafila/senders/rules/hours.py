"""In which hours of the week a number sends campaigns, by the clock of its business. Pure.

Kept as seven lists, Monday's first, of ``["HH:MM", "HH:MM"]``: from, and until but not at, ``24:00`` at most; sorted, apart from
one another. None: at any time. A number is open while the clock shows a time in its hours: an hour that the clock leaves out in
spring is never open, one that it shows twice in autumn is open both times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from qafila.businesses.refusals import Refused

Span: TypeAlias = tuple[int, int]
"""From and until, in minutes of the day; as :func:`kept` gives it until is later, and at most :data:`MIDNIGHT`."""
Week: TypeAlias = tuple[tuple[Span, ...], ...]
"""Of each day, Monday first."""
Kept: TypeAlias = list[list[list[str]]]

DAYS: Final = 7
MIDNIGHT: Final = 24 * 60
MOST_A_DAY: Final = 4
WRITTEN_A_DAY: Final = 2
"""So many times of one day a person can write, see and change (:func:`as_written`)."""
DAY_SECONDS: Final = 86_400
_BLOCK_SECONDS: Final = 6 * 3600
"""No zone changes its clock twice in so little time."""
_FAR_SECONDS: Final = 730 * DAY_SECONDS
"""Beyond so far ahead the rest is taken in proportion."""
_MONDAY_IS: Final = 3
"""The day on which POSIX time begins was a Thursday."""
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z|24:00\Z")


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours on a clock. Moments are POSIX seconds.

    :ivar week: None: open at any time.
    """

    week: Week | None
    zone: tzinfo

    def opens_at(self, now: float) -> float:
        """When it is open again; 0.0 where it is open now."""
        if self.week is None:
            return 0.0
        begin, _ = next(self._pieces(now))
        return begin if begin > now else 0.0

    def next_open(self, at: float) -> float:
        """That moment, or when it opens after it."""
        return self.opens_at(at) or at

    def closes_at(self, now: float) -> float:
        """Until when it is open, as of now (now itself where it is closed); infinity where it never closes."""
        if self.week is None:
            return float("inf")
        until = now
        for begin, end in self._pieces(now):
            if begin > until:
                break
            until = end
        return until

    def open_seconds(self, since: float, until: float) -> float:
        """How much of a stretch of time it is open."""
        if self.week is None:
            return until - since
        total = 0.0
        for begin, end in self._pieces(since):
            if begin >= until:
                break
            total += min(end, until) - begin
        return total

    def lasts(self, since: float, seconds: float) -> float:
        """How long so many seconds of work last that begins then and goes on only while it is open."""
        if self.week is None or seconds <= 0:
            return max(0.0, seconds)
        done = 0.0
        for begin, end in self._pieces(since):
            if done + (end - begin) >= seconds:
                return begin - since + (seconds - done)
            done += end - begin
            if end - since > _FAR_SECONDS:
                return (end - since) * seconds / done
        raise AssertionError("a week with an hour in it opens again and again")

    def _pieces(self, since: float) -> Iterator[tuple[float, float]]:
        """What is open from then on, in order and without end; what goes on over midnight comes in pieces that touch."""
        at = since
        while True:
            until, offset = self._evenly(at)
            for day in range(int((at + offset) // DAY_SECONDS), int((until + offset) // DAY_SECONDS) + 1):
                midnight = day * DAY_SECONDS - offset
                for opens, closes in (self.week or ())[(day + _MONDAY_IS) % DAYS]:
                    begin, end = max(at, midnight + opens * 60), min(until, midnight + closes * 60)
                    if begin < end:
                        yield begin, end
            at = until

    def _evenly(self, at: float) -> tuple[float, int]:
        """Until when the clock goes on from this moment without being put forward or back, looking not far; and its offset."""
        offset, until = self._offset(at), (int(at) // _BLOCK_SECONDS + 1) * _BLOCK_SECONDS
        if self._offset(until) != offset:
            low = int(at)
            while until - low > 1:
                middle = (low + until) // 2
                if self._offset(middle) == offset:
                    low = middle
                else:
                    until = middle
        return until, offset

    def _offset(self, at: float) -> int:
        """Seconds that the clock is before UTC."""
        found = datetime.fromtimestamp(at, self.zone).utcoffset()
        return int(found.total_seconds()) if found is not None else 0


ANY_TIME: Final = Hours(None, UTC)


def hours_of(given: Kept | None, zone: str) -> Hours:
    """What is kept of a number, on the clock of its business.

    :param zone: an IANA name.
    """
    return Hours(week_of(given), ZoneInfo(zone)) if given and any(given) else ANY_TIME


def week_of(given: Kept) -> Week:
    """The same in minutes."""
    return tuple(tuple((_minutes(begin), _minutes(end)) for begin, end in day) for day in given)


def read(given: Any) -> Kept | None:
    """Hours as they are kept; None for none, and for a week that is open all the time.

    :raises Refused: ``hours_invalid``, ``hours_overlap`` (both with the number of the ``day``, where it is one), ``hours_closed``.
    """
    if given is None:
        return None
    if not isinstance(given, list) or len(given) != DAYS:
        raise _invalid()
    return kept([_spans(day, n) for n, day in enumerate(given)])


def kept(days: Sequence[Sequence[Span]]) -> Kept | None:
    """The same of minutes.

    :raises Refused: as :func:`read`.
    """
    week: list[list[Span]] = []
    for n, day in enumerate(days):
        joined: list[Span] = []
        for begin, end in sorted(day):
            if joined and begin < joined[-1][1]:
                raise Refused(
                    "hours_overlap", "Two times of one day overlap. Write them one after the other.", day=n
                )
            touches = bool(joined) and begin == joined[-1][1]
            joined.append((joined.pop()[0] if touches else begin, end))
        week.append(joined)
    if not any(week):
        raise Refused(
            "hours_closed",
            "Every day is closed. Give one day hours, or let the number send at any time; to stop it, pause it.",
        )
    if all(day == [(0, MIDNIGHT)] for day in week):
        return None
    return [[[_clock(begin), _clock(end)] for begin, end in day] for day in week]


def as_kept(days: Sequence[Sequence[Span]]) -> Kept | None:
    """Hours as people write them: until may be earlier than from, and is on the next day then; 00:00 is the day's end.

    :raises Refused: as :func:`read`.
    """
    week: list[list[Span]] = [[] for _ in range(DAYS)]
    for n, day in enumerate(days):
        for begin, end in day:
            if begin == end != 0:
                raise _invalid(n)
            week[n].append((begin, end if end > begin else MIDNIGHT))
            if 0 < end < begin:
                week[(n + 1) % DAYS].append((0, end))
    return kept(week)


def as_written(given: Kept) -> list[list[Span]]:
    """What :func:`as_kept` reads, with what goes on past midnight as one again."""
    week = [list(day) for day in week_of(given)]
    early = [day[0][1] if day and day[0][0] == 0 and day[0][1] < MIDNIGHT else 0 for day in week]
    """Of each day, until when it is open since midnight."""
    written: list[list[Span]] = []
    goes_on = [
        bool(day) and day[-1][1] == MIDNIGHT and 0 < early[(n + 1) % DAYS] < day[-1][0]
        for n, day in enumerate(week)
    ]
    for n, day in enumerate(week):
        spans = day[1:] if goes_on[n - 1] else day
        written.append(
            [
                (begin, (early[(n + 1) % DAYS] if goes_on[n] else 0) if end == MIDNIGHT else end)
                for begin, end in spans
            ]
        )
    return written


def _spans(day: Any, n: int) -> list[Span]:
    if not isinstance(day, list) or len(day) > MOST_A_DAY:
        raise _invalid(n)
    found = []
    for span in day:
        if not (
            isinstance(span, list)
            and len(span) == 2
            and all(isinstance(one, str) and _TIME.match(one) for one in span)
        ):
            raise _invalid(n)
        begin, end = _minutes(span[0]), _minutes(span[1])
        if begin >= end:
            raise _invalid(n)
        found.append((begin, end))
    return found


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _invalid(day: int | None = None) -> Refused:
    return Refused(
        "hours_invalid",
        'Hours are seven lists, Monday\'s first, of ["09:00", "18:00"]: from and until, until later than from.',
        **({} if day is None else {"day": day}),
    )
