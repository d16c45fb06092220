"""Contracts on the days on which they send: the business's days, the language's weeks, and lists of exactly those."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign, ImportState
from qafila.campaigns.queries import spans
from qafila.ledger.models import Batch, Sample
from qafila.ledger.states import BatchState, State
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db
Contract = Callable[..., Campaign]
MONTH = "/campaigns/calendar?month=2026-02"
SHARES = {State.READ: 1.0, State.QUEUED: 1.0}
CAIRO = ZoneInfo("Africa/Cairo")


@pytest.fixture(autouse=True)
def _looked_at_anew() -> None:
    spans._forecasts.clear()


@pytest.fixture
def began(contract: Contract) -> Callable[..., Campaign]:
    """A contract that began then; it ended within the minute, or stands or runs as ``batch`` says."""

    def make(name: str, at: datetime, count: int = 3, **batch: object) -> Campaign:
        made = contract(name, count, shares=SHARES if batch else {State.READ: 1.0})
        over = {"state": BatchState.FINISHED, "finished_at": at + timedelta(seconds=1)}
        Batch.objects.filter(pk=made.batch_id).update(started_at=at, **(batch or over))
        Campaign.objects.filter(pk=made.pk).update(created_at=at)
        return made

    return make


def lengths(client: Client, where: str) -> dict[str, tuple[int, int]]:
    """Day to the number that it says, and the number of the list that this links to."""
    page = client.get(where).content.decode()
    said = r'href="(/campaigns/\?sends_from=([\d-]+)[^"]+)">(?:(?!</a>).)*?<bdi>(\d+)</bdi> contracts?<'
    found = {}
    for url, day, count in re.findall(said, page, re.DOTALL):
        listed = client.get(url.replace("&amp;", "&")).content.decode()
        total = re.search(r'id="list-total"><bdi dir="ltr" class="q-num">(\d+)<', listed)
        found[day] = (int(count), int(total[1]) if total else 0)
    return found


def days(client: Client, where: str = MONTH, **headers: str) -> dict[str, list[str]]:
    """Day to the names on it."""
    page = client.get(where, headers=headers).content.decode()
    found = {}
    for cell in re.findall(r"<td.*?</td>", page, re.DOTALL):
        day = re.search(r'datetime="([\d-]+)"', cell)
        if day:
            found[day.group(1)] = re.findall(r'<span dir="auto">([^<]+)</span></a>', cell)
    return found


def test_each_stands_on_the_businesss_day(began: Callable[..., Campaign], owner: Client) -> None:
    began("Late", datetime(2026, 2, 9, 21, 59, tzinfo=UTC))  # in Cairo 23:59
    began("Later", datetime(2026, 2, 9, 22, 0, tzinfo=UTC))
    began("Next month", datetime(2026, 3, 10, 9, 0, tzinfo=UTC))
    found = days(owner)
    assert {day: names for day, names in found.items() if names} == {
        "2026-02-09": ["Late"],
        "2026-02-10": ["Later"],
    }
    assert days(owner, "/campaigns/calendar?month=2026-03")["2026-03-10"] == ["Next month"]


@pytest.mark.parametrize(
    ("language", "first", "cells"),
    [("en", "2026-02-01", 28), ("he", "2026-02-01", 28), ("ru", "2026-01-26", 35)],
)
def test_a_week_begins_as_the_language_says(
    language: str,
    first: str,
    cells: int,
    began: Callable[..., Campaign],
    owner: Client,
) -> None:
    began("One", datetime(2026, 2, 9, 9, 0, tzinfo=UTC))
    owner.cookies["django_language"] = language
    found = days(owner, **{"accept-language": language})
    assert (next(iter(found)), len(found)) == (first, cells)


def test_what_has_no_place_in_its_day_is_in_a_list_of_exactly_that_day(
    began: Callable[..., Campaign], owner: Client
) -> None:
    for n in range(6):
        began(f"Of the tenth {n}", datetime(2026, 2, 10, 9 + n, 0, tzinfo=UTC))
    began("Of the ninth", datetime(2026, 2, 9, 9, 0, tzinfo=UTC))
    assert days(owner)["2026-02-10"] == [f"Of the tenth {n}" for n in range(4)]
    page = owner.get(MONTH).content.decode()
    link = re.search(r'href="(/campaigns/\?sends_from=[^"]+)">and 2 more', page)
    assert link is not None
    listed = owner.get(link.group(1).replace("&amp;", "&")).content.decode()
    assert 'id="list-total"><bdi dir="ltr" class="q-num">6<' in listed
    assert "Of the ninth" not in listed


def test_a_days_number_of_contracts_is_that_of_its_list(
    began: Callable[..., Campaign], owner: Client
) -> None:
    for day, count in ((9, 1), (10, 6), (28, 2)):
        for n in range(count):
            # In Cairo the day ends at 22:00 UTC, and begins there.
            began(f"Of {day}", datetime(2026, 2, day - n % 2, 22 if n % 2 else 21, 59, tzinfo=UTC))
    assert lengths(owner, MONTH) == {"2026-02-09": (1, 1), "2026-02-10": (6, 6), "2026-02-28": (2, 2)}


def test_a_long_one_stands_on_every_day_until_its_end(began: Callable[..., Campaign], owner: Client) -> None:
    end = datetime(2026, 2, 11, 22, 30, tzinfo=UTC)  # in Cairo half past midnight of the 12th
    began("Long", datetime(2026, 2, 9, 9, tzinfo=UTC), state=BatchState.FINISHED, finished_at=end)
    began("Short", datetime(2026, 2, 10, 9, tzinfo=UTC))
    began("From last month", datetime(2026, 1, 5, tzinfo=UTC), state=BatchState.FINISHED, finished_at=end)
    found = days(owner)
    assert {day: names for day, names in found.items() if "Long" in names or "Short" in names} == {
        "2026-02-09": ["From last month", "Long"],
        "2026-02-10": ["From last month", "Long", "Short"],
        "2026-02-11": ["From last month", "Long"],
        "2026-02-12": ["From last month", "Long"],
    }
    assert found["2026-02-01"] == ["From last month"]
    assert found["2026-02-13"] == []
    page = owner.get(MONTH).content.decode()
    assert page.count('until <bdi dir="ltr" class="q-num">00:30</bdi>') == 2, "each on its last day"
    assert page.count("goes on:") == 11 + 2, "on the days between"
    counted = lengths(owner, MONTH)
    assert [counted[f"2026-02-{day:02}"] for day in (8, 9, 10, 12)] == [(1, 1), (2, 2), (3, 3), (2, 2)]


def test_one_that_runs_stands_until_the_end_that_is_forecast(
    began: Callable[..., Campaign],
    phone_linked_sender: Sender,
    contract: Contract,
    owner: Client,
    at: datetime,
) -> None:
    made = contract(
        "Slow", 9_000, of=phone_linked_sender, shares={State.QUEUED: 1.0}, begin=at - timedelta(days=2)
    )
    began("Over", at - timedelta(days=1))
    end = spans.forecasts(made.business_id, now=at)[made.pk]
    assert at + timedelta(days=1) < end < at + timedelta(days=40), "it takes days at the pace of this number"
    first, last = ((moment.astimezone(CAIRO)).date() for moment in (at - timedelta(days=2), end))
    shown, counted = {}, {}
    for month in sorted({first.strftime("%Y-%m"), at.strftime("%Y-%m"), last.strftime("%Y-%m")}):
        shown |= days(owner, f"/campaigns/calendar?month={month}")
        counted |= lengths(owner, f"/campaigns/calendar?month={month}")
    on = sorted(day for day, names in shown.items() if "Slow" in names)
    assert (on[0], on[-1], len(on)) == (first.isoformat(), last.isoformat(), (last - first).days + 1)
    assert counted[last.isoformat()] == (1, 1)
    assert all(said == listed for said, listed in counted.values())
    assert "until about" in owner.get(f"/campaigns/calendar?month={last:%Y-%m}").content.decode()


def test_one_that_is_paused_stands_until_it_last_ran(
    began: Callable[..., Campaign], business: Business, owner: Client
) -> None:
    made = began("Paused", datetime(2026, 2, 9, 9, tzinfo=UTC), state=BatchState.PAUSED)
    began("Never noted", datetime(2026, 2, 9, 9, tzinfo=UTC), state=BatchState.PAUSED)
    for hour in (9, 40):
        at = datetime(2026, 2, 9, tzinfo=UTC) + timedelta(hours=hour)
        Sample.objects.create(business_id=business.pk, batch_id=made.batch_id, at=at)
    found = {day: names for day, names in days(owner).items() if names}
    assert found == {"2026-02-09": ["Paused", "Never noted"], "2026-02-10": ["Paused"]}
    assert lengths(owner, MONTH) == {"2026-02-09": (2, 2), "2026-02-10": (1, 1)}


def test_what_did_not_begin_is_counted_and_listed(contract: Contract, owner: Client) -> None:
    for _ in range(2):
        made = contract("Waiting", 3, shares={State.QUEUED: 1.0}, state=BatchState.DRAFT)
        Batch.objects.filter(pk=made.batch_id).update(started_at=None)
    page = owner.get(MONTH).content.decode()
    assert "2 contracts are not started and have no day yet" in page
    assert "Nothing began in this month" in page
    listed = owner.get("/campaigns/?status=pending").content.decode()
    assert 'id="list-total"><bdi dir="ltr" class="q-num">2<' in listed


@pytest.mark.parametrize("month", ["", "2026-13", "1999-12", "2101-01", "x", "2026-2", "9999-99", "%00"])
def test_a_month_that_is_none_is_this_one(month: str, owner: Client, at: datetime) -> None:
    page = owner.get(f"/campaigns/calendar?month={month}").content.decode()
    assert "This month" not in page
    assert 'rel="next"' in page


def test_months_follow_each_other(owner: Client) -> None:
    page = owner.get("/campaigns/calendar?month=2026-01").content.decode()
    assert 'href="?month=2025-12"' in page
    assert 'href="?month=2026-02"' in page
    assert 'rel="prev"' not in owner.get("/campaigns/calendar?month=2000-01").content.decode()
    assert 'rel="next"' not in owner.get("/campaigns/calendar?month=2100-12").content.decode()


def test_nothing_of_a_stranger_shows(
    began: Callable[..., Campaign], other_business: Business, owner: Client
) -> None:
    theirs = began("Of the stranger", datetime(2026, 2, 9, 9, 0, tzinfo=UTC))
    Campaign.objects.filter(pk=theirs.pk).update(business=other_business)
    assert "Of the stranger" not in owner.get(MONTH).content.decode()


def test_many_are_copied_at_once(
    began: Callable[..., Campaign], sender: Sender, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [began(name, datetime(2026, 2, 9, 9, 0, tzinfo=UTC)) for name in ("Spring", "Summer", "Autumn")]
    body = {"action": "copy", "id": [one.public_id for one in made[:2]], "expected": "2"}
    assert "Done with 2 contracts." in owner.post("/campaigns/", body, follow=True).content.decode()
    copies = Campaign.objects.filter(sender=sender, import_state=ImportState.WAITING).order_by("pk")
    assert [one.name for one in copies] == ["Spring (copy)", "Summer (copy)"]
    assert {one.batch.state for one in copies} == {BatchState.DRAFT}

    from qafila.web.pages.campaigns import listing

    monkeypatch.setattr(listing, "MOST_COPIES", 1)
    assert (
        "At most 1 contract is copied at once"
        in owner.post("/campaigns/", body, follow=True).content.decode()
    )
    assert copies.count() == 2
