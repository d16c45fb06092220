"""The page that links a phone: honest, without JavaScript too, over when it is over; and the link for who holds the phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.providers.conformance.beside import beside
from tests.providers.conformance.fake import said
from tests.providers.conformance.sides.wppconnect import WppServer

if TYPE_CHECKING:
    from django.test import Client

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> Iterator[WppServer]:
    found = WppServer()
    with beside(found.reply) as gateway:
        found.url = gateway.server.url  # type: ignore[attr-defined]
        yield found


@pytest.fixture
def number(server: WppServer, business: Business, owner_actor: Actor) -> Sender:
    from qafila.senders.actions import connect_number

    return connect_number(
        business=business,
        kind="wppconnect",
        name="Shop",
        phone="+201000000001",
        given={"base_url": server.url, "secret_key": "KEY", "session": "shop1"},  # type: ignore[attr-defined]
        allow_private_network=True,
        actor=owner_actor,
        now=datetime.now(UTC),
    )


@pytest.fixture
def place(number: Sender) -> str:
    return f"/senders/{number.public_id}/link"


def _text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]


def test_the_way_from_the_first_code_to_the_linked_phone(
    owner: Client, server: WppServer, number: Sender, place: str
) -> None:
    first = _text(owner.get(place))
    assert "breaks WhatsApp" in first
    assert "Cloud API" in first
    assert "No code is shown now" in first
    server.state = "QRCODE"
    assert owner.post(f"{place}/start", follow=True).status_code == 200
    page = _text(owner.get(place))
    assert '<svg class="q-qr"' in page, "drawn here"
    assert "2@abc" not in page
    assert "more second" in page
    assert "5 more codes may follow" in page
    assert 'hx-trigger="every 2s"' in page
    assert "Look again" in page, "the way without JavaScript"
    server.state = "CONNECTED"
    done = owner.get(f"{place}/part", headers={"HX-Request": "true"})
    assert (done.status_code, done["HX-Redirect"]) == (204, f"/senders/{number.public_id}")
    number.refresh_from_db()
    assert number.state == "ready"
    without = _text(owner.get(place))
    assert "The phone is linked." in without
    assert "hx-get" not in without[without.index('id="link"') :][:200]


def test_a_number_is_logged_out_after_a_question(
    owner: Client, server: WppServer, number: Sender, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qafila.alerts.models import Alert
    from qafila.businesses.models import AuditEntry

    detail = f"/senders/{number.public_id}"
    assert 'data-dialog="log-out"' not in _text(owner.get(detail)), "nothing is linked yet"
    server.state = "CONNECTED"
    owner.post(f"{place}/start")
    number.refresh_from_db()
    assert number.state == "ready"
    page = _text(owner.get(detail))
    assert f'action="{detail}/log-out"' in page
    assert "until a phone is linked to it again" in page
    asked: list[object] = []
    plain = server._logout_session

    def noted(*given: Any) -> bytes:
        asked.append(given)
        return plain(*given)

    monkeypatch.setattr(server, "_logout_session", noted)
    told = _text(owner.post(f"{detail}/log-out", follow=True))
    assert "is logged out" in told
    assert len(asked) == 1, "at the gateway, too"
    number.refresh_from_db()
    assert (number.state, number.state_reason) == ("stopped", "phone_unlinked")
    assert AuditEntry.objects.filter(action="sender.logged_out").count() == 1
    assert not Alert.objects.filter(closed_at=None).exists(), "who does it knows of it"
    assert "The phone is linked." not in _text(owner.get(place))
    owner.post(f"{place}/start")
    number.refresh_from_db()
    assert number.state == "ready", "linking it again puts it back to work"


def test_where_the_gateway_does_not_log_it_out_nothing_is_changed(
    owner: Client, server: WppServer, number: Sender, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qafila.businesses.models import AuditEntry

    server.state = "CONNECTED"
    owner.post(f"{place}/start")
    monkeypatch.setattr(server, "_logout_session", lambda *_: said(500, {"status": "error"}))
    told = _text(owner.post(f"/senders/{number.public_id}/log-out", follow=True))
    assert "Nothing was changed" in told
    number.refresh_from_db()
    assert number.state == "ready"
    assert not AuditEntry.objects.filter(action="sender.logged_out").exists()


def test_after_six_codes_the_page_stops_and_offers_to_begin_again(
    owner: Client, server: WppServer, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.state = "QRCODE"
    owner.post(f"{place}/start")
    for turn in range(6):
        monkeypatch.setattr(server, "_status_session", lambda *_, turn=turn: _qr(turn))
        part = _text(owner.get(f"{place}/part"))
        assert '<svg class="q-qr"' in part
        left = 5 - turn
        assert f"{left} more code{'' if left == 1 else 's'} may follow" in part
        ring = re.search(r'stroke-dasharray="(\d+) 100"', part)
        assert ring is not None, "the ring of time"
        assert 90 <= int(ring[1]) <= 100
    monkeypatch.setattr(server, "_status_session", lambda *_: _qr(7))
    part = _text(owner.get(f"{place}/part"))
    assert "Six codes were shown and none was scanned." in part
    assert "hx-get" not in part
    assert "q-qr" not in part
    page = _text(owner.get(place))
    assert "Six codes were shown and none was scanned." in page
    assert "hx-get" not in page[page.index('id="link"') :][:200]
    assert "Show a QR code" in page
    assert "This link shows" not in page
    owner.post(f"{place}/start")
    assert '<svg class="q-qr"' in _text(owner.get(place)), "a person may try again"


def test_an_attempt_is_cancelled_on_the_page(owner: Client, server: WppServer, place: str) -> None:
    server.state = "QRCODE"
    owner.post(f"{place}/start")
    assert f'action="{place}/cancel"' in _text(owner.get(place))
    page = _text(owner.post(f"{place}/cancel", follow=True))
    assert "You ended it." in page
    assert "q-qr" not in page
    assert f'action="{place}/cancel"' not in page
    assert "hx-get" not in _text(owner.get(f"{place}/part"))


def test_where_a_code_to_type_comes_too_late_the_page_says_what_to_do(
    owner: Client, server: WppServer, place: str
) -> None:
    offer = f'action="{place}/code"'
    first = _text(owner.get(place))
    assert offer in first
    assert "ask for it first" in first
    server.state = "QRCODE"
    owner.post(f"{place}/start")
    page = _text(owner.get(place))
    assert offer not in page
    assert "restart the gateway, then ask for the code first" in page
    told = _text(owner.post(f"{place}/code", follow=True))
    assert "only if that is the first thing it is asked for" in told
    assert '<svg class="q-qr"' in told, "it is still there to be scanned"
    owner.post(f"{place}/cancel")
    assert offer in _text(owner.get(place))


def _qr(turn: int) -> bytes:
    return said(200, {"status": "QRCODE", "qrcode": None, "urlcode": f"2@{turn}", "version": "2.10.4"})


def test_the_code_is_in_no_cache_and_no_log(
    owner: Client, server: WppServer, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.state = "QRCODE"
    owner.post(f"{place}/start")
    answer = owner.get(place)
    assert "no-store" in answer["Cache-Control"]
    assert "2@abc" not in caplog.text


def test_the_copied_link_shows_one_attempt_to_anybody_and_changes_nothing(
    owner: Client, server: WppServer, number: Sender, place: str
) -> None:
    from django.test import Client

    from qafila.senders.models import PhoneLink

    server.state = "QRCODE"
    owner.post(f"{place}/start")
    found = re.search(r"/link/([A-Za-z0-9_:.-]+)", _text(owner.get(place)).split("This link shows")[1])
    assert found is not None
    link = f"/link/{found[1]}"
    stranger = Client()
    page = stranger.get(link)
    assert page.status_code == 200
    assert '<svg class="q-qr"' in _text(page)
    assert "Amira" in _text(page), "who asks for it"
    for path in (link, f"{link}/part"):
        assert stranger.post(path).status_code == 405
    assert stranger.get(f"{link}x").status_code == 404
    assert stranger.get("/link/forged").status_code == 404
    assert stranger.get(place).status_code == 302, "only that page"
    owner.post(f"{place}/start")
    assert stranger.get(link).status_code == 404, "another attempt has another link"
    assert PhoneLink.objects.count() == 1
    number.refresh_from_db()
    assert number.state == "stopped"


def test_a_copied_link_is_good_for_ten_minutes(
    owner: Client, server: WppServer, number: Sender, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core import signing

    from qafila.senders.models import PhoneLink
    from qafila.web.pages.pairing import passes

    server.state = "QRCODE"
    owner.post(f"{place}/start")
    token = passes.make(PhoneLink.objects.get(sender=number))
    assert passes.read(token) == number
    later = signing.time.time() + passes.GOOD_FOR.total_seconds() + 1
    monkeypatch.setattr(signing.time, "time", lambda: later)
    assert passes.read(token) is None


def test_trouble_at_the_gateway_is_said(owner: Client, server: WppServer, place: str) -> None:
    server.secret_key_is_right = False
    answer = owner.post(f"{place}/start", follow=True)
    assert "SECRET_KEY is wrong" in _text(answer)
    assert "KEY" not in re.sub("SECRET_KEY", "", _text(answer))


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("agent", 403), ("read_only", 403)])
def test_who_may_link(
    browser_of: Callable[..., Client], server: WppServer, place: str, role: str, status: int
) -> None:
    del server
    assert browser_of(role).get(place).status_code == status
