"""The code of letters that links a phone: sealed, for one attempt, wiped when it is over, and not lost to a slow look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from qafila.providers.management import PairingState
from tests.providers.conformance.beside import beside
from tests.providers.conformance.side import TOKEN
from tests.providers.conformance.sides.waha import WahaServer

if TYPE_CHECKING:
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import PhoneLink, Sender

pytestmark = pytest.mark.django_db
LETTERS = "ABCD-EFGH"


class Phone:
    """A WAHA server and its address."""

    def __init__(self) -> None:
        self.server = WahaServer()
        self.server.state = "SCAN_QR_CODE"
        self.url = ""


@pytest.fixture
def phone() -> Iterator[Phone]:
    found = Phone()
    with beside(found.server.reply) as gateway:
        found.url = gateway.server.url
        yield found


@pytest.fixture
def number(phone: Phone, business: Business, owner_actor: Actor, now: datetime) -> Sender:
    from qafila.senders.actions import connect_number

    return connect_number(
        business=business,
        kind="waha",
        name="Shop",
        phone="+16505551234",
        given={"base_url": phone.url, "api_key": TOKEN, "session": "default"},
        allow_private_network=True,
        actor=owner_actor,
        now=now,
    )


def _ready(phone: Phone, number: Sender) -> None:
    """The session reports to us already, so that nothing starts anew."""
    from qafila.providers.waha.pairing import webhook_of
    from qafila.senders import queries

    _, to, _ = queries.credentials(number.pk)
    phone.server.shown_config = {"webhooks": [webhook_of(to, to.webhook_url)]}


@pytest.fixture
def given(phone: Phone, number: Sender, owner_actor: Actor, now: datetime) -> Sender:
    """With a code."""
    from qafila.senders import linking

    _ready(phone, number)
    assert linking.use_code(sender=number, actor=owner_actor, now=now).shown.code == LETTERS
    return number


def _row(number: Sender) -> PhoneLink:
    from qafila.senders.models import PhoneLink

    return PhoneLink.objects.get(sender=number)


def test_it_is_sealed_for_this_attempt(given: Sender, owner_actor: Actor, now: datetime) -> None:
    from qafila.senders.actions.links import begin_link
    from qafila.senders.link_codes import code_of
    from qafila.senders.models import PhoneLink

    row = _row(given)
    assert row.code_sealed
    assert LETTERS not in row.code_sealed
    assert code_of(row, now=now) == LETTERS
    sealed, until = row.code_sealed, row.code_until
    begin_link(sender=given, actor=owner_actor, now=now)
    assert _row(given).code_sealed == ""
    PhoneLink.objects.update(code_sealed=sealed, code_until=until)
    assert code_of(_row(given), now=now) == "", "copied into another attempt it does not open"


def test_no_qr_code_is_asked_for_while_it_counts(phone: Phone, given: Sender, now: datetime) -> None:
    from qafila.senders import linking

    for seconds in (2, 60, 178):
        seen = linking.look(sender=given, now=now + timedelta(seconds=seconds))
        assert (seen.shown.state, seen.shown.code) == ("code", LETTERS)
        assert (seen.seconds_left, seen.tries_left) == (180 - seconds, 5)
    assert phone.server.qr_codes == 0
    seen = linking.look(sender=given, now=now + timedelta(seconds=181))
    assert (seen.shown.state, seen.shown.code) == ("qr", "")
    assert _row(given).code_sealed == ""


def test_it_is_wiped_however_the_attempt_ends(
    phone: Phone, given: Sender, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders import linking

    phone.server.state = "FAILED"
    linking.look(sender=given, now=now)
    assert (_row(given).state, _row(given).code_sealed) == ("ended", "")
    phone.server.state = "SCAN_QR_CODE"
    linking.use_code(sender=given, actor=owner_actor, now=now)
    assert _row(given).code_sealed
    linking.cancel(sender=given, actor=owner_actor, now=now)
    assert _row(given).code_sealed == ""


def test_a_webhook_that_ends_the_attempt_leaves_no_code_behind(given: Sender, now: datetime) -> None:
    from qafila.senders import linking
    from qafila.senders.actions.link_news import linked

    linked(sender_id=given.pk, now=now)
    seen = linking.look(sender=given, now=now)
    assert (seen.is_running, seen.shown.code) == (False, "")
    assert _row(given).code_sealed == ""


def test_a_gateway_that_stays_silent_for_a_moment_hides_nothing(
    phone: Phone, given: Sender, now: datetime
) -> None:
    from qafila.providers.interface import Failure
    from qafila.senders import linking

    phone.server.failure = Failure.ACCOUNT
    seen = linking.look(sender=given, now=now)
    assert seen.trouble
    assert seen.shown.code == LETTERS


def test_a_look_that_began_before_the_code_came_does_not_wipe_it(given: Sender, now: datetime) -> None:
    from qafila.senders.actions.links import note_link

    old = _row(given)
    old.code_sealed = ""  # as it was when that look began
    row = note_link(asked=old, state=PairingState("qr", qr="2@late"), now=now)
    assert row is not None
    assert (row.code_sealed, row.codes) == (_row(given).code_sealed, 1)
    assert _row(given).code_sealed


def test_asked_for_too_early_it_is_asked_for_once_more(
    phone: Phone, number: Sender, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders import linking

    phone.server.state = "STOPPED"
    seen = linking.use_code(sender=number, actor=owner_actor, now=now)
    assert seen.shown.state == "starting"
    assert _row(number).code_wanted
    phone.server.state = "SCAN_QR_CODE"
    seen = linking.look(sender=number, now=now + timedelta(seconds=4))
    assert (seen.shown.state, seen.shown.code) == ("code", LETTERS)
    assert not _row(number).code_wanted
    assert linking.look(sender=number, now=now + timedelta(seconds=6)).shown.code == LETTERS
