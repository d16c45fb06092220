"""The start page shows in which hours of the last seven days messages arrived, in the business's own days."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign
from qafila.ledger import samples
from qafila.ledger.models import Sample
from qafila.web.pages.dashboard.heat import DAYS, LEVELS, Cell, heat

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 18, 12, 25, tzinfo=UTC)
"""A Wednesday."""
HOUR = timedelta(hours=1)


def note(business: Business, at: datetime, *, sent: int, delivered: int, failed: int = 0) -> None:
    """How the counters stood then."""
    Sample.objects.create(
        business_id=business.pk, batch_id=0, at=at, sent=sent, delivered=delivered, failed=failed
    )


def full(moment: datetime) -> datetime:
    return moment.replace(minute=0)


def busy(business: Business, zone: str, now: datetime = NOON) -> dict[tuple[str, int], tuple[int, int]]:
    """(day, hour) to (level, delivered) of the hours with something in them."""
    shown = heat(business.pk, zone=ZoneInfo(zone), now=now)
    return {
        (day.name, cell.hour): (cell.level, cell.delivered)
        for day in shown.days
        for cell in day.cells
        if cell.delivered or cell.sent
    }


def test_hours_are_the_differences_of_what_was_noted(business: Business) -> None:
    start = full(NOON) - 30 * HOUR
    note(business, start + timedelta(minutes=10), sent=100, delivered=90)
    note(business, start + timedelta(minutes=30), sent=105, delivered=90)
    note(business, start + HOUR, sent=110, delivered=95, failed=4)
    note(business, start + 2 * HOUR, sent=110, delivered=97, failed=1)
    note(business, start + 6 * HOUR, sent=150, delivered=97)
    note(business, start + 6 * HOUR + timedelta(minutes=5), sent=151, delivered=97)
    found = samples.hours(business.pk, since=start)
    assert [(one.at - start, one.sent, one.delivered, one.failed) for one in found] == [
        (0 * HOUR, 10, 5, 4),
        (1 * HOUR, 0, 2, 0),
        (5 * HOUR, 40, 0, 0),
        (6 * HOUR, 1, 0, 0),
    ]
    assert samples.hours(business.pk, since=start + 7 * HOUR) == []


def test_days_are_those_of_the_business(business: Business) -> None:
    at = datetime(2026, 11, 17, 22, 0, tzinfo=UTC)
    note(business, at, sent=0, delivered=0)
    note(business, at + HOUR, sent=50, delivered=40)
    assert busy(business, "UTC") == {("Tue 17", 22): (LEVELS, 40)}
    assert busy(business, "Asia/Jerusalem") == {("Wed 18", 0): (LEVELS, 40)}
    assert busy(business, "Asia/Kolkata") == {("Wed 18", 3): (LEVELS, 40)}


def test_the_first_hour_of_the_week_counts_and_the_one_before_does_not(business: Business) -> None:
    monday = datetime(2026, 11, 12, 0, 0, tzinfo=UTC)
    for hours, delivered in ((-1, 0), (0, 7), (1, 10)):
        note(business, monday + hours * HOUR, sent=delivered, delivered=delivered)
    assert busy(business, "UTC") == {("Thu 12", 0): (LEVELS, 3)}


def test_shades_follow_the_busiest_hour(business: Business) -> None:
    start, total = full(NOON) - 6 * HOUR, 0
    for n, delivered in enumerate((0, 100, 1, 26, 0, 75)):
        total += delivered
        note(business, start + n * HOUR, sent=total, delivered=total)
    shown = heat(business.pk, zone=ZoneInfo("UTC"), now=NOON)
    today = {cell.hour: cell.level for cell in shown.days[-1].cells}
    assert [today[hour] for hour in range(5, 13)] == [0, 4, 1, 2, 0, 3, 0, 0]
    assert [today[hour] for hour in range(13, 24)] == [-1] * 11, "hours that are to come"
    assert shown.busiest == "Wed 18, 06:00: sent 100, delivered 100"


def test_a_clock_that_is_put_back_counts_the_hour_once_more(business: Business) -> None:
    """In Berlin it was 02:00 twice on 25 October 2026."""
    before = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    for n in range(3):
        note(business, before + n * HOUR, sent=n, delivered=n)
    now = before + timedelta(hours=10)
    assert busy(business, "Europe/Berlin", now) == {("Sun 25", 2): (LEVELS, 2)}


def test_the_page_says_it_in_a_table(
    contract: Callable[..., Campaign], business: Business, owner: Client, at: datetime
) -> None:
    contract()
    assert "Nothing was delivered in the last 7 days" in owner.get("/").content.decode()
    hour = at.replace(minute=0, second=0, microsecond=0)
    note(business, hour - HOUR, sent=0, delivered=0)
    note(business, hour, sent=1234, delivered=1100)
    page = owner.get("/").content.decode()
    table = page[page.index('<table class="q-heat"') : page.index("</table>", page.index('class="q-heat"'))]
    assert len(re.findall(r"<tr>", table)) == DAYS + 1
    assert len(re.findall(r'<td class="q-heat-4" title="[^"]*sent 1,234, delivered 1,100"', table)) == 1
    assert table.count("<td") == 1 + 24 * DAYS
    assert isinstance(heat(business.pk, zone=ZoneInfo("UTC"), now=at).days[0].cells[0], Cell)
