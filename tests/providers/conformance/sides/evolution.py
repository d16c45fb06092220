"""An Evolution API server as its source and documents say."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from qafila.providers import signatures
from qafila.providers.evolution import Evolution
from qafila.providers.interface import Credentials, Failure
from tests.kit.raw_server import Received
from tests.providers.conformance.fake import FakeGateway, asked, said
from tests.providers.conformance.side import ADDRESS, APP_SECRET, TEXT, TOKEN, VERIFY_TOKEN, Accident

INSTANCE = "shop1"


def refused(status: int, error: str, *messages: Any) -> bytes:
    """Its own error form."""
    return said(status, {"status": status, "error": error, "response": {"message": list(messages)}})


class EvolutionServer:
    """What the server answers; ``failure`` is the class of its refusals of messages."""

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self.state = "open"
        self.is_there = True
        self.sent = 0
        self.number = ""
        """With which the instance began: only then there is a code of letters."""
        self.trouble = ""
        """What went wrong inside while it sent, in its words: it answers 400 to all of it."""

    def reply(self, received: Received) -> bytes:
        if received.headers.get("apikey") != TOKEN or self.failure is Failure.ACCOUNT:
            return refused(401, "Unauthorized", "Unauthorized")
        parts = received.path.partition("?")[0].strip("/").split("/")
        if not self.is_there and parts[:2] != ["instance", "create"]:
            return refused(404, "Not Found", f'The "{INSTANCE}" instance does not exist')
        return getattr(self, f"_{parts[0]}_{parts[1]}")(received)  # type: ignore[no-any-return]

    def _message_sendText(self, received: Received) -> bytes:
        body = asked(received)
        quoted = f"{TOKEN} to {body['number']}: {body['text']} {TEXT}"
        if self.trouble:
            return refused(400, "Bad Request", f"{self.trouble} {quoted}")
        match self.failure:
            case Failure.RECIPIENT:
                jid = f"{body['number']}@s.whatsapp.net"
                return refused(400, "Bad Request", {"jid": jid, "exists": False, "number": body["number"]})
            case Failure.SENDER:
                return refused(404, "Not Found", f'The "{INSTANCE}" instance does not exist {quoted}')
            case Failure.THROTTLED:
                return refused(429, "Too Many Requests", quoted)
            case Failure.UNKNOWN:
                return refused(500, "Internal Server Error", f"Connection Closed {quoted}")
        self.sent += 1
        key = {"remoteJid": f"{body['number']}@s.whatsapp.net", "fromMe": True, "id": f"BAE5{self.sent:08X}"}
        return said(
            201,
            {
                "key": key,
                "pushName": "",
                "status": "PENDING",
                "message": {"conversation": body["text"]},
                "messageType": "conversation",
                "messageTimestamp": 1717689097,
                "instanceId": "42ca4f4b-58f4-40ea-bb36-2f7b8ae5ae87",
                "source": "web",
            },
        )

    def _chat_sendPresence(self, received: Received) -> bytes:
        assert asked(received)["presence"] == "composing"
        return said(201, {"presence": "composing"})

    def _chat_markMessageAsRead(self, received: Received) -> bytes:
        assert asked(received)["readMessages"][0]["remoteJid"] == f"{ADDRESS}@s.whatsapp.net"
        return said(201, {"message": "Read messages", "read": "success"})

    def _chat_whatsappNumbers(self, received: Received) -> bytes:
        number = asked(received)["numbers"][0]
        return said(200, [{"jid": f"{number}@s.whatsapp.net", "exists": True, "number": number}])

    def _instance_connectionState(self, received: Received) -> bytes:
        return said(200, {"instance": {"instanceName": INSTANCE, "state": self.state}})

    def _instance_create(self, received: Received) -> bytes:
        self.is_there, self.state, self.created = True, "connecting", asked(received)
        self.number = self.created.get("number", "")
        qr = {
            "pairingCode": "ABCD-EFGH" if self.number else None,
            "code": "2@abc",
            "base64": "data:image/png;base64,iVBORw0KGgo=",
            "count": 1,
        }
        instance = {"instanceName": INSTANCE, "instanceId": "42ca4f4b", "status": "connecting"}
        return said(201, {"instance": instance, "hash": "B6D711FC", "settings": {}, "qrcode": qr})

    def _instance_connect(self, received: Received) -> bytes:
        """One that is connecting only shows what it has: a number counts when it begins."""
        if self.state == "close":
            self.state, self.number = "connecting", received.path.partition("?number=")[2]
        qr = {
            "pairingCode": "ABCD-EFGH" if self.number else None,
            "code": "2@abc",
            "base64": "data:image/png;base64,iVBORw0KGgo=",
            "count": 2,
        }
        return said(200, qr)

    def _instance_logout(self, received: Received) -> bytes:
        self.state, self.number = "close", ""
        return said(
            200, {"status": "SUCCESS", "error": False, "response": {"message": "Instance logged out"}}
        )

    def _webhook_set(self, received: Received) -> bytes:
        self.webhook = asked(received)["webhook"]
        return said(201, {"id": "clx", "url": self.webhook["url"], "enabled": True})


class EvolutionSide:
    """Implements what the common suite asks for."""

    says = frozenset(Failure) - {Failure.TEMPORARY, Failure.RESTING, Failure.CONTENT}
    receipt_says = Failure.UNKNOWN
    attempts = ("attempt-1", "attempt-2")
    inbound_id = f"false_{ADDRESS}@s.whatsapp.net_3EB0ABCDEF"
    signs_body = False
    over_http = True
    reads = True

    def __init__(self, gateway: FakeGateway, server: EvolutionServer) -> None:
        self.gateway = gateway
        self.server = server
        self.provider = Evolution(gateway.way, timeout=2.0)
        self.credentials = Credentials(
            base_url=gateway.server.url,
            token=TOKEN,
            sender_ref=INSTANCE,
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
        return self.gateway.sent("/message/sendText")

    def webhooks(self) -> list[bytes]:
        return [update("BAE500000001", "DELIVERY_ACK"), update("BAE500000002", "ERROR"), upsert("Hello")]

    def more_webhooks(self) -> list[tuple[str, bytes]]:
        jid = f"{ADDRESS}@s.whatsapp.net"
        picture = {"imageMessage": {"caption": "A dress", "mimetype": "image/jpeg", "mediaKey": "k"}}
        voice = {"audioMessage": {"mimetype": "audio/ogg", "ptt": True}}
        place = {"locationMessage": {"degreesLatitude": 30.04, "degreesLongitude": 31.23}}
        listed = {"listResponseMessage": {"title": "Size M", "singleSelectReply": {"selectedRowId": "m"}}}
        hidden = {"key": {"remoteJid": "77000000000001@lid", "fromMe": False, "id": "3EB0B", "senderPn": jid}}
        group = {"key": {"remoteJid": "5511-1@g.us", "fromMe": False, "id": "3EB0C", "participant": jid}}
        phone = {"key": {"remoteJid": jid, "fromMe": True, "id": "3EB0D"}}
        quoted = {"contextInfo": {"stanzaId": "BAE500000001"}}
        return [
            ("status.sent", update("BAE500000001", "SERVER_ACK")),
            ("status.read", update("BAE500000001", "READ")),
            ("status.read", update("BAE500000001", "PLAYED")),
            ("other", update("BAE500000001", "PENDING")),
            ("inbound.image", upsert("", message=picture, messageType="imageMessage")),
            ("inbound.audio", upsert("", message=voice, messageType="audioMessage")),
            ("inbound.location", upsert("", message=place, messageType="locationMessage")),
            ("inbound.list", upsert("", message=listed, messageType="listResponseMessage", **quoted)),
            ("inbound.unsupported", upsert("", message={"pollMessage": {}}, messageType="pollMessage")),
            ("inbound.text", upsert("Hello", **hidden)),
            ("other", upsert("Hello", **group)),
            ("echo.text", upsert("From the phone", **phone)),
            ("other", hook("send.message", {"key": {"remoteJid": jid, "fromMe": True, "id": "BAE5"}})),
            ("link.connected", connection("open", 200)),
            ("other", connection("connecting", 200)),
            ("link.disconnected", connection("close", 408)),
            ("link.logged_out", connection("close", 401)),
            ("link.banned", connection("close", 403)),
            ("link.logged_out", hook("logout.instance", {})),
            ("link.logged_out", hook("remove.instance", {"instanceName": INSTANCE})),
            (
                "other",
                hook("qrcode.updated", {"qrcode": {"code": "2@abc", "base64": "data:image/png;base64,iVBO"}}),
            ),
            ("other", hook("presence.update", {"id": jid, "presences": {}})),
            ("other other", hook("contacts.update", [{"remoteJid": jid}, {"remoteJid": jid}])),
            ("other", hook("of.tomorrow", {"a": [1]})),
        ]

    def signed(self, body: bytes, secret: str) -> Mapping[str, str]:
        return {signatures.PATH_SECRET: secret}


def hook(event: str, data: Any) -> bytes:
    """Its envelope, key included."""
    return json.dumps(
        {
            "event": event,
            "instance": INSTANCE,
            "data": data,
            "destination": "https://example.com/webhooks/x",
            "date_time": "2026-11-21T07:00:00.000Z",
            "sender": "5511999999999@s.whatsapp.net",
            "server_url": "https://evolution.example.com",
            "apikey": TOKEN,
        }
    ).encode()


def update(own: str, status: str) -> bytes:
    """``messages.update``."""
    jid = f"{ADDRESS}@s.whatsapp.net"
    found = {"messageId": "clx1", "keyId": own, "remoteJid": jid, "fromMe": True, "participant": None}
    return hook("messages.update", {**found, "status": status, "instanceId": "42ca4f4b"})


def connection(state: str, reason: int) -> bytes:
    """``connection.update``."""
    return hook("connection.update", {"instance": INSTANCE, "state": state, "statusReason": reason})


def upsert(text: str, **more: Any) -> bytes:
    """``messages.upsert``."""
    key = {"remoteJid": f"{ADDRESS}@s.whatsapp.net", "fromMe": False, "id": "3EB0ABCDEF"}
    return hook(
        "messages.upsert",
        {
            "key": key,
            "pushName": "Sheena",
            "status": "DELIVERY_ACK",
            "message": {"conversation": text},
            "messageType": "conversation",
            "messageTimestamp": 1759880310,
            "instanceId": "42ca4f4b",
            "source": "android",
            **more,
        },
    )


@contextlib.asynccontextmanager
async def evolution_side() -> AsyncIterator[EvolutionSide]:
    server = EvolutionServer()
    async with FakeGateway(server.reply) as gateway:
        yield EvolutionSide(gateway, server)
