"""Reads a request's body within bounds: of size, of time, and of what this process may hold in all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from qafila.intake.answers import BUSY, TOO_LARGE, TOO_SLOW, Answer, Receive

MOST_BYTES = 3 * 1024 * 1024
SECONDS = 10.0
"""For the whole body: a drip does not hold its place for longer."""
MOST_BYTES_HELD = 64 * 1024 * 1024


class Refused(Exception):
    """The body is not taken; :attr:`answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Gone(Exception):
    """The other side hung up: nobody waits for an answer."""


class Hold:
    """How many bytes of bodies this process holds, from their first byte until they are stored."""

    def __init__(self, most: int = MOST_BYTES_HELD) -> None:
        self._most = most
        self.held = 0

    @contextmanager
    def share(self) -> Iterator[Share]:
        """One body's part, given back at the end."""
        part = Share(self)
        try:
            yield part
        finally:
            self.held -= part.taken

    def take(self, count: int) -> None:
        """Raises :class:`Refused` when there is no room for so many more."""
        if self.held + count > self._most:
            raise Refused(BUSY)
        self.held += count


class Share:
    """What one body holds."""

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self.taken = 0

    def take(self, count: int) -> None:
        """Adds some bytes. Raises :class:`Refused`."""
        self._hold.take(count)
        self.taken += count


async def read(
    receive: Receive,
    headers: Mapping[str, str],
    share: Share,
    *,
    most: int = MOST_BYTES,
    seconds: float = SECONDS,
) -> bytes:
    """The whole body. Raises :class:`Refused` (too large, too slow, no room) or :class:`Gone`."""
    said = headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said) > most:
        raise Refused(TOO_LARGE)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                part: bytes = message.get("body", b"")
                size += len(part)
                if size > most:
                    raise Refused(TOO_LARGE)
                share.take(len(part))
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise Refused(TOO_SLOW) from None
