"""When messages arrive: the hours of the last seven days, darker where more was delivered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.translation import gettext as _

from qafila.ledger import samples
from qafila.web.ui.figures import grouped

DAYS: Final = 7
LEVELS: Final = 4
"""Shades beside the one for nothing."""


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of a day.

    :ivar level: 0 for none delivered, to :data:`LEVELS` for about as many as in the busiest hour; -1 for one that is to come.
    :ivar said: its figures in words.
    """

    hour: int
    level: int
    sent: int
    delivered: int
    said: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the business's own calendar. :ivar name: its short name and its number."""

    name: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Heat:
    """:ivar days: the oldest first, today last. :ivar busiest: the hour with the most in words; "" where nothing was delivered."""

    days: Sequence[Day]
    busiest: str


def heat(business_id: int, *, zone: ZoneInfo, now: datetime) -> Heat:
    """The heat map of a business. An hour of a zone that is half an hour off begins at half past; one that the clock repeats in
    autumn holds both."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    begins = datetime.combine(days[0], datetime.min.time(), zone).astimezone(UTC)
    sent, delivered = Counter[tuple[date, int]](), Counter[tuple[date, int]]()
    for one in samples.hours(business_id, since=begins.replace(minute=0)):
        local = one.at.astimezone(zone)
        sent[local.date(), local.hour] += one.sent
        delivered[local.date(), local.hour] += one.delivered
    most = max(delivered.values(), default=0)
    here = now.astimezone(zone)
    made = [
        Day(
            dateformat.format(day, "D j"),
            [
                _cell(
                    day,
                    hour,
                    sent[day, hour],
                    delivered[day, hour],
                    most,
                    is_to_come=(day, hour) > (today, here.hour),
                )
                for hour in range(24)
            ],
        )
        for day in days
    ]
    top = max((cell for day in made for cell in day.cells), key=lambda cell: cell.delivered)
    return Heat(made, top.said if top.delivered else "")


def _cell(day: date, hour: int, sent: int, delivered: int, most: int, *, is_to_come: bool) -> Cell:
    level = -1 if is_to_come else -(-delivered * LEVELS // most) if most else 0
    said = _("%(day)s, %(hour)s: sent %(sent)s, delivered %(delivered)s") % {
        "day": dateformat.format(day, "D j"),
        "hour": f"{hour:02d}:00",
        "sent": grouped(sent),
        "delivered": grouped(delivered),
    }
    return Cell(hour, level, sent, delivered, said)
