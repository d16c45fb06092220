"""A Cloud API at the level of bytes: answers as Meta words them, and everything that can happen on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Self

from qafila.providers.interface import Failure
from tests.kit.raw_server import Connection, RawServer, Received, drip
from tests.providers.conformance import Accident

CODE_OF = {
    Failure.TEMPORARY: (131016, "Service unavailable", 503),
    Failure.THROTTLED: (130429, "Rate limit hit", 429),
    Failure.RECIPIENT: (131026, "Message undeliverable", 400),
    Failure.CONTENT: (132000, "Number of parameters does not match the expected number of params", 400),
    Failure.RESTING: (131048, "Spam rate limit hit", 400),
    Failure.SENDER: (133010, "Phone number not registered", 400),
    Failure.ACCOUNT: (190, "Error validating access token", 401),
    Failure.UNKNOWN: (199999, "A code of tomorrow", 400),
}


def answer(
    status: int, body: bytes, content_type: str = "application/json; charset=UTF-8", extra: str = ""
) -> bytes:
    """The bytes of an HTTP answer."""
    head = (
        f"HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n{extra}\r\n"
    )
    return head.encode() + body


def accepted(received: Received) -> bytes:
    """Meta's acceptance of a message, or of a mark as read; a number's own sample for a GET."""
    if received.method == "GET":
        number = {"id": "106540352242922", "quality_rating": "GREEN", "status": "CONNECTED"}
        return answer(200, json.dumps({**number, "display_phone_number": "+1 555-078-3881"}).encode())
    asked = json.loads(received.body)
    if asked.get("status") == "read":
        return answer(200, b'{"success":true}')
    to = asked.get("to") or asked.get("recipient")
    found = {
        "messaging_product": "whatsapp",
        "contacts": [{"input": to, "wa_id": to}],
        "messages": [{"id": f"wamid.{asked.get('biz_opaque_callback_data')}", "message_status": "accepted"}],
    }
    return answer(200, json.dumps(found).encode())


def error(code: int, title: str, status: int = 400, **more: Any) -> bytes:
    """An answer in Meta's error form."""
    details = more.pop("details", "What exactly was wrong.")
    found = {
        "message": f"(#{code}) {title}",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details},
        "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
        **more,
    }
    return answer(status, json.dumps({"error": found}).encode())


Reply = Callable[[Received], bytes]

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
REPLIES: dict[Accident, bytes] = {
    Accident.HTML_5XX: answer(502, HTML, "text/html"),
    Accident.HTML_200: answer(200, HTML, "text/html"),
    Accident.EMPTY_200: answer(200, b""),
    Accident.NO_ID: answer(200, b'{"messaging_product":"whatsapp","contacts":[],"messages":[]}'),
    Accident.TRUNCATED_JSON: answer(200, b'{"messaging_product":"whatsapp","messages":[{"id":"wam'),
    Accident.FOREIGN_JSON: answer(500, b'{"error":{"code":2,"message":"upstream","status":"UNAVAILABLE"}}'),
    Accident.BARE_429: answer(429, b"slow down", "text/plain"),
    Accident.REDIRECT: answer(307, b"", extra="location: /elsewhere\r\n"),
    Accident.TOO_LARGE: b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + b"{" * 3_000_000,
    Accident.TRUNCATED_BODY: b'HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"messages":[{"id":"wamid.1"}]',
}


class FakeCloud:
    """Answers every request with ``reply``, or suffers ``accident``."""

    def __init__(self) -> None:
        self.reply: Reply = accepted
        self.accident: Accident | None = None
        self.server = RawServer(self._serve)

    async def __aenter__(self) -> Self:
        await self.server.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.__aexit__()

    @property
    def received(self) -> list[Received]:
        return self.server.received

    def say(self, raw: bytes) -> None:
        """Answers with these bytes from now on."""
        self.reply = lambda _: raw

    async def _serve(self, connection: Connection) -> None:
        while True:
            received = await connection.request()
            match self.accident:
                case None:
                    await connection.write(self.reply(received))
                case Accident.RESET:
                    return connection.reset()
                case Accident.CLOSED:
                    return None
                case Accident.SILENT:
                    return await connection.until_closed()
                case Accident.DRIP:
                    return await drip(connection, accepted(received))
                case known:
                    await connection.write(REPLIES[known])
                    if known in (Accident.TRUNCATED_BODY, Accident.TOO_LARGE):
                        return None
