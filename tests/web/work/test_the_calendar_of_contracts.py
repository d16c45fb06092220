"""Contracts on the days on which they began: the business's days, the language's weeks, and lists of exactly those."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign, ImportState
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, State
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db
Contract = Callable[..., Campaign]
MONTH = "/campaigns/calendar?month=2026-02"


@pytest.fixture
def began(contract: Contract) -> Callable[[str, datetime], Campaign]:
    def make(name: str, at: datetime) -> Campaign:
        made = contract(name, 3)
        Batch.objects.filter(pk=made.batch_id).update(started_at=at)
        Campaign.objects.filter(pk=made.pk).update(created_at=at)
        return made

    return make


def days(client: Client, where: str = MONTH, **headers: str) -> dict[str, list[str]]:
    """Day to the names on it."""
    page = client.get(where, headers=headers).content.decode()
    found = {}
    for cell in re.findall(r"<td.*?</td>", page, re.DOTALL):
        day = re.search(r'datetime="([\d-]+)"', cell)
        if day:
            found[day.group(1)] = re.findall(r'<span dir="auto">([^<]+)</span></a>', cell)
    return found


def test_each_stands_on_the_businesss_day(began: Callable[[str, datetime], Campaign], owner: Client) -> None:
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
    began: Callable[[str, datetime], Campaign],
    owner: Client,
) -> None:
    began("One", datetime(2026, 2, 9, 9, 0, tzinfo=UTC))
    owner.cookies["django_language"] = language
    found = days(owner, **{"accept-language": language})
    assert (next(iter(found)), len(found)) == (first, cells)


def test_what_has_no_place_in_its_day_is_in_a_list_of_exactly_that_day(
    began: Callable[[str, datetime], Campaign], owner: Client
) -> None:
    for n in range(6):
        began(f"Of the tenth {n}", datetime(2026, 2, 10, 9 + n, 0, tzinfo=UTC))
    began("Of the ninth", datetime(2026, 2, 9, 9, 0, tzinfo=UTC))
    assert days(owner)["2026-02-10"] == [f"Of the tenth {n}" for n in range(4)]
    page = owner.get(MONTH).content.decode()
    link = re.search(r'href="(/campaigns/\?began_from=[^"]+)">and 2 more', page)
    assert link is not None
    listed = owner.get(link.group(1).replace("&amp;", "&")).content.decode()
    assert 'id="list-total"><bdi dir="ltr" class="q-num">6<' in listed
    assert "Of the ninth" not in listed


def test_a_days_number_of_contracts_is_that_of_its_list(
    began: Callable[[str, datetime], Campaign], owner: Client
) -> None:
    for day, count in ((9, 1), (10, 6), (28, 2)):
        for n in range(count):
            # In Cairo the day ends at 22:00 UTC, and begins there.
            began(f"Of {day}", datetime(2026, 2, day - n % 2, 22 if n % 2 else 21, 59, tzinfo=UTC))
    page = owner.get(MONTH).content.decode()
    said = r'href="(/campaigns/\?began_from=[^"]+)">(?:(?!</a>).)*?<bdi>(\d+)</bdi> contracts?<'
    found = re.findall(said, page, re.DOTALL)
    assert sorted(int(count) for _where, count in found) == [1, 2, 6]
    for where, count in found:
        listed = owner.get(where.replace("&amp;", "&")).content.decode()
        assert f'id="list-total"><bdi dir="ltr" class="q-num">{count}<' in listed


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
    began: Callable[[str, datetime], Campaign], other_business: Business, owner: Client
) -> None:
    theirs = began("Of the stranger", datetime(2026, 2, 9, 9, 0, tzinfo=UTC))
    Campaign.objects.filter(pk=theirs.pk).update(business=other_business)
    assert "Of the stranger" not in owner.get(MONTH).content.decode()


def test_many_are_copied_at_once(
    began: Callable[[str, datetime], Campaign], sender: Sender, owner: Client, monkeypatch: pytest.MonkeyPatch
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
