"""Gateways are asked how their phones stand: a phone that is gone is found without a webhook, and silence changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync

from qafila.kit.processes import runfile
from qafila.providers import doors
from tests.kit.raw_server import Received, unused_port
from tests.providers.conformance.beside import beside
from tests.providers.conformance.fake import FakeGateway, said
from tests.providers.conformance.side import TOKEN
from tests.providers.conformance.sides.baileys import GatewayAnswers
from tests.providers.conformance.sides.wppconnect import WppServer

if TYPE_CHECKING:
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
READY, GONE = ("ready", ""), ("stopped", "phone_logged_out")


class House:
    """A WPPConnect server with a linked number on it."""

    def __init__(self, business: Business, actor: Actor, now: datetime) -> None:
        self.business, self.actor, self.now = business, actor, now
        self.server = WppServer()
        self.broken = False
        self.gateway: FakeGateway | None = None

    def reply(self, received: Received) -> bytes:
        return said(500, {"fault": "upstream"}) if self.broken else self.server.reply(received)

    def number(self, url: str = "", session: str = "shop1", **more: Any) -> Sender:
        from qafila.senders.actions import connect_number
        from qafila.senders.actions.link_news import linked

        assert self.gateway is not None
        given = {"base_url": url or self.gateway.server.url, "secret_key": "KEY", "session": session}
        found = connect_number(
            business=self.business,
            kind="wppconnect",
            name=session,
            phone=f"+2010000000{len(session):02}",
            given=given,
            allow_private_network=True,
            actor=self.actor,
            now=self.now,
            **more,
        )
        linked(sender_id=found.pk, now=self.now)
        return found

    def look(self, minutes: int) -> int:
        """One round so long after the beginning."""
        from qafila.senders.link_watch import watch

        async def whole() -> int:
            try:
                return await watch(now=self.now + minutes * MINUTE, rng=Random(1))
            finally:
                await doors.close_all()

        return async_to_sync(whole)()

    def asked(self) -> int:
        assert self.gateway is not None
        return self.gateway.sent("/status-session")


@pytest.fixture
def house(business: Business, owner_actor: Actor, now: datetime) -> Iterator[House]:
    found = House(business, owner_actor, now)
    with beside(found.reply) as gateway:
        found.gateway = gateway
        yield found


def state(number: Sender) -> tuple[str, str]:
    number.refresh_from_db()
    return number.state, number.state_reason


@pytest.mark.parametrize("gone", ["CLOSED", "QRCODE"])
def test_a_phone_that_is_gone_is_found_without_a_webhook(house: House, gone: str) -> None:
    from qafila.alerts.models import Alert

    number = house.number()
    assert house.look(0) == 1
    house.server.state = gone
    for minutes in (5, 7):
        assert house.look(minutes) == 1
        assert state(number) == READY, "a server that was just started says so too"
    assert house.look(9) == 1
    assert state(number) == GONE
    assert Alert.objects.get().code == "sender_stopped"


def test_a_server_that_was_started_anew_stops_nothing(house: House) -> None:
    from qafila.senders.models import SenderHealth

    number = house.number()
    for minutes, says in (
        (0, "CLOSED"),
        (2, "CLOSED"),
        (4, "INITIALIZING"),
        (9, "CLOSED"),
        (11, "CONNECTED"),
    ):
        house.server.state = says
        assert house.look(minutes) == 1
        assert state(number) == READY
    assert "link_doubts" not in SenderHealth.objects.get(sender=number).details


def test_a_number_whose_phone_is_back_goes_on(house: House) -> None:
    number = house.number()
    for minutes, says in ((0, "CLOSED"), (2, "CLOSED"), (4, "CLOSED")):
        house.server.state = says
        house.look(minutes)
    assert state(number) == GONE
    house.server.state = "CONNECTED"
    assert house.look(40) == 1
    assert state(number) == READY


def test_what_a_ban_or_a_person_stopped_is_not_asked_for(house: House) -> None:
    from qafila.senders.actions.states import stop_sender

    number = house.number()
    stop_sender(sender_id=number.pk, reason="phone_banned", now=house.now)
    assert house.look(60) == 0
    assert house.asked() == 0
    assert state(number) == ("stopped", "phone_banned")


def test_a_gateway_that_does_not_answer_changes_nothing(house: House) -> None:
    from qafila.alerts.models import Alert
    from qafila.senders.models import SenderHealth

    there, away = house.number(), house.number(f"http://127.0.0.1:{unused_port()}", session="far")
    house.broken = True
    for minutes in (0, 6, 12, 18):
        assert house.look(minutes) == 0
    assert (state(there), state(away)) == (READY, READY)
    assert not Alert.objects.exists()
    assert {health.trouble for health in SenderHealth.objects.all()} == {""}


def test_a_wrong_key_says_nothing_of_the_phone(house: House) -> None:
    number = house.number()
    house.server.secret_key_is_right = False
    for minutes in (0, 6, 12, 18):
        assert house.look(minutes) == 0
    assert state(number) == READY


def test_each_is_asked_now_and_then_and_by_one_worker(house: House) -> None:
    house.number()
    assert [house.look(0), house.look(0), house.look(3)] == [1, 0, 0]
    assert house.asked() == 1
    assert house.look(5) == 1


def test_the_others_of_a_silent_gateway_wait(house: House) -> None:
    from qafila.senders.actions import create_sender

    first = house.number()
    create_sender(
        business=house.business,
        name="Second",
        phone="+201000000099",
        provider_account=first.provider_account,
        ref="shop2",
        actor=house.actor,
        now=house.now,
    )
    house.broken = True
    assert house.look(0) == 0
    assert house.asked() + (house.gateway.sent("generate-token") if house.gateway else 0) == 1
    house.broken = False
    assert house.look(2) == 0
    assert house.look(6) == 2


def test_a_phone_that_is_just_being_linked_is_left_alone(house: House) -> None:
    from qafila.senders.actions.links import begin_link

    begin_link(sender=house.number(), actor=house.actor, now=house.now)
    assert house.look(0) == 0


def test_a_look_before_a_webhook_knows_less(house: House) -> None:
    """The webhook was read while the gateway was being asked: the later word holds."""
    from qafila.providers.notices import LinkNotice
    from qafila.senders.actions.news import heed

    number = house.number()
    assert number.provider_account_id is not None
    later = house.now + 20 * MINUTE
    notice = LinkNotice("logged_out", number.ref)
    heed(account_id=number.provider_account_id, notice=notice, at=later, now=later)
    assert house.look(10) == 1
    assert state(number) == GONE


def test_a_gateway_that_reports_to_a_former_port_is_told_the_present_one(
    business: Business, owner_actor: Actor, now: datetime, tmp_path: Path, settings: Any
) -> None:
    """Only where a process of ours serves the pages at that port: a guess would lead a good address astray."""
    from qafila.senders import queries
    from qafila.senders.actions import connect_number
    from qafila.senders.actions.link_news import linked
    from qafila.senders.link_watch import watch

    settings.ENV = settings.ENV.model_copy(update={"data": tmp_path, "port": [6000], "public_url": ""})
    answers = GatewayAnswers()

    async def look(minutes: int) -> int:
        try:
            return await watch(now=now + minutes * MINUTE, rng=Random(1))
        finally:
            await doors.close_all()

    with beside(answers.reply) as gateway:
        number = connect_number(
            business=business,
            kind="baileys",
            name="Shop",
            phone="+201000000042",
            given={"base_url": gateway.server.url, "token": TOKEN, "session": "main"},
            allow_private_network=True,
            actor=owner_actor,
            now=now,
        )
        linked(sender_id=number.pk, now=now)
        to = queries.credentials(number.pk)[1]
        assert to.webhook_url.startswith("http://127.0.0.1:6000/webhooks/")
        answers.view["webhook"] = to.webhook_url.replace(":6000/", ":5001/")
        assert async_to_sync(look)(0) == 1
        assert answers.started is None
        runfile.write(tmp_path / "run", pid=os.getpid(), role="web", now=now, port=6000)
        assert async_to_sync(look)(10) == 1
    assert answers.started["webhook"]["url"] == to.webhook_url
    assert state(number) == READY


@pytest.mark.parametrize("how", ["it starts for ever", "its browser is gone"])
def test_a_session_that_does_not_come_up_is_told_once_and_over_when_it_works(house: House, how: str) -> None:
    from qafila.alerts.models import Alert

    number = house.number()
    house.look(0)
    if how == "it starts for ever":
        house.server.state = "INITIALIZING"
    else:
        house.server.has_browser = False
    for minutes in (5, 7, 9, 11, 13):
        assert house.look(minutes) == 1
        assert not Alert.objects.exists(), "it may only be slow"
    assert house.look(16) == 1
    alert = Alert.objects.get()
    assert (alert.code, alert.level, alert.subject_id) == ("link_away", "warning", str(number.public_id))
    assert alert.params["sender"] == "shop1"
    assert alert.params["since"]
    house.look(25)
    house.look(35)
    alert.refresh_from_db()
    assert (alert.count, alert.closed_at) == (1, None)
    assert state(number) == READY
    house.server.state, house.server.has_browser = "CONNECTED", True
    house.look(45)
    alert.refresh_from_db()
    assert alert.closed_at is not None


def test_a_session_that_is_slow_but_comes_up_is_told_to_nobody(house: House) -> None:
    from qafila.alerts.models import Alert

    house.number()
    says = ("INITIALIZING", "CONNECTED", "INITIALIZING", "INITIALIZING", "CONNECTED", "INITIALIZING")
    for minutes, word in zip((0, 6, 12, 18, 24, 30), says, strict=True):
        house.server.state = word
        assert house.look(minutes) == 1
    assert not Alert.objects.exists()


def test_a_webhook_that_it_works_or_is_gone_ends_that_alert_at_once(house: House) -> None:
    from qafila.alerts.models import Alert
    from qafila.events.jobs import run_due
    from qafila.providers.notices import LinkNotice
    from qafila.senders.actions.news import heed

    number = house.number()

    def told(code: str, minutes: int) -> None:
        at = house.now + minutes * MINUTE
        heed(account_id=number.provider_account_id or 0, notice=LinkNotice(code, number.ref), at=at, now=at)
        run_due(now=at)

    house.server.state = "INITIALIZING"
    for minutes, code in ((0, "connected"), (60, "logged_out")):
        house.look(minutes)
        house.look(minutes + 15)
        alert = Alert.objects.get(code="link_away", closed_at=None)
        told(code, minutes + 16)
        alert.refresh_from_db()
        assert alert.closed_at is not None
    assert state(number) == GONE


def test_a_browser_that_is_gone_stops_nothing_by_itself_and_is_no_link(house: House) -> None:
    """A message that cannot go out stops the number; it goes on when the browser is back, not before."""
    from qafila.senders.actions.states import stop_sender

    number = house.number()
    house.server.has_browser = False
    assert house.look(0) == 1
    assert state(number) == READY
    stop_sender(sender_id=number.pk, reason="wppconnect.disconnected", now=house.now)
    assert house.look(40) == 1
    assert state(number) == ("stopped", "wppconnect.disconnected")
    house.server.has_browser = True
    assert house.look(80) == 1
    assert state(number) == READY
