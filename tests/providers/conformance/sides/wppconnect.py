"""A WPPConnect server as version 2.10.4 was observed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from qafila.providers import own_ids, signatures
from qafila.providers.interface import Credentials, Failure
from qafila.providers.wppconnect import WppConnect
from tests.kit.raw_server import Received
from tests.providers.conformance.fake import FakeGateway, asked, said
from tests.providers.conformance.side import (
    ADDRESS,
    APP_SECRET,
    TEXT,
    TOKEN,
    VERIFY_TOKEN,
    Accident,
)

SESSION = "shop1"
SESSION_TOKEN = "$2b$10$abcdefghijklmnopqrstuv"
ATTEMPTS = ("q.0123456789.1b.1", "q.0123456789.1c.2")


class WppServer:
    """What the server answers; ``state`` is the session's word, ``exists`` whether numbers are on WhatsApp, ``has_browser`` what
    nobody sees in that word."""

    def __init__(self) -> None:
        self.state = "CONNECTED"
        self.exists = True
        self.secret_key_is_right = True
        self.token_is_good = True
        self.send_fails = False
        self.has_browser = True
        self.was_closed = False

    def reply(self, received: Received) -> bytes:
        if received.method == "GET":
            assert "content-type" not in received.headers, "some routes hang for ever with it"
        _, _, session, *what = received.path.split("/")
        if what[-1] == "generate-token":
            if not self.secret_key_is_right:
                return said(400, {"response": False, "message": "The SECRET_KEY is incorrect"})
            full = {"session": session, "token": SESSION_TOKEN, "full": f"{session}:{SESSION_TOKEN}"}
            return said(201, {"status": "success", **full})
        if received.headers.get("authorization") != f"Bearer {SESSION_TOKEN}" or not self.token_is_good:
            return said(401, {"error": "Check that the Session and Token are correct"})
        return getattr(self, "_" + what[0].replace("-", "_"))(received, what)  # type: ignore[no-any-return]

    def _status_session(self, received: Received, what: list[str]) -> bytes:
        if self.state in ("CLOSED", "INITIALIZING"):
            more = {} if self.state == "CLOSED" else {"version": "2.10.4"}
            return said(200, {"status": self.state, "qrcode": None, **more})
        found = {"status": self.state, "qrcode": None, "urlcode": "2@abc", "version": "2.10.4"}
        if self.state == "QRCODE":
            found["qrcode"] = "data:image/png;base64,iVBORw0KGgo="
        return said(200, found)

    def _check_connection_session(self, received: Received, what: list[str]) -> bytes:
        alive = self.state == "CONNECTED" and self.has_browser
        return said(200, {"status": alive, "message": "Connected" if alive else "Disconnected"})

    def _start_session(self, received: Received, what: list[str]) -> bytes:
        """Asked to wait it answers with the first code, else at once; the code of letters is said nowhere but here. A session that
        was closed before is kept without a state, and that is answered at once, also to who waits."""
        self.started = asked(received)
        if not self.started["waitQrCode"]:
            found = self.state if self.state == "CONNECTED" else "CLOSED"
            return said(200, {"status": found, "qrcode": None, "session": ""})
        assert "phone" in self.started, "without the internet it never answers: nobody waits for a QR code"
        self.state = "PHONECODE"
        if self.was_closed:
            return said(200, {"status": None, "qrcode": None, "session": ""})
        return said(200, {"status": "phoneCode", "phoneCode": "ABCD-EFGH", "session": SESSION})

    def _close_session(self, received: Received, what: list[str]) -> bytes:
        gone = {"status": False, "message": "Error closing session", "error": {"level": "error"}}
        self.was_closed = self.was_closed or self.state != "CLOSED"
        self.state, self.has_browser = "CLOSED", True
        return said(500, {**gone, "session": SESSION})

    def _logout_session(self, received: Received, what: list[str]) -> bytes:
        return self._disconnected() or said(200, {"status": True, "message": "Session successfully closed"})

    def _check_number_status(self, received: Received, what: list[str]) -> bytes:
        phone = what[1]
        found = {
            "id": {"server": "c.us", "user": phone, "_serialized": f"{phone}@c.us"},
            "isBusiness": False,
            "canReceiveMessage": self.exists,
            "numberExists": self.exists,
        }
        return self._disconnected() or said(200, {"status": "success", "response": found})

    def _send_message(self, received: Received, what: list[str]) -> bytes:
        body = asked(received)
        quoted = f"{TOKEN} to {body['phone']}: {body['message']} {TEXT}"
        if gone := self._disconnected():
            return gone
        if not self.exists:
            no = {"response": None, "status": "Connected", "session": SESSION}
            return said(400, {**no, "message": f"O número {body['phone']} não existe. {quoted}"})
        if self.send_fails:
            message = f"Erro ao enviar a mensagem. {quoted}"
            return said(500, {"status": "Error", "message": message, "error": {}})
        chat = f"true_{body['phone']}@c.us_"
        id_ = body["options"].get("messageId", f"{chat}3EB0AA")
        assert id_.startswith(chat), "wa-js refuses another chat"
        found = {"id": id_, "body": body["message"], "ack": 0}
        return said(201, {"status": "success", "response": [found], "mapper": "return", "session": SESSION})

    def _typing(self, received: Received, what: list[str]) -> bytes:
        assert asked(received)["value"] is True
        return self._disconnected() or said(200, {"status": "success", "response": None})

    def _send_seen(self, received: Received, what: list[str]) -> bytes:
        assert asked(received)["phone"] == ADDRESS
        found = {"message": "Information retrieved successfully.", "contact": [ADDRESS], "data": []}
        return self._disconnected() or said(201, {"status": "Success", "response": found})

    def _disconnected(self) -> bytes:
        if self.state == "CONNECTED" and self.has_browser:
            return b""
        message = "A sessão do WhatsApp não está ativa."
        return said(404, {"response": None, "status": "Disconnected", "message": message, "session": ""})


class WppConnectSide:
    """Implements what the common suite asks for."""

    says = frozenset({Failure.RECIPIENT, Failure.SENDER, Failure.ACCOUNT, Failure.UNKNOWN})
    receipt_says = Failure.UNKNOWN
    attempts = ATTEMPTS
    inbound_id = f"false_{ADDRESS}@c.us_3FC36C78A83217FF51BD"
    signs_body = False
    over_http = True
    reads = True

    def __init__(self, gateway: FakeGateway, server: WppServer) -> None:
        self.gateway = gateway
        self.server = server
        self.provider = WppConnect(gateway.way, timeout=2.0)
        self.credentials = Credentials(
            base_url=gateway.server.url,
            token=TOKEN,
            sender_ref=SESSION,
            app_secret=APP_SECRET,
            verify_token=VERIFY_TOKEN,
            config={"own_ids": True},
        )

    def refuse(self, failure: Failure) -> None:
        match failure:
            case Failure.RECIPIENT:
                self.server.exists = False
            case Failure.SENDER:
                self.server.state = "CLOSED"
            case Failure.ACCOUNT:
                self.server.token_is_good = False
            case _:
                self.server.send_fails = True

    def suffer(self, accident: Accident) -> None:
        self.credentials = replace(
            self.credentials, base_url=f"http://127.0.0.1:{self.gateway.port_of(accident)}"
        )
        self.gateway.accident = accident

    def arrived(self) -> int:
        """A refused token is made anew, and the same request comes once more: the first was not looked at."""
        return self.gateway.sent("/send-message") - (0 if self.server.token_is_good else 1)

    def webhooks(self) -> list[bytes]:
        return [ack(ATTEMPTS[0], 2), ack(ATTEMPTS[1], -1), message("Hello")]

    def more_webhooks(self) -> list[tuple[str, bytes]]:
        picture = {"type": "image", "body": "/9j/4AAQ", "caption": "A dress", "mimetype": "image/jpeg"}
        voice = {"type": "ptt", "body": "T2dn", "mimetype": "audio/ogg"}
        place = {"type": "location", "lat": 30.04, "lng": 31.23, "body": "/9j/4AAQ"}
        pressed = {"type": "list_response", "quotedMsgId": f"true_{ADDRESS}@c.us_3EB0AA"}
        group = {"from": "5511-1@g.us", "id": "false_5511-1@g.us_3EB0", "isGroupMsg": True}
        hidden = {"from": "77000000000001@lid", "sender": {"id": "77000000000001@lid", "pushname": "S"}}
        written = {"event": "onselfmessage", "id": f"true_{ADDRESS}@c.us_3A11", "to": f"{ADDRESS}@c.us"}
        ours = {**written, "id": f"true_{ADDRESS}@c.us_{own_ids.message_id(ATTEMPTS[0])}"}
        return [
            *((f"status.{one}", ack(ATTEMPTS[0], level)) for level, one in ((1, "sent"), (3, "read"))),
            ("status.read", ack(ATTEMPTS[0], 4)),
            ("other", ack(ATTEMPTS[0], 0)),
            ("inbound.image", message("", **picture)),
            ("inbound.voice", message("", **voice)),
            ("inbound.location", message("", **place)),
            ("inbound.list", message("Size M", **pressed)),
            ("inbound.unsupported", message("", type="poll_creation")),
            ("inbound.text", message("Hello", **hidden)),
            ("other", message("Hello", **group)),
            ("echo.text", message("From the phone", **written)),
            ("other", message("From us", **ours)),
            *((f"link.{code}", event("status-find", status=said_)) for said_, code in FOUND.items()),
            ("link.connected", event("status-find", status="inChat")),
            ("link.banned", event("onstatechange", state="TOS_BLOCK")),
            ("other", event("status-find", status="qrReadError")),
            ("link.logged_out", event("logoutsession")),
            ("link.disconnected", event("closesession")),
            ("other", event("qrcode", qrcode="data:image/png;base64,iVBORw0KGgo=", urlcode="2@abc")),
            ("other", event("phoneCode", phoneCode="ABCD-EFGH", data="ABCDEFGH")),
            ("other", event("onpresencechanged", id=f"{ADDRESS}@c.us", isOnline=True)),
            ("other", event("of-tomorrow", data={"a": [1]})),
        ]

    def signed(self, body: bytes, secret: str) -> Mapping[str, str]:
        return {signatures.PATH_SECRET: secret}


FOUND = {
    "isLogged": "connected",
    "notLogged": "logged_out",
    "desconnectedMobile": "logged_out",
    "browserClose": "disconnected",
}
"""What ``status-find`` was read to say, and what that means."""


def event(name: str, **more: Any) -> bytes:
    """Any other webhook."""
    return json.dumps({"event": name, "session": SESSION, **more}).encode()


def ack(attempt: str, level: int) -> bytes:
    """``onack`` as reported in wppconnect-server's issue 1917."""
    own = own_ids.message_id(attempt)
    key = {
        "fromMe": True,
        "remote": f"{ADDRESS}@c.us",
        "id": own,
        "_serialized": f"true_{ADDRESS}@c.us_{own}",
    }
    found = {
        "event": "onack",
        "session": SESSION,
        "id": key,
        "body": "Tudo bom",
        "type": "chat",
        "t": 1718901986,
    }
    return json.dumps({**found, "from": "5511@c.us", "to": f"{ADDRESS}@c.us", "ack": level}).encode()


def message(text: str, **more: Any) -> bytes:
    """``onmessage``."""
    found = {
        "event": "onmessage",
        "session": SESSION,
        "id": f"false_{ADDRESS}@c.us_3FC36C78A83217FF51BD",
        "body": text,
        "type": "chat",
        "t": 1759880310,
        "from": f"{ADDRESS}@c.us",
        "to": "5500000000008@c.us",
        "notifyName": "Sheena",
        "sender": {"id": f"{ADDRESS}@c.us", "pushname": "Sheena"},
        "isGroupMsg": False,
        "ack": 1,
        "isNewMsg": True,
    }
    return json.dumps({**found, **more}).encode()


@contextlib.asynccontextmanager
async def wppconnect_side() -> AsyncIterator[WppConnectSide]:
    server = WppServer()
    async with FakeGateway(server.reply, spared=("/generate-token",)) as gateway:
        yield WppConnectSide(gateway, server)
