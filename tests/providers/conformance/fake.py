"""A gateway at the level of bytes: answers as recorded, and everything that can happen on the way."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any, Self

from qafila.kit.http import Door
from qafila.providers.interface import Credentials
from tests.kit.raw_server import Connection, RawServer, Received, drip, unanswering_port, unused_port
from tests.providers.conformance.side import Accident
from tests.providers.fake_cloud import HTML, answer

Reply = Callable[[Received], bytes]


def said(status: int, body: Any, extra: str = "") -> bytes:
    """An answer with JSON."""
    return answer(status, json.dumps(body).encode(), extra=extra)


def asked(received: Received) -> Any:
    """The JSON of a request, or {}."""
    return json.loads(received.body) if received.body else {}


class FakeGateway:
    """Answers by ``reply``; ``accident`` happens to every request but those whose path has a part of ``spared``."""

    def __init__(self, reply: Reply, *, spared: tuple[str, ...] = (), no_id: bytes = b"") -> None:
        self.reply = reply
        self.spared = spared
        self.accident: Accident | None = None
        self._no_id = no_id or said(200, {"status": "success", "response": []})
        self.server = RawServer(self._serve)
        self.stack = contextlib.ExitStack()

    async def __aenter__(self) -> Self:
        await self.server.__aenter__()
        self.door = Door(allowed_networks=("127.0.0.0/8",), connect_seconds=0.2, body_limit=1 << 20)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.door.close()
        await self.server.__aexit__()
        self.stack.close()

    def way(self, _: Credentials) -> Door:
        """What the provider calls through."""
        return self.door

    def sent(self, part: str) -> int:
        """How many requests with this in their path arrived."""
        return sum(part in one.path for one in self.server.received)

    def port_of(self, accident: Accident) -> int:
        """Where the gateway seems to be."""
        if accident is Accident.NO_CONNECTION:
            return unused_port()
        if accident is Accident.NO_ANSWER_TO_CONNECT:
            return self.stack.enter_context(unanswering_port())
        return self.server.port

    async def _serve(self, connection: Connection) -> None:
        while True:
            received = await connection.request()
            spared = any(part in received.path for part in self.spared)
            match None if spared else self.accident:
                case None:
                    await connection.write(self.reply(received))
                case Accident.RESET:
                    return connection.reset()
                case Accident.CLOSED:
                    return None
                case Accident.SILENT:
                    return await connection.until_closed()
                case Accident.DRIP:
                    return await drip(connection, self.reply(received))
                case known:
                    await connection.write(self._happening(known))
                    if known in (Accident.TRUNCATED_BODY, Accident.TOO_LARGE):
                        return None

    def _happening(self, accident: Accident) -> bytes:
        return {
            Accident.HTML_5XX: answer(502, HTML, "text/html"),
            Accident.HTML_200: answer(200, HTML, "text/html"),
            Accident.EMPTY_200: answer(200, b""),
            Accident.NO_ID: self._no_id,
            Accident.TRUNCATED_JSON: answer(200, b'{"status":"success","response":[{"id":"tr'),
            Accident.FOREIGN_JSON: answer(500, b'{"fault":{"code":2,"message":"upstream"}}'),
            Accident.BARE_429: answer(429, b"slow down", "text/plain"),
            Accident.REDIRECT: answer(307, b"", extra="location: /elsewhere\r\n"),
            Accident.TOO_LARGE: b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + b"{" * 3_000_000,
            Accident.TRUNCATED_BODY: b'HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"status":"success"',
        }[accident]
