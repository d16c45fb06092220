"""Linking a phone: code by code, an end after six, and what the gateway says of the link later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qafila.providers.notices import LinkNotice
from tests.kit.raw_server import Received
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


class Phone:
    """A WPPConnect server whose codes a test turns over."""

    def __init__(self) -> None:
        self.server = WppServer()
        self.code = "2@first"
        self.gateway: FakeGateway | None = None

    def reply(self, received: Received) -> bytes:
        answer = self.server.reply(received)
        if "/status-session" in received.path and self.server.state == "QRCODE":
            shown = {"status": "QRCODE", "qrcode": None, "urlcode": self.code, "version": "2.10.4"}
            return said(200, shown)
        return answer

    def asked(self) -> int:
        assert self.gateway is not None
        return self.gateway.sent("/status-session")


@pytest.fixture
def phone() -> Iterator[Phone]:
    found = Phone()
    with beside(found.reply) as gateway:
        found.gateway = gateway
        yield found


@pytest.fixture
def number(phone: Phone, business: Business, owner_actor: Actor, now: datetime) -> Sender:
    from qafila.senders.actions import connect_number

    assert phone.gateway is not None
    return connect_number(
        business=business,
        kind="wppconnect",
        name="Shop",
        phone="+201000000042",
        given={"base_url": phone.gateway.server.url, "secret_key": "KEY", "session": "shop1"},
        allow_private_network=True,
        actor=owner_actor,
        now=now,
    )


def _state(sender: Sender) -> tuple[str, str]:
    sender.refresh_from_db()
    return sender.state, sender.state_reason


def test_a_scanned_code_puts_the_number_to_work(
    phone: Phone, number: Sender, owner_actor: Actor, now: datetime
) -> None:
    from qafila.businesses.models import AuditEntry
    from qafila.senders import linking
    from qafila.senders.models import LinkState, PhoneLink

    phone.server.state = "CLOSED"
    assert linking.start(sender=number, actor=owner_actor, now=now).shown.state == "starting"
    assert "/webhooks/" in phone.server.started["webhook"]
    phone.server.state = "QRCODE"
    seen = linking.look(sender=number, now=now)
    assert (seen.shown.qr, seen.tries_left, seen.seconds_left) == ("2@first", 5, 60)
    seen = linking.look(sender=number, now=now + timedelta(seconds=10))
    assert (seen.tries_left, seen.seconds_left) == (5, 50)
    phone.server.state = "CONNECTED"
    seen = linking.look(sender=number, now=now + timedelta(seconds=12))
    assert seen.link is not None
    assert seen.link.state == LinkState.LINKED
    assert _state(number) == ("ready", "")
    asked = phone.asked()
    linking.look(sender=number, now=now + timedelta(seconds=14))
    assert phone.asked() == asked, "what is over is not asked for again"
    kept = json.dumps(list(PhoneLink.objects.values()), default=str)
    kept += json.dumps(list(AuditEntry.objects.values()), default=str)
    assert "2@first" not in kept


def test_after_six_codes_it_stops_and_does_not_begin_again(
    phone: Phone, number: Sender, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders import linking

    phone.server.state = "QRCODE"
    linking.start(sender=number, actor=owner_actor, now=now)
    seen = None
    for place in range(6):
        phone.code = f"2@{place}"
        seen = linking.look(sender=number, now=now + timedelta(seconds=20 * place))
        assert seen.is_running
    assert seen is not None
    assert seen.tries_left == 0
    phone.code = "2@seventh"
    seen = linking.look(sender=number, now=now + timedelta(seconds=130))
    assert seen.link is not None
    assert (seen.is_running, seen.link.reason, seen.shown.qr) == (False, "link_codes_used_up", "")
    asked = phone.asked()
    for place in range(5):
        linking.look(sender=number, now=now + timedelta(seconds=140 + place))
    assert phone.asked() == asked
    assert _state(number) == ("stopped", "phone_not_linked")


def test_a_gateway_that_never_shows_a_code_is_given_up(
    phone: Phone, number: Sender, owner_actor: Actor, now: datetime
) -> None:
    """A server that cannot reach WhatsApp Web stays INITIALIZING without a word."""
    from qafila.senders import linking

    phone.server.state = "INITIALIZING"
    linking.start(sender=number, actor=owner_actor, now=now)
    assert linking.look(sender=number, now=now + timedelta(seconds=89)).is_running
    seen = linking.look(sender=number, now=now + timedelta(seconds=91))
    assert seen.link is not None
    assert (seen.is_running, seen.link.reason) == (False, "link_start_timed_out")


def test_a_gateway_that_does_not_answer_says_so_and_may_come_back(
    phone: Phone, number: Sender, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders import linking

    phone.server.secret_key_is_right = False
    seen = linking.start(sender=number, actor=owner_actor, now=now)
    assert (seen.trouble, seen.is_running) == ("wppconnect.secret_key_wrong", True)
    phone.server.secret_key_is_right = True
    phone.server.state = "QRCODE"
    assert linking.look(sender=number, now=now + timedelta(seconds=2)).shown.qr == "2@first"


def test_a_code_may_be_typed_and_an_attempt_cancelled(
    phone: Phone, number: Sender, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders import linking

    linking.use_code(sender=number, actor=owner_actor, now=now)
    assert phone.server.started["phone"] == "201000000042"
    assert "/webhooks/" in phone.server.started["webhook"]
    linking.cancel(sender=number, actor=owner_actor, now=now)
    seen = linking.look(sender=number, now=now)
    assert seen.link is not None
    assert seen.link.reason == "link_cancelled"


def test_a_code_that_the_gateway_keeps_to_itself_is_said_to_be_lost(
    phone: Phone, number: Sender, owner_actor: Actor, now: datetime
) -> None:
    """WPPConnect tells nobody the letters once a QR code was there, also in an attempt before; a QR code can be had again all the
    same."""
    from qafila.senders import linking

    phone.server.state = "QRCODE"
    linking.start(sender=number, actor=owner_actor, now=now)
    linking.cancel(sender=number, actor=owner_actor, now=now)
    seen = linking.use_code(sender=number, actor=owner_actor, now=now)
    assert (seen.trouble, seen.shown.state, seen.is_running) == ("", "starting", True)
    seen = linking.look(sender=number, now=now + timedelta(seconds=2))
    assert seen.is_running, "a call that tells it may be under way"
    seen = linking.look(sender=number, now=now + timedelta(seconds=31))
    assert seen.link is not None
    assert seen.link.reason == "link_code_not_told"
    assert phone.server.state == "CLOSED", "so that codes begin anew"


def test_a_code_of_letters_that_would_be_told_to_nobody_costs_no_qr_code(
    phone: Phone, number: Sender, owner_actor: Actor, now: datetime
) -> None:
    from qafila.businesses.refusals import Clash
    from qafila.senders import linking

    phone.server.state = "QRCODE"
    linking.start(sender=number, actor=owner_actor, now=now)
    with pytest.raises(Clash) as caught:
        linking.use_code(sender=number, actor=owner_actor, now=now)
    assert caught.value.code == "link_letters_late"
    seen = linking.look(sender=number, now=now + timedelta(seconds=2))
    assert (seen.shown.state, seen.shown.qr, seen.is_running) == ("qr", "2@first", True)
    linking.cancel(sender=number, actor=owner_actor, now=now)
    phone.server.was_closed = False  # as a person is told: the server was started anew
    linking.use_code(sender=number, actor=owner_actor, now=now)
    assert linking.look(sender=number, now=now).shown.code == "ABCD-EFGH"
    assert linking.use_code(sender=number, actor=owner_actor, now=now).is_running, "asked for once more"


@pytest.fixture
def ours(business: Business, owner_actor: Actor, now: datetime) -> Iterator[tuple[GatewayAnswers, Sender]]:
    """Our own gateway with a linked phone, and the number."""
    from qafila.senders.actions import connect_number

    answers = GatewayAnswers()
    with beside(answers.reply) as gateway:
        yield (
            answers,
            connect_number(
                business=business,
                kind="baileys",
                name="Shop",
                phone="+201000000042",
                given={"base_url": gateway.server.url, "token": TOKEN, "session": "main"},
                allow_private_network=True,
                actor=owner_actor,
                now=now,
            ),
        )


def _calls(answers: GatewayAnswers, what: str) -> list[Any]:
    return [body for path, body in answers.calls if path.endswith(f"/{what}")]


def test_a_link_that_is_only_away_survives_who_links_again_and_gives_up(
    ours: tuple[GatewayAnswers, Sender], owner_actor: Actor, now: datetime
) -> None:
    """Ninety seconds without the internet: its keys are all that the number has."""
    from qafila.senders import linking

    answers, number = ours
    answers.view.update(state="waiting", reason="unreachable", linked=True)
    linking.start(sender=number, actor=owner_actor, now=now)
    seen = linking.look(sender=number, now=now + timedelta(seconds=91))
    assert seen.link is not None
    assert seen.link.reason == "link_start_timed_out"
    linking.start(sender=number, actor=owner_actor, now=now + timedelta(seconds=92))
    linking.cancel(sender=number, actor=owner_actor, now=now + timedelta(seconds=93))
    assert _calls(answers, "logout") == []


def test_an_attempt_without_a_link_is_ended_at_the_gateway(
    ours: tuple[GatewayAnswers, Sender], owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders import linking

    answers, number = ours
    answers.view.update(state="qr", linked=False)
    linking.start(sender=number, actor=owner_actor, now=now)
    linking.cancel(sender=number, actor=owner_actor, now=now)
    assert _calls(answers, "logout") == [{"unless_linked": True}]


def test_a_new_qr_code_is_a_new_one_at_the_gateway_too(
    ours: tuple[GatewayAnswers, Sender], owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders import linking

    answers, number = ours
    answers.view.update(state="qr", linked=False)
    for _ in range(2):
        assert linking.start(sender=number, actor=owner_actor, now=now).tries_left == 5
    assert [body.get("fresh", False) for body in _calls(answers, "start")] == [False, True]


def test_who_may_not_change_numbers_may_not_link(number: Sender, owner_actor: Actor, now: datetime) -> None:
    import dataclasses

    from qafila.businesses.refusals import NotAllowed
    from qafila.businesses.rules.scopes import ROLE_SCOPES
    from qafila.senders import linking

    agent = dataclasses.replace(owner_actor, scopes=ROLE_SCOPES["agent"])
    with pytest.raises(NotAllowed):
        linking.start(sender=number, actor=agent, now=now)


def test_an_official_number_has_no_phone_to_link(sender: Sender, owner_actor: Actor, now: datetime) -> None:
    from qafila.businesses.refusals import Clash
    from qafila.senders import linking

    with pytest.raises(Clash) as caught:
        linking.start(sender=sender, actor=owner_actor, now=now)
    assert caught.value.code == "link_not_possible"


def _heed(number: Sender, code: str, now: datetime, **more: Any) -> None:
    from qafila.senders.actions.news import heed

    assert number.provider_account_id is not None
    heed(
        account_id=number.provider_account_id,
        notice=LinkNotice(code, number.ref, **more),
        at=now,
        now=now,
    )


def test_what_the_gateway_says_of_the_link_is_followed(number: Sender, now: datetime) -> None:
    from qafila.alerts.models import Alert

    _heed(number, "connected", now)
    assert _state(number) == ("ready", "")
    _heed(number, "disconnected", now)
    assert _state(number) == ("ready", ""), "it comes back by itself"
    _heed(number, "logged_out", now)
    assert _state(number) == ("stopped", "phone_logged_out")
    _heed(number, "logged_out", now)
    assert Alert.objects.get(code="sender_stopped").params["reason"] == "phone_logged_out"
    _heed(number, "connected", now)
    _heed(number, "banned", now)
    _heed(number, "connected", now)
    assert _state(number) == ("stopped", "phone_banned"), "after a ban a person says when to go on"


def test_a_time_lock_is_a_rest_until_its_end(number: Sender, now: datetime) -> None:
    from qafila.senders.models import SenderHealth

    _heed(number, "connected", now)
    until = now + timedelta(hours=5)
    _heed(number, "time_locked", now, until=until)
    assert _state(number) == ("resting", "phone_time_locked")
    assert number.rest_until == until
    assert SenderHealth.objects.get(sender=number).details["time_locked_until"] == until.isoformat()
    _heed(number, "capped", now, until=now - timedelta(hours=1))
    assert _state(number) == ("resting", "phone_time_locked"), "what is over changes nothing"


def test_a_pause_stays_one_over_a_broken_link(number: Sender, owner_actor: Actor, now: datetime) -> None:
    from qafila.senders.actions import pause_sender

    _heed(number, "connected", now)
    pause_sender(sender=number, by="person", actor=owner_actor, now=now)
    _heed(number, "logged_out", now)
    _heed(number, "connected", now)
    assert _state(number)[0] == "paused"


def test_another_accounts_words_change_nothing(number: Sender, sender: Sender, now: datetime) -> None:
    from qafila.senders.actions.news import heed

    assert sender.provider_account_id is not None
    notice = LinkNotice("connected", number.ref)
    heed(account_id=sender.provider_account_id, notice=notice, at=now, now=now)
    assert _state(number) == ("stopped", "phone_not_linked")


def test_what_was_switched_off_meanwhile_sends_nothing_when_its_phone_is_linked(
    number: Sender, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders.actions import change_number

    change_number(sender=number, is_active=False, actor=owner_actor, now=now)
    _heed(number, "connected", now)
    assert _state(number) == ("paused", "number_switched_off")
    change_number(sender=number, is_active=True, actor=owner_actor, now=now)
    assert _state(number) == ("ready", "")
