"""Gives the application a hold on the TCP connection, so that faults can break it below HTTP."""

import asyncio
import contextlib
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION = "wa_sandbox.connection"


class Connection:
    """The TCP connection a request came over."""

    __slots__ = ("_transport",)

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def close(self) -> None:
        """Close it in order (FIN), after what was written has gone out."""
        self._transport.close()

    def reset(self) -> None:
        """Break it off (RST), dropping what was written."""
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


class FaultyProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with the connection in the scope."""

    def on_message_begin(self) -> None:
        """Called by the parser for each request on the connection."""
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {EXTENSION: Connection(self.transport)}
