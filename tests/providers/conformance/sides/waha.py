"""A WAHA server as its documents say."""

from __future__ import annotations

import contextlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from qafila.providers.interface import Credentials, Failure
from qafila.providers.waha import Waha
from tests.kit.raw_server import Received
from tests.providers.conformance.fake import FakeGateway, asked, said
from tests.providers.conformance.side import ADDRESS, APP_SECRET, TEXT, TOKEN, VERIFY_TOKEN, Accident

SESSION = "default"


class WahaServer:
    """What the server answers; ``failure`` is the class of its refusals of messages."""

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self.state = "WORKING"
        self.sent = 0
        self.config: Any = None

    def reply(self, received: Received) -> bytes:  # noqa: PLR0911 - a table
        if received.headers.get("x-api-key") != TOKEN or self.failure is Failure.ACCOUNT:
            return said(401, {"message": "Unauthorized", "statusCode": 401})
        path, _, query = received.path.partition("?")
        match path.strip("/").split("/"):
            case ["api", "sendText"]:
                return self._send(asked(received))
            case ["api", "startTyping"]:
                assert asked(received)["chatId"] == f"{ADDRESS}@c.us"
                return said(201, {"result": True})
            case ["api", "sendSeen"]:
                assert asked(received)["chatId"] == f"{ADDRESS}@c.us"
                return said(201, {})
            case ["api", "contacts", "check-exists"]:
                assert query == f"phone={ADDRESS}&session={SESSION}"
                return said(200, {"numberExists": True, "chatId": f"{ADDRESS}@c.us"})
            case ["api", "sessions"]:
                self.state, self.config = "STARTING", asked(received)
                return said(201, {"name": SESSION, "status": "STARTING", "config": self.config["config"]})
            case ["api", "sessions", _, "restart" | "logout" as verb]:
                self.state = "STARTING" if verb == "restart" else "SCAN_QR_CODE"
                return said(201, {"name": SESSION, "status": self.state})
            case ["api", "sessions", _]:
                if self.state == "NONE":
                    return said(
                        404, {"message": "Session not found", "error": "Not Found", "statusCode": 404}
                    )
                return said(
                    200, {"name": SESSION, "status": self.state, "me": None, "engine": {"engine": "GOWS"}}
                )
            case ["api", _, "auth", "qr"]:
                return said(200, {"value": "2@abc"})
            case ["api", _, "auth", "request-code"]:
                return said(201, {"code": "ABCD-EFGH"})
        raise AssertionError(path)

    def _send(self, body: dict[str, Any]) -> bytes:
        quoted = f"{TOKEN} to {body['chatId']}: {body['text']} {TEXT}"
        match self.failure:
            case Failure.SENDER | Failure.TEMPORARY:
                state = "STARTING" if self.failure is Failure.TEMPORARY else "STOPPED"
                error = f"Session status is not as expected. Try again later or restart the session {quoted}"
                found = {"error": error, "session": SESSION, "status": state, "expected": ["WORKING"]}
                return said(422, found)
            case Failure.CONTENT:
                found = {
                    "message": [f"text must be a string {quoted}"],
                    "error": "Bad Request",
                    "statusCode": 400,
                }
                return said(400, found)
            case Failure.THROTTLED:
                return said(429, {"message": f"ThrottlerException {quoted}", "statusCode": 429})
            case Failure.RESTING:
                exception = {"message": f"2 UNKNOWN: server returned error 463 {quoted}", "code": 2}
                return said(500, {"statusCode": 500, "exception": exception})
            case Failure.UNKNOWN:
                return said(500, {"statusCode": 500, "exception": {"message": f"Evaluation failed {quoted}"}})
        self.sent += 1
        own = f"true_{body['chatId']}_AAA{self.sent:04d}"
        found = {
            "id": own,
            "timestamp": 1759880310,
            "from": "5511@c.us",
            "fromMe": True,
            "to": body["chatId"],
        }
        return said(201, {**found, "body": body["text"], "hasMedia": False, "ack": 1, "ackName": "SERVER"})


class WahaSide:
    """Implements what the common suite asks for. Its webhooks name no class of a failure, and no number on WhatsApp."""

    says = frozenset(Failure) - {Failure.RECIPIENT}
    receipt_says = Failure.UNKNOWN
    attempts = ("attempt-1", "attempt-2")
    inbound_id = f"false_{ADDRESS}@c.us_AAA"
    signs_body = True
    over_http = True
    reads = True

    def __init__(self, gateway: FakeGateway, server: WahaServer) -> None:
        self.gateway = gateway
        self.server = server
        self.provider = Waha(gateway.way, timeout=0.8)
        self.credentials = Credentials(
            base_url=gateway.server.url,
            token=TOKEN,
            sender_ref=SESSION,
            app_secret=APP_SECRET,
            verify_token=VERIFY_TOKEN,
        )

    def refuse(self, failure: Failure) -> None:
        self.server.failure = failure

    def suffer(self, accident: Accident) -> None:
        self.credentials = replace(
            self.credentials, base_url=f"http://127.0.0.1:{self.gateway.port_of(accident)}"
        )
        self.gateway.accident = accident

    def arrived(self) -> int:
        return self.gateway.sent("/sendText")

    def webhooks(self) -> list[bytes]:
        return [ack("AAA0001", 2), ack("AAA0002", -1), message("Hello")]

    def signed(self, body: bytes, secret: str) -> Mapping[str, str]:
        return {"X-Webhook-Hmac": hmac.digest(secret.encode(), body, "sha512").hex()}


def hook(event: str, payload: Any) -> bytes:
    """Its envelope."""
    return json.dumps(
        {
            "id": "evt_01k",
            "timestamp": 1759880310123,
            "event": event,
            "session": SESSION,
            "metadata": {},
            "me": {"id": "5511@c.us", "pushName": "Shop"},
            "payload": payload,
            "environment": {"version": "2026.7.1", "engine": "GOWS", "tier": "PLUS"},
            "engine": "GOWS",
        }
    ).encode()


def ack(own: str, level: int) -> bytes:
    """``message.ack``."""
    names = {-1: "ERROR", 0: "PENDING", 1: "SERVER", 2: "DEVICE", 3: "READ", 4: "PLAYED"}
    found = {
        "id": f"true_{ADDRESS}@c.us_{own}",
        "from": "5511@c.us",
        "to": f"{ADDRESS}@c.us",
        "participant": None,
    }
    return hook("message.ack", {**found, "fromMe": True, "ack": level, "ackName": names[level]})


def message(text: str) -> bytes:
    """``message``."""
    return hook(
        "message",
        {
            "id": f"false_{ADDRESS}@c.us_AAA",
            "timestamp": 1759880310,
            "from": f"{ADDRESS}@c.us",
            "fromMe": False,
            "source": "app",
            "to": "5511@c.us",
            "participant": None,
            "body": text,
            "hasMedia": False,
            "media": None,
            "ack": 1,
            "ackName": "SERVER",
            "replyTo": None,
            "_data": {"notifyName": "Sheena"},
        },
    )


@contextlib.asynccontextmanager
async def waha_side() -> AsyncIterator[WahaSide]:
    server = WahaServer()
    async with FakeGateway(server.reply, no_id=said(201, {"result": True})) as gateway:
        yield WahaSide(gateway, server)
