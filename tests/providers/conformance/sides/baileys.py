"""Our Baileys gateway, with answers recorded from it (``gateways/baileys/README.md``)."""

from __future__ import annotations

import contextlib
import hmac
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from qafila.providers.baileys import Baileys
from qafila.providers.interface import Credentials, Failure
from tests.kit.raw_server import Received
from tests.providers.conformance.fake import FakeGateway, asked, said
from tests.providers.conformance.side import ADDRESS, APP_SECRET, TEXT, TOKEN, VERIFY_TOKEN, Accident

SESSION = "main"
PICTURE = b"\x89PNG\r\n\x1a\n and the rest"
REFUSALS: dict[Failure, tuple[int, dict[str, Any]]] = {
    Failure.ACCOUNT: (401, {"code": "unauthorized"}),
    Failure.SENDER: (409, {"code": "logged_out", "state": "stopped", "reason": "logged_out"}),
    Failure.THROTTLED: (409, {"code": "connecting", "state": "waiting", "retry_after": 7}),
    Failure.TEMPORARY: (409, {"code": "id_closed", "state": "refused"}),
    Failure.RECIPIENT: (422, {"code": "not_on_whatsapp"}),
    Failure.CONTENT: (400, {"code": "content_malformed"}),
    Failure.RESTING: (422, {"code": "463", "state": "failed", "retry_after": 7200}),
    Failure.UNKNOWN: (504, {"code": "no_acknowledgement", "state": "uncertain"}),
}
OPEN: dict[str, Any] = {
    "session": SESSION, "state": "open", "reason": "", "again_at": None, "linked": True, "phone": "15550001111",
    "name": "Shop", "pairing": {"shown": 0, "most": 6, "expires_at": None},
    "time_lock": {"active": False, "until": None, "type": ""},
    "capping": {"status": "NONE", "total": 0, "used": 0, "until": None},
    "messages": {"begun": 0, "sent": 1, "failed": 0, "uncertain": 0, "refused": 0},
    "outbox": {"waiting": 0, "failures": 0},
}  # fmt: skip


class GatewayAnswers:
    """What the gateway answers; ``failure`` is the class of its refusals of messages."""

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self.view = dict(OPEN)
        self.code_until = "2026-11-21T10:03:00.000Z"
        self.started: Any = None
        """The body of the last call that begins to link."""
        self.settled: dict[str, Any] = {}
        self.calls: list[tuple[str, Any]] = []

    def reply(self, received: Received) -> bytes:  # noqa: PLR0911 - a table
        if received.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(401, {"code": "unauthorized"})
        path, body = received.path.strip("/").split("/"), asked(received)
        self.calls.append((received.path, body))
        match path:
            case ["sessions", "main", "messages"]:
                return self._send(body)
            case ["sessions", "main", "messages", str(attempt_id), "settle"]:
                return said(200, {"id": attempt_id, **self.settled})
            case ["sessions", "main", "typing" | "read"]:
                return said(200, {"done": True})
            case ["sessions", "main", "numbers", str(number)]:
                return said(200, {"number": number, "exists": True, "jid": f"{number}@s.whatsapp.net"})
            case ["sessions", "main", "start"]:
                self.started = body
                return said(202, self.view)
            case ["sessions", "main", "logout"]:
                self.view.update(linked=False)
                return said(200, {**self.view, "state": "closed", "reason": "logged_out"})
            case ["sessions", "main", "code"]:
                self.started = body
                self.view.update(state="code")
                return said(200, {"code": "ABCD-EFGH", "expires_at": self.code_until})
            case ["sessions", "main", "qr"]:
                return said(200, {"qr": "2@abc", "code": "", "expires_at": "2026-11-21T10:01:00.000Z"})
            case ["sessions", "main", "qr.png"]:
                head = f"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: {len(PICTURE)}\r\n\r\n"
                return head.encode() + PICTURE
            case ["sessions", "main"]:
                return said(200, self.view)
            case ["sessions", _]:
                return refused(404, {"code": "session_unknown"})
        raise AssertionError(received.path)

    def _send(self, body: dict[str, Any]) -> bytes:
        if self.failure is None:
            number = sum(path.endswith("/messages") for path, _ in self.calls)
            return said(200, {"id": body["id"], "state": "sent", "provider_id": f"3EB0{number:018X}"})
        status, error = REFUSALS[self.failure]
        quoted = f"{TOKEN} to {body['to']}: {json.dumps(body['content'], ensure_ascii=False)} {TEXT}"
        return refused(status, {"message": quoted, **error})


def refused(status: int, error: Mapping[str, Any]) -> bytes:
    """The gateway's own error form."""
    return said(status, {"error": {"gateway": "baileys", "message": "", **error}})


class BaileysSide:
    """Implements what the common suite asks for."""

    says = frozenset(Failure)
    receipt_says = Failure.RECIPIENT
    attempts = ("attempt-1", "attempt-2")
    inbound_id = "3A0000000000000000AA"
    signs_body = True
    over_http = True
    reads = True

    def __init__(self, gateway: FakeGateway, answers: GatewayAnswers) -> None:
        self.gateway = gateway
        self.answers = answers
        self.provider = Baileys(gateway.way, timeout=2.0)
        self.credentials = Credentials(
            base_url=gateway.server.url,
            token=TOKEN,
            sender_ref=SESSION,
            app_secret=APP_SECRET,
            verify_token=VERIFY_TOKEN,
        )

    def refuse(self, failure: Failure) -> None:
        self.answers.failure = failure

    def suffer(self, accident: Accident) -> None:
        self.credentials = replace(
            self.credentials, base_url=f"http://127.0.0.1:{self.gateway.port_of(accident)}"
        )
        self.gateway.accident = accident

    def arrived(self) -> int:
        return self.gateway.sent("/messages")

    def webhooks(self) -> list[bytes]:
        return [
            hook(
                status("attempt-1", "3EB0A1", "delivered"),
                status("attempt-2", "3EB0A2", "failed", "479"),
                event("message.received", message=inbound("Hello")),
            )
        ]

    def more_webhooks(self) -> list[tuple[str, bytes]]:
        picture = inbound(
            "A dress", kind="image", media={"mime": "image/jpeg", "filename": "a.jpg"}, forwarded=True
        )
        voice = inbound("", kind="audio", media={"mime": "audio/ogg", "voice": True})
        place = inbound("", kind="location", location={"latitude": 30.04, "longitude": 31.23})
        card = inbound("", kind="contacts", contacts=[{"name": "Amira", "vcard": "BEGIN:VCARD"}])
        pressed = inbound("Yes", kind="button", choice="yes", reply_to="3EB0A1")
        hidden = {**inbound("Hello"), "from": "", "lid": "77000000000001"}
        gone = inbound("", kind="revoke", original="3A0000000000000000AA")
        locked = {"active": True, "until": "2026-11-22T10:00:00.000Z", "type": "WEB_COMPANION_ONLY"}
        capping = {"total": 200, "used": 170, "until": "2026-12-01T00:00:00.000Z"}
        told = [
            *(("status." + one, status("attempt-1", "3EB0A1", one)) for one in ("sent", "read")),
            *(
                (f"inbound.{one['kind']}", event("message.received", message=one))
                for one in (picture, voice, place, card, pressed, hidden, gone)
            ),
            (
                "inbound.unsupported",
                event("message.received", message=inbound("", kind="unsupported", unknown="poll")),
            ),
            ("echo.text", event("message.echo", message=inbound("From the phone"))),
            *((f"link.{code}", event("session.state", **state)) for code, state in STATES),
            ("other", event("session.state", state="connecting", reason="")),
            ("link.time_locked", event("session.time_lock", time_lock=locked)),
            (
                "link.unlocked",
                event("session.time_lock", time_lock={"active": False, "until": None, "type": ""}),
            ),
            ("link.chats_counted", event("session.capping", capping={"status": "FIRST_WARNING", **capping})),
            ("link.capped", event("session.capping", capping={"status": "CAPPED", **capping})),
            ("other", event("of.tomorrow", data={"a": [1]})),
        ]
        whole = " ".join(said_ for said_, _ in told)
        return [*((said_, hook(one)) for said_, one in told), (whole, hook(*(one for _, one in told)))]

    def signed(self, body: bytes, secret: str) -> Mapping[str, str]:
        digest = hmac.digest(secret.encode(), b"msg_1.1763719200." + body, "sha256")
        signature = f"v1,{b64encode(digest).decode()}"
        return {
            "Webhook-Signature": signature,
            "Webhook-Id": "msg_1",
            "Webhook-Timestamp": "1763719200",
        }


STATES: list[tuple[str, dict[str, str]]] = [
    ("connected", {"state": "open", "reason": ""}),
    ("disconnected", {"state": "waiting", "reason": "connection_lost"}),
    ("logged_out", {"state": "stopped", "reason": "logged_out"}),
    ("logged_out", {"state": "stopped", "reason": "unknown_499"}),
    ("banned", {"state": "stopped", "reason": "banned"}),
]


def hook(*events: Mapping[str, Any]) -> bytes:
    """Its envelope."""
    return json.dumps({"gateway": "baileys", "session": SESSION, "events": events}).encode()


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """One event."""
    return {"id": "b3b6f0e2-0000-4000-8000-000000000001", "type": kind, "at": 1763719200, **fields}


def status(attempt_id: str, provider_id: str, said_: str, code: str = "") -> dict[str, Any]:
    """``message.status``."""
    message = {"id": attempt_id, "provider_id": provider_id, "to": ADDRESS, "status": said_}
    return event("message.status", message={**message, **({"code": code} if code else {})})


def inbound(text: str, **more: Any) -> dict[str, Any]:
    """A message as ``message.received`` has it."""
    return {
        "provider_id": "3A0000000000000000AA",
        "at": 1763719200,
        "from": ADDRESS,
        "lid": "",
        "name": "Sheena",
        "kind": "text",
        "text": text,
        **more,
    }


@contextlib.asynccontextmanager
async def baileys_side() -> AsyncIterator[BaileysSide]:
    answers = GatewayAnswers()
    no_id = said(200, {"id": "attempt-1", "state": "sent"})
    async with FakeGateway(answers.reply, no_id=no_id) as gateway:
        yield BaileysSide(gateway, answers)
