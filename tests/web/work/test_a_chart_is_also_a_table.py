"""What a chart draws can be read: without a script, by ear, or to copy it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign
from qafila.ledger.models import Sample
from qafila.ledger.states import BatchState

pytestmark = pytest.mark.django_db
_CHART = re.compile(r'<div class="q-chart".*?</div>(.*?)</section>', re.DOTALL)
_LINK = re.compile(r'<a class="q-figures-link" href="([^"]+)">')
_ROW = re.compile(r"<tr><th scope=\"row\">.*?</tr>")
_FIGURE = re.compile(r'<td class="q-end">(?:<[^>]+>)?([^<]*)')


def rows(page: str) -> list[list[str]]:
    return [_FIGURE.findall(row) for row in _ROW.findall(page)]


def table_of(client: Client, page: str) -> tuple[str, str]:
    """The address of the chart's points, and the page of its figures."""
    text = client.get(page).content.decode()
    link = _LINK.search(text)
    assert link is not None
    address = link[1].replace("&amp;", "&")
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/html")
    whole = answer.content.decode()
    assert f'href="{page}"' in whole, "the way back"
    return address, whole


def test_the_minutes_of_the_dashboard(
    contract: Callable[..., Campaign], owner: Client, business: Business, at: datetime
) -> None:
    contract("Spring", 20)
    for minute, sent in ((9, 0), (8, 30), (7, 42)):
        moment = at.replace(second=0, microsecond=0) - timedelta(minutes=minute)
        Sample.objects.create(
            business_id=business.pk, batch_id=0, at=moment, sent=sent, delivered=sent // 2, failed=sent // 6
        )
    address, page = table_of(owner, "/")
    points = owner.get(address.replace("figures=1", "")).json()
    assert points["sent"] == [30, 12]
    assert rows(page) == [["12", "6", "2"], ["30", "15", "5"]], "newest first"


def test_the_course_of_a_contract(contract: Callable[..., Campaign], owner: Client) -> None:
    made = contract("<b>Spring</b>", 20, state=BatchState.FLOWING)
    address, page = table_of(owner, f"/campaigns/{made.public_id}")
    points = owner.get(address.partition("?")[0]).json()
    real = [f"{sent:,}" for _at, sent in reversed(points["real"])]
    assert real
    assert [row[0] for row in rows(page) if row[0] != "—"] == real
    assert "<b>Spring" not in page


def test_every_chart_has_one(contract: Callable[..., Campaign], owner: Client) -> None:
    made = contract("Spring", 20)
    for page in ("/", f"/campaigns/{made.public_id}", f"/senders/{made.sender.public_id}"):
        beside = _CHART.findall(owner.get(page).content.decode())
        assert beside, page
        assert all("As a table" in each for each in beside), page
