"""A code of letters is said once by the gateway; the page, its part and the copied link show it until it is over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.providers.conformance.beside import beside
from tests.providers.conformance.side import TOKEN
from tests.providers.conformance.sides.baileys import GatewayAnswers
from tests.providers.conformance.sides.evolution import EvolutionServer
from tests.providers.conformance.sides.waha import WahaServer
from tests.providers.conformance.sides.wppconnect import WppServer

if TYPE_CHECKING:
    from django.test import Client

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db
LETTERS = "ABCD-EFGH"
KEYS = {
    "baileys": {"token": TOKEN, "session": "main"},
    "evolution": {"api_key": TOKEN, "instance": "shop1"},
    "waha": {"api_key": TOKEN, "session": "default"},
    "wppconnect": {"secret_key": TOKEN, "session": "shop1"},
}


class Gateway:
    """One of four, waiting for a phone."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.server: Any = {
            "baileys": GatewayAnswers,
            "evolution": EvolutionServer,
            "waha": WahaServer,
            "wppconnect": WppServer,
        }[kind]()
        self.url = ""
        if kind == "baileys":
            self.server.code_until = (datetime.now(UTC) + timedelta(minutes=3)).isoformat()
        self.becomes("waiting")

    def becomes(self, what: str) -> None:
        """``waiting``, ``typed`` (a code was given) or ``linked``."""
        words = {
            "baileys": {"waiting": "qr", "typed": "code", "linked": "open"},
            "evolution": {"waiting": "connecting", "typed": "connecting", "linked": "open"},
            "waha": {"waiting": "SCAN_QR_CODE", "typed": "SCAN_QR_CODE", "linked": "WORKING"},
            "wppconnect": {"waiting": "CLOSED", "typed": "PHONECODE", "linked": "CONNECTED"},
        }
        state = words[self.kind][what]
        if self.kind == "baileys":
            self.server.view.update(state=state, linked=what == "linked")
        else:
            self.server.state = state


@pytest.fixture
def gateway_of() -> Iterator[Callable[[str], Gateway]]:
    with ExitStack() as stack:

        def make(kind: str) -> Gateway:
            found = Gateway(kind)
            found.url = stack.enter_context(beside(found.server.reply)).server.url
            return found

        yield make


@pytest.fixture
def number_on(business: Business, owner_actor: Actor) -> Callable[[Gateway], Sender]:
    def make(gateway: Gateway) -> Sender:
        from qafila.senders.actions import connect_number

        return connect_number(
            business=business,
            kind=gateway.kind,
            name="Shop",
            phone="+16505551234",
            given={"base_url": gateway.url, **KEYS[gateway.kind]},
            allow_private_network=True,
            actor=owner_actor,
            now=datetime.now(UTC),
        )

    return make


def _text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("kind", sorted(KEYS))
def test_the_letters_stand_where_they_are_needed_until_the_phone_is_linked(
    kind: str,
    owner: Client,
    gateway_of: Callable[[str], Gateway],
    number_on: Callable[[Gateway], Sender],
    caplog: pytest.LogCaptureFixture,
) -> None:
    from django.test import Client

    from qafila.senders.models import PhoneLink

    caplog.set_level("DEBUG")
    gateway = gateway_of(kind)
    number = number_on(gateway)
    place = f"/senders/{number.public_id}/link"
    page = _text(owner.post(f"{place}/code", follow=True))
    gateway.becomes("typed")
    found = re.search(r"/link/([A-Za-z0-9_:.-]+)", page.split("This link shows")[1])
    assert found is not None
    guest = f"/link/{found[1]}"
    assert LETTERS in _text(owner.get(place)), "also where the gateway had to be made ready first"
    asked = getattr(gateway.server, "qr_codes", 0)
    for who, path in (
        (owner, place),
        (owner, f"{place}/part"),
        (Client(), guest),
        (Client(), f"{guest}/part"),
    ):
        shown = _text(who.get(path))
        assert LETTERS in shown, path
        assert "Link with phone number instead" in shown
        assert re.search(r"Good for about 1\d\d more seconds", shown), path
        assert "more codes may follow" not in shown
    assert getattr(gateway.server, "qr_codes", 0) == asked, "a QR code would count as one more try"
    link = PhoneLink.objects.get(sender=number)
    assert link.codes == 1
    assert LETTERS not in link.code_sealed
    assert LETTERS not in caplog.text
    gateway.becomes("linked")
    done = owner.get(f"{place}/part", headers={"HX-Request": "true"})
    assert done.status_code == 204
    link.refresh_from_db()
    assert (link.code_sealed, link.code_until) == ("", None)
    assert LETTERS not in _text(owner.get(place))


def test_letters_that_are_over_are_not_shown(
    owner: Client, gateway_of: Callable[[str], Gateway], number_on: Callable[[Gateway], Sender]
) -> None:
    from qafila.senders.models import PhoneLink

    gateway = gateway_of("baileys")
    number = number_on(gateway)
    place = f"/senders/{number.public_id}/link"
    owner.post(f"{place}/code")
    gateway.becomes("typed")
    assert LETTERS in _text(owner.get(place))
    PhoneLink.objects.update(code_until=datetime.now(UTC) - timedelta(seconds=1))
    page = _text(owner.get(place))
    assert LETTERS not in page
    assert "This code is over. Ask for a new one." in page
    assert PhoneLink.objects.get(sender=number).code_sealed == ""


def test_a_phone_that_took_the_code_is_seen(
    owner: Client, gateway_of: Callable[[str], Gateway], number_on: Callable[[Gateway], Sender]
) -> None:
    gateway = gateway_of("baileys")
    place = f"/senders/{number_on(gateway).public_id}/link"
    gateway.server.view.update(state="connecting", linked=False)
    owner.post(f"{place}/start")
    assert "The gateway is starting" in _text(owner.get(place)), "no code yet"
    gateway.becomes("waiting")
    owner.get(place)
    gateway.server.view.update(state="waiting", reason="timed_out", linked=False)
    assert "The gateway is starting" in _text(owner.get(f"{place}/part")), "only the next set of codes comes"
    gateway.server.view.update(state="connecting", reason="", linked=True)
    part = _text(owner.get(f"{place}/part"))
    assert "The phone was seen. It is being linked" in part
    assert "The gateway is starting" not in part
