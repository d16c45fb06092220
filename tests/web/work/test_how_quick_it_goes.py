"""How long messages wait and calls take: percentiles of the latest calls, on the page of messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign
from qafila.ledger.models import Attempt
from qafila.ledger.speeds import Spread, speeds, spread
from qafila.ledger.states import State
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert spread([]) is None
    assert spread([None, 3.0]) == Spread(3.0, 3.0, 3.0, 1)
    many = spread([float(n) for n in range(100, 0, -1)])
    assert many == Spread(50.0, 95.0, 99.0, 100)
    assert not many.is_vague
    assert spread([1.0] * 99).is_vague  # type: ignore[union-attr]
    assert spread([-5.0]) == Spread(0.0, 0.0, 0.0, 1), "a clock that went back"


def test_waits_and_calls_are_measured(
    contract: Callable[..., Campaign], business: Business, sender: Sender, at: datetime
) -> None:
    sent = contract(
        "Sent",
        100,
        shares={State.SENT: 1.0},
        begin=at - timedelta(seconds=1_000),
        end=at,
    )
    old = contract(
        "Old", 20, shares={State.SENT: 1.0}, begin=at - timedelta(days=3), end=at - timedelta(days=2)
    )
    measured = speeds(business.pk, now=at)
    assert measured.run == Spread(1.0, 1.0, 1.0, 100)
    assert measured.wait is not None
    assert (round(measured.wait.p50), round(measured.wait.p99)) == (500, 990)
    assert speeds(business.pk, batch_id=old.batch_id, now=at).run is None
    assert speeds(business.pk, batch_id=sent.batch_id, now=at) == measured
    assert speeds(business.pk, sender_id=sender.pk, now=at) == measured
    assert speeds(business.pk, sender_id=sender.pk + 1, now=at).run is None
    assert speeds(business.pk + 1, now=at).run is None


def test_what_was_no_call_is_no_call(
    contract: Callable[..., Campaign], business: Business, at: datetime
) -> None:
    contract("Sent", 10, shares={State.SENT: 1.0}, begin=at - timedelta(minutes=9), end=at)
    Attempt.objects.update(outcome="gate")
    measured = speeds(business.pk, now=at)
    assert measured.run is None
    assert measured.wait is not None


def test_the_page_says_how_sure_it_is(contract: Callable[..., Campaign], owner: Client, at: datetime) -> None:
    assert "How quick it goes" not in owner.get("/messages/").content.decode()
    contract("Few", 7, shares={State.SENT: 1.0}, begin=at - timedelta(minutes=9), end=at)
    text = owner.get("/messages/").content.decode()
    assert "How quick it goes" in text
    assert "from 7 messages only: a rough figure" in text
    contract("Many", 150, shares={State.SENT: 1.0}, begin=at - timedelta(minutes=9), end=at)
    assert "a rough figure" not in owner.get("/messages/").content.decode()
