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
        self.qr_codes = 0
        self.config: Any = None
        self.shown_config: Any = None
        """What the session that is there is set up with."""

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
                self.shown_config = self.config["config"]
                return said(201, {"name": SESSION, "status": "STARTING", "config": self.shown_config})
            case ["api", "sessions", _, "restart" | "logout" as verb]:
                self.state = "STARTING" if verb == "restart" else "SCAN_QR_CODE"
                return said(201, {"name": SESSION, "status": self.state})
            case ["api", "sessions", _]:
                if self.state == "NONE":
                    return said(
                        404, {"message": "Session not found", "error": "Not Found", "statusCode": 404}
                    )
                if received.method == "PUT":
                    assert asked(received)["name"] == SESSION
                    self.shown_config = asked(received)["config"]
                    self.state = self.state if self.state == "STOPPED" else "STARTING"
                shown = {"name": SESSION, "status": self.state, "config": self.shown_config}
                return said(200, {**shown, "me": None, "engine": {"engine": "GOWS"}})
            case ["api", _, "auth", "qr"]:
                self.qr_codes += 1
                return said(200, {"value": "2@abc"})
            case ["api", _, "auth", "request-code"]:
                return said(201, {"code": "ABCD-EFGH"})
        raise AssertionError(path)

    def _send(self, body: dict[str, Any]) -> bytes:
        quoted = f"{TOKEN} to {body['chatId']}: {body['text']} {TEXT}"
        match self.failure:
            case Failure.SENDER:
                state = "STARTING" if self.state == "STARTING" else "STOPPED"
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

    says = frozenset(Failure) - {Failure.RECIPIENT, Failure.TEMPORARY}
    receipt_says = Failure.UNKNOWN
    attempts = ("attempt-1", "attempt-2")
    inbound_id = f"false_{ADDRESS}@c.us_AAA"
    signs_body = True
    over_http = True
    reads = True

    def __init__(self, gateway: FakeGateway, server: WahaServer) -> None:
        self.gateway = gateway
        self.server = server
        self.provider = Waha(gateway.way, timeout=2.0)
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

    def more_webhooks(self) -> list[tuple[str, bytes]]:
        media = {"url": "https://waha.example.com/f.jpeg", "mimetype": "image/jpeg", "filename": "f.jpeg"}
        place = {"latitude": "30.04", "longitude": "31.23"}
        phone = {
            "id": f"true_{ADDRESS}@c.us_3A11",
            "fromMe": True,
            "to": f"{ADDRESS}@c.us",
            "from": "5511@c.us",
        }
        hidden = {"id": "false_77000000000001@lid_AAB", "from": "77000000000001@lid"}
        group = {"from": "5511-1@g.us", "participant": f"{ADDRESS}@c.us", "id": "false_5511-1@g.us_AAB"}
        return [
            *(
                (f"status.{one}", ack("AAA1", level))
                for level, one in ((1, "sent"), (3, "read"), (4, "read"))
            ),
            ("other", ack("AAA1", 0)),
            ("inbound.image", message("A dress", hasMedia=True, media=media)),
            ("inbound.document", message("", hasMedia=True, media=None)),
            ("inbound.location", message("", location=place)),
            ("inbound.contacts", message("", vCards=["BEGIN:VCARD"])),
            ("inbound.text", message("Yes", replyTo={"id": "AAA1", "body": "Really?"})),
            ("inbound.text", message("Hello", **hidden)),
            ("other", message("Hello", **group)),
            ("echo.text", message("From the phone", **phone)),
            ("other", message("From us", **phone, source="api")),
            *((f"link.{code}", session(said_)) for said_, code in STATES.items()),
            ("other", session("STARTING")),
            ("other", hook("presence.update", {"id": f"{ADDRESS}@c.us", "presences": []})),
            ("other", hook("of.tomorrow", {"a": [1]})),
        ]

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


STATES = {
    "WORKING": "connected",
    "STOPPED": "disconnected",
    "FAILED": "logged_out",
    "SCAN_QR_CODE": "logged_out",
}


def session(state: str) -> bytes:
    """``session.status``."""
    statuses = [{"status": state, "timestamp": 1759880310123}]
    return hook("session.status", {"name": SESSION, "status": state, "statuses": statuses})


def message(text: str, **more: Any) -> bytes:
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
            **more,
        },
    )


@contextlib.asynccontextmanager
async def waha_side() -> AsyncIterator[WahaSide]:
    server = WahaServer()
    async with FakeGateway(server.reply, no_id=said(201, {"result": True})) as gateway:
        yield WahaSide(gateway, server)
