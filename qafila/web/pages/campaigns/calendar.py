"""The contracts of a month, each on the day on which it began, in the business's own days."""

from __future__ import annotations

import calendar as months
from collections import defaultdict
from collections.abc import Sequence
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

from qafila.campaigns.models import Campaign
from qafila.campaigns.queries import board
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
    """A contract in a day. :ivar state: a word that the component ``chip`` knows. :ivar at: when it began."""

    public_id: str
    name: str
    state: str
    at: datetime


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
    today = timezone.now().astimezone(current.zone).date()
    first = _month(request.GET.get("month", ""), today)
    weeks = _grid(first)
    found = _began(current, weeks[0][0], weeks[-1][-1] + timedelta(days=1))
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for campaign in found[:MOST]:
        if began := campaign.batch.started_at:  # only such are asked for
            by_day[began.astimezone(current.zone).date()].append(_entry(campaign, began))
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
        "not_started": board.found(current.business.pk, status=Status.PENDING).count(),
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


def _began(current: Current, first: date, end: date) -> list[Campaign]:
    start, until = _midnight(first, current.zone), _midnight(end, current.zone)
    # What began before it was made is none: the limit lets the index by time leave newer ones out.
    rows = board.found(current.business.pk).filter(
        batch__started_at__gte=start, batch__started_at__lt=until, created_at__lt=until
    )
    return list(rows.order_by("batch__started_at", "pk")[: MOST + 1])


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _entry(campaign: Campaign, began: datetime) -> Entry:
    status = status_of(BatchState(campaign.batch.state), campaign.import_state)
    return Entry(campaign.public_id, campaign.name, look_of_status(status), began)


def _day(day: date, first: date, today: date, entries: Sequence[Entry]) -> Day:
    both = {"began_from": day.isoformat(), "began_to": day.isoformat()}
    return Day(
        day,
        day.month == first.month,
        day == today,
        entries[:SHOWN],
        len(entries),
        max(0, len(entries) - SHOWN),
        f"{reverse('campaigns:list')}?{urlencode(both)}",
    )
