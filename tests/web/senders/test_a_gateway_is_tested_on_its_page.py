"""The page that tests an HTTP gateway, and its set-up as a file: request, answer and verdict are shown, the token never."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qafila.providers.interface import Failure
from tests.kit.raw_server import unused_port
from tests.providers.conformance import TOKEN
from tests.providers.conformance.beside import beside
from tests.providers.conformance.sides.http_gateway import DEVICE, GATEWAY, GatewayServer

if TYPE_CHECKING:
    from django.test import Client

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db
MESSAGE = {"phone": "+16505551234", "text": "Hello <b>you</b>"}


@pytest.fixture
def server() -> Iterator[GatewayServer]:
    found = GatewayServer()
    with beside(found.reply) as gateway:
        found.gateway = gateway  # type: ignore[attr-defined]
        yield found


@pytest.fixture
def number(server: GatewayServer, business: Business, owner_actor: Actor) -> Sender:
    from qafila.senders.actions import connect_number

    given = {
        "base_url": server.gateway.server.url,  # type: ignore[attr-defined]
        "token": TOKEN,
        "device": DEVICE,
        "gateway": json.dumps({**GATEWAY, "draft": True}),
    }
    return connect_number(
        business=business,
        kind="http_gateway",
        name="Shop",
        phone="+201000000001",
        given=given,
        allow_private_network=True,
        actor=owner_actor,
        now=datetime.now(UTC),
    )


def shown(answer: Any) -> dict[str, str]:
    """The cards of the page by their headings' ids, as a person reads them; "" for the whole page."""
    text = answer.content.decode()
    assert TOKEN not in text
    assert TOKEN not in html.unescape(text)
    cards = re.findall(r'<section class="card" aria-labelledby="(\w+)">(.*?)</section>', text, re.DOTALL)
    plain = {name: html.unescape(re.sub("<[^>]+>", " ", card)) for name, card in cards}
    return {"": text, **plain}


def test_an_accepted_message_shows_request_answer_and_verdict(
    owner: Client, server: GatewayServer, number: Sender
) -> None:
    place = f"/senders/{number.public_id}/try"
    page = shown(owner.get(place))
    assert "It really goes out" in page[""]
    assert "verdict_title" not in page
    answer = owner.post(place, MESSAGE)
    assert answer.status_code == 200
    page = shown(answer)
    assert "accepted" in page["verdict_title"]
    assert "1001" in page["verdict_title"]
    assert f"/{DEVICE}/send" in page["request_title"]
    assert "POST" in page["request_title"]
    assert "authorization: Token ••••" in page["request_title"]
    assert "+16505551234" in page["request_title"]
    assert "Hello <b>you</b>" in page["request_title"], "as it was sent, and escaped on the page"
    assert "<b>you</b>" not in page[""]
    assert "200" in page["answer_title"]
    assert '"id": 1001' in page["answer_title"]
    assert server.sent == 1, "a draft is tested too"


@pytest.mark.parametrize("failure", [Failure.RECIPIENT, Failure.ACCOUNT, Failure.UNKNOWN])
def test_a_refusal_shows_its_class_and_why(
    owner: Client, server: GatewayServer, number: Sender, failure: Failure
) -> None:
    server.failure = failure
    page = shown(owner.post(f"/senders/{number.public_id}/try", MESSAGE))
    assert failure.value in page["verdict_title"]
    assert f"gateway_{failure.value}" in page["verdict_title"]
    assert "authorization: Token ••••" in page["request_title"]
    assert "•••• to +16505551234" in page["answer_title"], (
        "the gateway's own words, its echo of the token masked"
    )
    assert server.sent == 0


def test_a_gateway_that_does_not_answer_is_said(owner: Client, number: Sender, owner_actor: Actor) -> None:
    from qafila.senders.models import ProviderAccount

    ProviderAccount.objects.filter(pk=number.provider_account_id).update(
        base_url=f"http://127.0.0.1:{unused_port()}"
    )
    page = shown(owner.post(f"/senders/{number.public_id}/try", MESSAGE))
    assert "temporary" in page["verdict_title"]
    assert "Nothing." in page["answer_title"]


def test_a_bad_number_sends_nothing(owner: Client, server: GatewayServer, number: Sender) -> None:
    answer = owner.post(f"/senders/{number.public_id}/try", {**MESSAGE, "phone": "12"})
    assert answer.status_code == 422
    assert "verdict_title" not in shown(answer)
    assert server.sent == 0


def test_a_set_up_that_is_downloaded_and_uploaded_again_is_the_same(
    owner: Client, server: GatewayServer, number: Sender
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    place = f"/senders/{number.public_id}/set-up"
    first = owner.get(f"{place}/file")
    assert first["Content-Type"] == "application/json; charset=utf-8"
    assert "attachment" in first["Content-Disposition"]
    assert json.loads(first.content) == {**GATEWAY, "draft": True}
    assert TOKEN.encode() not in first.content
    changed = {**GATEWAY, "draft": False, "note": "ملاحظة «x» <i>"}
    changed["send"] = {**GATEWAY["send"], "headers": {"X-Device": "{sender}"}}
    upload = SimpleUploadedFile("gateway.json", json.dumps(changed).encode(), "application/json")
    saved = owner.post(place, {"gateway": "this is not looked at", "file": upload})
    assert (saved.status_code, saved["Location"]) == (302, f"/senders/{number.public_id}/try")
    second = owner.get(f"{place}/file")
    assert json.loads(second.content) == changed
    again = SimpleUploadedFile("gateway.json", second.content, "application/json")
    assert owner.post(place, {"gateway": "", "file": again}).status_code == 302
    assert owner.get(f"{place}/file").content == second.content
    page = shown(owner.post(f"/senders/{number.public_id}/try", MESSAGE))
    assert f"x-device: {DEVICE}" in page["request_title"]
    assert server.sent == 1


@pytest.mark.parametrize(
    "raw", [b"{", b"[]", b'{"version": 1}', b"\xff\xfe\x00", b" " * 40_001, b"[" * 20_000], ids=["half", "list", "empty", "bytes", "large", "deep"]
)  # fmt: skip
def test_a_file_that_is_no_set_up_changes_nothing(owner: Client, number: Sender, raw: bytes) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    place = f"/senders/{number.public_id}/set-up"
    before = owner.get(f"{place}/file").content
    upload = SimpleUploadedFile("gateway.json", raw, "application/json")
    assert owner.post(place, {"gateway": "", "file": upload}).status_code == 422
    assert owner.get(f"{place}/file").content == before


@pytest.mark.parametrize("role", ["agent", "read_only"])
def test_who_may_not_change_numbers_tests_none(
    browser_of: Callable[..., Client], server: GatewayServer, number: Sender, role: str
) -> None:
    browser = browser_of(role)
    for path in ("try", "set-up", "set-up/file"):
        assert browser.get(f"/senders/{number.public_id}/{path}").status_code == 403
    assert browser.post(f"/senders/{number.public_id}/try", MESSAGE).status_code == 403
    assert server.sent == 0


def test_another_business_sees_none_of_it(stranger: Client, server: GatewayServer, number: Sender) -> None:
    for path in ("try", "set-up", "set-up/file"):
        assert stranger.get(f"/senders/{number.public_id}/{path}").status_code == 404
    assert stranger.post(f"/senders/{number.public_id}/try", MESSAGE).status_code == 404
    assert server.sent == 0
