"""uvicorn's HTTP protocol with the bounds it lacks: how long a request's head may take, and how much of a request is not body.

Without them one connection that sends a header for ever fills the memory, and one that sends a byte a minute stays for
ever. A body has bounds of its own (``intake.bodies``, ``api.body_limit``).
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 15.0
"""From the first byte of a request (or the beginning of the connection) to the end of its headers."""
MOST_HEAD_BYTES = 64 * 1024
"""Request line, headers, trailers. Proxies in front usually stop at 8 or 32 KB."""
FRAME_BYTES = 16
"""What a chunk of a body may cost beside its content: a length in hexadecimal and two line ends, with room."""

_REFUSED = b"HTTP/1.1 %s\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW = _REFUSED % b"408 Request Timeout"
_TOO_LARGE = _REFUSED % b"431 Request Header Fields Too Large"


class GuardedProtocol(HttpToolsProtocol):
    """See the module. For uvicorn's ``http``."""

    head_seconds = HEAD_SECONDS
    most_head_bytes = MOST_HEAD_BYTES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: asyncio.TimerHandle | None = None
        self._frame_bytes = 0
        """Bytes of the present request that are not its body; pieces of the body give some back."""
        self._reading = False
        """A request has begun to arrive and is not all there."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection is open: its first request has a limited time to say what it is."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed, by whomever."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes. What they are is counted while the parser calls back."""
        self._frame_bytes += len(data)
        super().data_received(data)
        if self._frame_bytes > self.most_head_bytes and not self.transport.is_closing():
            self._refuse(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """The parser saw the first byte of a request."""
        super().on_message_begin()
        self._reading = True
        if self._waiting is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """The parser saw the end of the headers: what follows is the application's to bound."""
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """The parser saw a piece of the body."""
        self._frame_bytes = max(0, self._frame_bytes - len(body) - FRAME_BYTES)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The parser saw the end of a request; bytes behind it in the same read belong to the next."""
        self._reading = False
        self._frame_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The application answered. A request that is answered unread has not for ever to end."""
        super().on_response_complete()
        if self._reading and self._waiting is None and not self.transport.is_closing():
            self._wait()

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(self.head_seconds, self._too_late)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _too_late(self) -> None:
        self._waiting = None
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait()  # the request before it is still being answered, and reading rests meanwhile
        elif self.cycle is None and self._reading:
            self._refuse(_TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, answer: bytes) -> None:
        """Says why, unless an answer has begun, and closes."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(answer)
        self.transport.close()
