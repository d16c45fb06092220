"""Gateways repeat webhooks for hours: what was said before the newest word on the same matter changes nothing."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qafila.providers.notices import LinkNotice
from qafila.providers.waha import webhooks as waha

if TYPE_CHECKING:
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
READY, GONE = ("ready", ""), ("stopped", "phone_logged_out")


@pytest.fixture
def number(business: Business, owner_actor: Actor, now: datetime) -> Sender:
    from qafila.senders.actions import connect_number
    from qafila.senders.actions.link_news import linked

    found = connect_number(
        business=business,
        kind="waha",
        name="Shop",
        phone="+201000000042",
        given={"base_url": "https://waha.example.com", "api_key": "k", "session": "shop1"},
        allow_private_network=False,
        actor=owner_actor,
        now=now,
    )
    linked(sender_id=found.pk, now=now)
    return found


def told(number: Sender, code: str, at: datetime, now: datetime | None = None, **more: Any) -> None:
    from qafila.senders.actions.news import heed

    assert number.provider_account_id is not None
    notice = LinkNotice(code, number.ref, **more)
    heed(account_id=number.provider_account_id, notice=notice, at=at, now=now or at)


def state(number: Sender) -> tuple[str, str]:
    number.refresh_from_db()
    return number.state, number.state_reason


def test_a_late_word_that_it_works_brings_nothing_back(number: Sender, now: datetime) -> None:
    told(number, "logged_out", now + 2 * MINUTE)
    told(number, "connected", now + MINUTE, now=now + 60 * MINUTE)
    assert state(number) == GONE
    told(number, "connected", now + 3 * MINUTE)
    assert state(number) == READY


def test_a_late_word_that_it_is_gone_stops_nothing(number: Sender, now: datetime) -> None:
    from qafila.alerts.models import Alert

    told(number, "connected", now + 2 * MINUTE)
    told(number, "logged_out", now + MINUTE, now=now + 60 * MINUTE)
    told(number, "banned", now + MINUTE, now=now + 60 * MINUTE)
    assert state(number) == READY
    assert not Alert.objects.exists()


def test_what_came_before_the_phone_was_linked_here_is_over(number: Sender, now: datetime) -> None:
    """The page saw it linked; the webhooks of the session before that still come."""
    from qafila.senders.actions.link_news import linked

    told(number, "logged_out", now + MINUTE)
    linked(sender_id=number.pk, now=now + 10 * MINUTE)
    assert state(number) == READY
    told(number, "logged_out", now + 2 * MINUTE, now=now + 11 * MINUTE)
    assert state(number) == READY


def test_a_mere_break_makes_no_word_old(number: Sender, now: datetime) -> None:
    told(number, "logged_out", now + MINUTE)
    told(number, "disconnected", now + 3 * MINUTE)
    told(number, "connected", now + 2 * MINUTE, now=now + 4 * MINUTE)
    assert state(number) == READY


def test_each_matter_has_its_own_order(number: Sender, now: datetime) -> None:
    told(number, "connected", now + 5 * MINUTE)
    told(number, "time_locked", now + MINUTE, now=now + 6 * MINUTE, until=now + 90 * MINUTE)
    assert state(number) == ("resting", "phone_time_locked")
    told(number, "unlocked", now, now=now + 7 * MINUTE)
    assert state(number) == ("resting", "phone_time_locked"), "that was said before the lock"


def test_a_lock_without_an_end_counts_from_when_it_was_said(number: Sender, now: datetime) -> None:
    told(number, "time_locked", now + MINUTE, now=now + timedelta(hours=5))
    assert state(number)[0] == "resting"
    assert number.rest_until == now + MINUTE + timedelta(hours=24)


def test_a_lock_that_is_said_again_and_again_is_told_once(number: Sender, now: datetime) -> None:
    from qafila.alerts.models import Alert

    for minutes in (0, 4, 8, 30):
        told(number, "time_locked", now + minutes * MINUTE)
    assert state(number)[0] == "resting"
    assert number.rest_until == now + timedelta(hours=24)
    assert Alert.objects.get().count == 1
    told(number, "time_locked", now + timedelta(hours=23, minutes=30))
    assert state(number)[0] == "resting"
    assert number.rest_until == now + timedelta(hours=47, minutes=30)


def test_webhooks_in_the_wrong_order_from_their_bytes_on(number: Sender, now: datetime) -> None:
    """WAHA says when; the later of two wins whichever is read first."""
    from qafila.senders.actions.news import heed

    def hook(status: str, minutes: int) -> bytes:
        at = int((now + minutes * MINUTE).timestamp() * 1000)
        body = {"event": "session.status", "session": number.ref, "timestamp": at}
        return json.dumps({**body, "payload": {"status": status}}).encode()

    assert number.provider_account_id is not None
    for status, minutes in (("FAILED", 2), ("WORKING", 1)):
        (event,) = waha.parse(hook(status, minutes))
        assert event.at is not None  # type: ignore[union-attr]
        (notice,) = event.notices  # type: ignore[union-attr]
        heed(
            account_id=number.provider_account_id,
            notice=notice,
            at=event.at,  # type: ignore[union-attr]
            now=now + 9 * MINUTE,
        )
    assert state(number) == GONE
