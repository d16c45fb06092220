"""The contracts of a month, each on every day on which it sends, in the business's own days."""

from __future__ import annotations

import calendar as months
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import get_format
from django.views.decorators.http import require_safe

from qafila.campaigns.queries import board, spans
from qafila.campaigns.queries.spans import Span
from qafila.campaigns.rules.statuses import Status, status_of
from qafila.ledger.states import BatchState
from qafila.web.pages.campaigns.words import look_of_status
from qafila.web.shell.doors import Current, signed_in

SHOWN: Final = 4
"""Contracts of a day that stand in it by name; the others are behind a link to exactly that day's list."""
MOST: Final = 2_000
"""Contracts of a month that are read; a month with more says so."""
_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A contract in a day.

    :ivar state: a word that the component ``chip`` knows. :ivar at: when it began, or is to.
    :ivar goes_on: it began on a day before. :ivar goes_further: it sends on the day after, too.
    :ivar ends: its end on this day, of one that goes on; None: on another day. :ivar is_forecast: that is yet to come.
    """

    public_id: str
    name: str
    state: str
    at: datetime
    goes_on: bool = False
    goes_further: bool = False
    ends: datetime | None = None
    is_forecast: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the grid.

    :ivar count: its contracts; :ivar more: how many of them are not among ``entries``. :ivar url: the list of all of them.
    """

    day: date
    is_inside: bool
    is_today: bool
    entries: Sequence[Entry]
    count: int
    more: int
    url: str

    @property
    def said(self) -> str:
        """``Sun 1 Nov``, for where no heading says which weekday it is."""
        return dateformat.format(self.day, "D j M")


@signed_in("contracts:read")
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """A month: ``?month=2026-11``, this one without."""
    current: Current = request.current  # type: ignore[attr-defined]
    now = timezone.now()
    today = now.astimezone(current.zone).date()
    first = _month(request.GET.get("month", ""), today)
    weeks = _grid(first)
    found = _sending(current, weeks[0][0], weeks[-1][-1], now)
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for one in found[:MOST]:
        for day, entry in _entries(one, weeks[0][0], weeks[-1][-1], current.zone):
            by_day[day].append(entry)
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    context: dict[str, Any] = {
        "month": dateformat.format(first, "F Y"),
        "weekdays": [(WEEKDAYS_ABBR[day.weekday()], WEEKDAYS[day.weekday()]) for day in weeks[0]],
        "weeks": [[_day(day, first, today, by_day[day]) for day in week] for week in weeks],
        "before": before.strftime("%Y-%m") if before >= _FIRST else "",
        "after": after.strftime("%Y-%m") if after.replace(day=1) <= _LAST else "",
        "is_this_month": (first.year, first.month) == (today.year, today.month),
        "is_cut": len(found) > MOST,
        "is_empty": not any(by_day[day] for week in weeks for day in week),
        "not_started": board.found(current.business.pk, status=Status.PENDING, planned=False).count(),
    }
    return render(request, "web/campaigns/calendar.html", context)


def _month(text: str, today: date) -> date:
    """The first day of a month such as ``2026-11``; of this month for anything else."""
    try:
        found = date.fromisoformat(f"{text}-01") if len(text) == 7 else today.replace(day=1)
    except ValueError:
        return today.replace(day=1)
    return found.replace(day=1) if _FIRST <= found <= _LAST else today.replace(day=1)


def _grid(first: date) -> list[list[date]]:
    """Whole weeks that hold a month, from the first weekday of the reader's language."""
    begins_on = (int(get_format("FIRST_DAY_OF_WEEK")) - 1) % 7  # 0 is Sunday there, Monday here
    return months.Calendar(begins_on).monthdatescalendar(first.year, first.month)


def _sending(current: Current, first: date, last: date, now: datetime) -> list[Span]:
    """Who sends on one of these days, who began first in front."""
    start, until = _midnight(first, current.zone), _midnight(last + timedelta(days=1), current.zone)
    business_id = current.business.pk
    rows = spans.during(board.found(business_id), business_id, start, until, now=now)
    found = rows.order_by("batch__started_at", "pk")[: MOST + 1]
    return spans.spans(found, business_id, until=until, now=now)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _entries(one: Span, first: date, last: date, zone: ZoneInfo) -> Iterator[tuple[date, Entry]]:
    """A contract on each of its days, as far as they are shown."""
    campaign = one.campaign
    status = status_of(BatchState(campaign.batch.state), campaign.import_state)
    state = look_of_status(status) if campaign.begins_at is None else "planned"
    begins, ends = one.begins.astimezone(zone).date(), one.ends.astimezone(zone).date()
    day = max(begins, first)
    while day <= min(ends, last):
        yield (
            day,
            Entry(
                campaign.public_id,
                campaign.name,
                state,
                one.begins,
                goes_on=day > begins,
                goes_further=day < ends,
                ends=one.ends if begins < day == ends else None,
                is_forecast=one.is_forecast,
            ),
        )
        day += timedelta(days=1)


def _day(day: date, first: date, today: date, entries: Sequence[Entry]) -> Day:
    both = {"sends_from": day.isoformat(), "sends_to": day.isoformat()}
    return Day(
        day,
        day.month == first.month,
        day == today,
        entries[:SHOWN],
        len(entries),
        max(0, len(entries) - SHOWN),
        f"{reverse('campaigns:list')}?{urlencode(both)}",
    )
