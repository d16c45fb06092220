"""What happens to a contract while its page stands open stands in its history, without a reload."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from qafila.campaigns.models import Campaign
from qafila.ledger.states import BatchState, State

pytestmark = pytest.mark.django_db
_HISTORY = re.compile(
    r'<section class="card" id="history"(.*?)>.*?<ol class="q-timeline">(.*?)</ol>', re.DOTALL
)


def history(html: str) -> tuple[bool, list[str]]:
    """Whether it is drawn over the one that stands there, and its lines without the moments, newest first."""
    (found,) = _HISTORY.findall(html)
    lines = re.findall(r"</svg><span>([^<]+)", found[1])
    return "hx-swap-oob" in found[0], [line.strip() for line in lines]


def test_a_pause_stands_in_the_history_of_an_open_page(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    made = contract("Spring", 20, state=BatchState.FLOWING)
    address = f"/campaigns/{made.public_id}"
    is_beside, before = history(owner.get(address).content.decode())
    assert not is_beside, "the page itself has it in its place"
    owner.post(f"{address}/pause")
    is_beside, after = history(owner.get(f"{address}/part").content.decode())
    assert is_beside
    assert after == ["Paused", *before]


def test_the_chart_waits_on_the_page_of_a_contract_that_did_not_begin(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    """It is drawn when the page hears that it began."""
    made = contract("Spring", 20, shares={State.QUEUED: 1.0}, state=BatchState.DRAFT)
    made.batch.started_at = None
    made.batch.save(update_fields=["started_at"])
    page = owner.get(f"/campaigns/{made.public_id}").content.decode()
    chart = re.search(r'<div class="q-chart"[^>]*data-chart="course"[^>]*>', page)
    assert chart is not None
    assert f'data-topic="batch:{made.public_id}"' in chart.group()
    assert 'data-none="Nothing was sent yet"' in chart.group()
