"""An HTTP gateway of our own invention, of the kind that answers errors with status 200."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from qafila.providers import signatures
from qafila.providers.http_gateway import HttpGateway
from qafila.providers.interface import Credentials, Failure
from tests.kit.raw_server import Received
from tests.providers.conformance.fake import FakeGateway, asked, said
from tests.providers.conformance.side import ADDRESS, APP_SECRET, TEXT, TOKEN, VERIFY_TOKEN, Accident

DEVICE = "device-7"
RULES = [
    {
        "when": {"path": "code", "equals": [failure.value]},
        "class": failure.value,
        "code": f"gateway_{failure.value}",
    }
    for failure in Failure
]
GATEWAY: dict[str, Any] = {
    "version": 1,
    "auth": {"header": "Authorization", "value": "Token {token}"},
    "send": {
        "path": "/{sender}/send",
        "body": {"target": "{to_plus}", "message": {"text": "{text}"}, "ref": "{attempt_id}", "retry": False},
        "accepted": [{"path": "status", "equals": [True]}],
        "id": "data.messages[0].id",
        "error_code": "code",
        "error_message": "reason",
        "errors": RULES,
    },
    "typing": {"path": "/{sender}/typing", "body": {"target": "{to}"}},
    "check": {
        "method": "GET",
        "path": "/{sender}/numbers/{to}",
        "yes": [{"path": "exists", "equals": [True]}],
        "no": [{"path": "exists", "equals": [False]}],
    },
    "state": {
        "method": "GET",
        "path": "/{sender}/state",
        "ready": [{"path": "state", "equals": ["online"]}],
        "state": "state",
    },
    "webhook": {
        "list": "events",
        "events": [
            {
                "is": "status",
                "when": {"path": "type", "equals": ["ack"]},
                "sender": "device",
                "id": "message.id",
                "attempt_id": "message.ref",
                "state": "message.state",
                "states": {"delivered": "delivered", "error": "failed"},
                "to": "message.to",
                "at": "time",
                "error_code": "message.error",
            },
            {
                "is": "message",
                "when": {"path": "type", "equals": ["in"]},
                "sender": "device",
                "id": "message.id",
                "from": "message.from",
                "text": "message.text",
                "at": "time",
            },
        ],
    },
}


class GatewayServer:
    """What the gateway answers; ``failure`` is the class of its refusals of messages."""

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self.sent = 0
        self.headers = ""

    def reply(self, received: Received) -> bytes:
        assert received.headers["authorization"] == f"Token {TOKEN}"
        match received.path.strip("/").split("/"):
            case [_, "send"]:
                body = asked(received)
                assert body["retry"] is False
                if self.failure is not None:
                    quoted = f"{TOKEN} to {body['target']}: {body['message']['text']} {TEXT}"
                    refusal = {"status": False, "code": self.failure.value, "reason": quoted}
                    return said(200, refusal, extra=self.headers)
                self.sent += 1
                return said(200, {"status": True, "data": {"messages": [{"id": 1000 + self.sent}]}})
            case [_, "typing"]:
                return said(200, {"status": True})
            case [_, "numbers", phone]:
                return said(200, {"exists": phone == ADDRESS})
            case [_, "state"]:
                return said(200, {"state": "online"})
        raise AssertionError(received.path)


class GatewaySide:
    """Implements what the common suite asks for."""

    says = frozenset(Failure)
    receipt_says = Failure.UNKNOWN
    attempts = ("attempt-1", "attempt-2")
    inbound_id = "in-1"
    signs_body = False
    over_http = True
    reads = False

    def __init__(self, gateway: FakeGateway, server: GatewayServer) -> None:
        self.gateway = gateway
        self.server = server
        config = {"gateway": GATEWAY}
        self.provider = HttpGateway(gateway.way, timeout=2.0).configured(config)
        self.credentials = Credentials(
            base_url=gateway.server.url,
            token=TOKEN,
            sender_ref=DEVICE,
            app_secret=APP_SECRET,
            verify_token=VERIFY_TOKEN,
            config=config,
        )

    def refuse(self, failure: Failure) -> None:
        self.server.failure = failure

    def suffer(self, accident: Accident) -> None:
        self.credentials = replace(
            self.credentials, base_url=f"http://127.0.0.1:{self.gateway.port_of(accident)}"
        )
        self.gateway.accident = accident

    def arrived(self) -> int:
        return self.gateway.sent("/send")

    def webhooks(self) -> list[bytes]:
        events = [
            ack("1001", "attempt-1", "delivered"),
            ack("1002", "attempt-2", "error"),
            {
                "type": "in",
                "device": DEVICE,
                "time": "2026-11-21T09:00:00Z",
                "message": {"id": "in-1", "from": f"+{ADDRESS}", "text": "Hello"},
            },
        ]
        return [json.dumps({"events": events}).encode()]

    def more_webhooks(self) -> list[tuple[str, bytes]]:
        without_id = {"type": "in", "device": DEVICE, "message": {"from": ADDRESS, "text": "Hi"}}
        return [
            ("other", hook(ack("1001", "attempt-1", "queued"))),
            ("inbound.text", hook(without_id)),
            ("other", hook({"type": "battery", "device": DEVICE, "level": 7})),
            ("other", hook()),
            ("inbound.text other", hook(without_id, {"type": "of_tomorrow"})),
        ]

    def signed(self, body: bytes, secret: str) -> Mapping[str, str]:
        return {signatures.PATH_SECRET: secret}


def hook(*events: Mapping[str, Any]) -> bytes:
    """Its envelope."""
    return json.dumps({"events": events}).encode()


def ack(own: str, attempt: str, state: str) -> dict[str, Any]:
    found = {"id": own, "ref": attempt, "to": ADDRESS, "state": state, "error": "E7"}
    return {"type": "ack", "device": DEVICE, "time": 1759880310, "message": found}


@contextlib.asynccontextmanager
async def gateway_side() -> AsyncIterator[GatewaySide]:
    server = GatewayServer()
    async with FakeGateway(server.reply, no_id=said(200, {"status": True, "data": {}})) as gateway:
        yield GatewaySide(gateway, server)
