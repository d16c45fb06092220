"""What goes out to Meta, byte for byte where it matters, and what is read from the answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qafila.providers.interface import Accepted, Failure, Outgoing, ProviderError, Template, Text
from tests.providers.cloud_api.side import SENDER, CloudSide
from tests.providers.conformance import ADDRESS, TOKEN
from tests.providers.fake_cloud import answer


async def sent(side: CloudSide, message: Outgoing) -> dict[str, Any]:
    await side.provider.send(side.credentials, message)
    received = side.cloud.received[-1]
    assert (received.method, received.path) == ("POST", f"/v23.0/{SENDER}/messages")
    assert received.headers["authorization"] == f"Bearer {TOKEN}"
    assert received.headers["content-type"] == "application/json"
    body: dict[str, Any] = json.loads(received.body)
    return body


async def test_text(side: CloudSide) -> None:
    message = Outgoing(to=ADDRESS, content=Text("مرحبا 👋"), attempt_id="a-1", reply_to="wamid.IN1")
    assert await sent(side, message) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": ADDRESS,
        "type": "text",
        "text": {"body": "مرحبا 👋", "preview_url": False},
        "context": {"message_id": "wamid.IN1"},
        "biz_opaque_callback_data": "a-1",
    }


async def test_template_with_positions(side: CloudSide) -> None:
    header = {
        "type": "header",
        "parameters": [{"type": "image", "image": {"link": "https://example.org/a.png"}}],
    }
    template = Template("order_update", "en_US", ("Pablo", "12 May"), (header,))
    body = await sent(side, Outgoing(to=ADDRESS, content=template, attempt_id="a-1"))
    assert body["type"] == "template"
    assert body["template"] == {
        "name": "order_update",
        "language": {"code": "en_US"},
        "components": [
            header,
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Pablo"}, {"type": "text", "text": "12 May"}],
            },
        ],
    }


async def test_template_with_names(side: CloudSide) -> None:
    template = Template("order_update", "en_US", {"first_name": "Pablo", "order_number": "7"})
    body = await sent(side, Outgoing(to=ADDRESS, content=template, attempt_id="a-1"))
    assert body["template"]["components"][0]["parameters"] == [
        {"type": "text", "parameter_name": "first_name", "text": "Pablo"},
        {"type": "text", "parameter_name": "order_number", "text": "7"},
    ]


async def test_template_without_variables_has_no_components(side: CloudSide) -> None:
    body = await sent(side, Outgoing(to=ADDRESS, content=Template("hello_world", "en_US"), attempt_id="a-1"))
    assert body["template"] == {"name": "hello_world", "language": {"code": "en_US"}}


async def test_person_known_by_user_id_only(side: CloudSide) -> None:
    body = await sent(side, Outgoing(to="US.13491208655302741918", content=Text("x"), attempt_id="a-1"))
    assert body["recipient"] == "US.13491208655302741918"
    assert "to" not in body


async def test_text_that_cannot_be_encoded_is_refused_before_sending(side: CloudSide) -> None:
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(
            side.credentials, Outgoing(to=ADDRESS, content=Text("\ud83d"), attempt_id="a-1")
        )
    assert caught.value.failure is Failure.CONTENT
    assert len(side.cloud.received) == 0


@pytest.mark.parametrize("token", ["line\nbreak", "null\x00"])
async def test_token_that_cannot_be_sent_stops_the_account(side: CloudSide, token: str) -> None:
    broken = type(side.credentials)(side.credentials.base_url, token, SENDER)
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(broken, Outgoing(to=ADDRESS, content=Text("x"), attempt_id="a-1"))
    assert (caught.value.failure, caught.value.code) == (Failure.ACCOUNT, "bad_request")
    assert len(side.cloud.received) == 0


async def test_address_of_the_answer_is_kept_where_it_differs(side: CloudSide) -> None:
    body = b'{"contacts":[{"input":"+5215512345678","wa_id":"525512345678"}],"messages":[{"id":"wamid.1"}]}'
    side.cloud.say(answer(200, body, content_type="text/javascript"))
    message = Outgoing(to="5215512345678", content=Text("x"), attempt_id="a-1")
    assert await side.provider.send(side.credentials, message) == Accepted("wamid.1", "525512345678")


@pytest.mark.parametrize("status", ["held_for_quality_assessment", "paused"])
async def test_held_message_is_accepted(side: CloudSide, status: str) -> None:
    body = json.dumps({"messages": [{"id": "wamid.1", "message_status": status}]}).encode()
    side.cloud.say(answer(200, body))
    message = Outgoing(to=ADDRESS, content=Text("x"), attempt_id="a-1")
    assert await side.provider.send(side.credentials, message) == Accepted("wamid.1")


async def test_typing_and_read(side: CloudSide) -> None:
    await side.provider.typing(side.credentials, ADDRESS)
    assert len(side.cloud.received) == 0
    await side.provider.typing(side.credentials, ADDRESS, reply_to="wamid.IN1")
    await side.provider.read(side.credentials, "wamid.IN2")
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.IN1"}
    bodies = [json.loads(received.body) for received in side.cloud.received]
    assert bodies == [{**read, "typing_indicator": {"type": "text"}}, {**read, "message_id": "wamid.IN2"}]


@pytest.mark.parametrize(
    ("state", "health", "can_send"),
    [
        ("CONNECTED", "AVAILABLE", True),
        ("CONNECTED", "LIMITED", True),
        ("CONNECTED", "BLOCKED", False),
        ("CONNECTED", "", True),
        ("BANNED", "AVAILABLE", False),
        ("A_STATE_OF_TOMORROW", "", None),
        ("", "", None),
    ],
)
async def test_status(side: CloudSide, state: str, health: str, can_send: bool | None) -> None:
    found: dict[str, Any] = {
        "id": SENDER,
        "display_phone_number": "+1 555-078-3881",
        "quality_rating": "GREEN",
        "throughput": {"level": "STANDARD"},
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "status": state,
    }
    if health:
        found["health_status"] = {"can_send_message": health, "entities": []}
    side.cloud.say(answer(200, json.dumps(found).encode()))
    status = await side.provider.status(side.credentials)
    assert (status.can_send, status.state) == (can_send, state)
    assert (status.quality, status.limit, status.throughput) == ("GREEN", "TIER_2K", "STANDARD")
    received = side.cloud.received[0]
    assert received.method == "GET"
    assert received.path.startswith(f"/v23.0/{SENDER}?fields=id,")
    assert TOKEN not in received.path
