"""Reads a request's body within bounds: of size, of time, and of what this process may hold in all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from qafila.intake.answers import BUSY, TOO_LARGE, TOO_SLOW, Answer, Receive

MOST_BYTES = 3 * 1024 * 1024
SECONDS = 10.0
"""For the whole body: a drip does not hold its place for longer."""
MOST_BYTES_HELD = 64 * 1024 * 1024
MOST_PASSED_OVER = 16 * 1024 * 1024
"""A body that is too large is read so far and thrown away, so that its sender reads the refusal instead of a broken pipe."""
SMALL = 64 * 1024


class Refused(Exception):
    """The body is not taken; :attr:`answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Gone(Exception):
    """The other side hung up: nobody waits for an answer."""


class Hold:
    """How many bytes of bodies this process holds, from their first byte until they are stored.

    No account holds more than is still free. So one alone may take half of it, and however much one address is sent (who
    knows an address can send to it without signing anything), the others' webhooks have room.
    """

    def __init__(self, most: int = MOST_BYTES_HELD) -> None:
        self._most = most
        self.held = 0
        self._of: dict[int, int] = {}

    def share(self, account_id: int) -> Share:
        """One body's part, given back when its ``with`` ends."""
        return Share(self, account_id)

    def take(self, account_id: int, count: int) -> None:
        """Raises :class:`Refused` when there is no room for so many more of this account."""
        held, of_account = self.held + count, self._of.get(account_id, 0) + count
        if of_account > self._most - held:
            raise Refused(BUSY)
        self.held, self._of[account_id] = held, of_account

    def give_back(self, account_id: int, count: int) -> None:
        """So many bytes are held no longer."""
        self.held -= count
        self._of[account_id] -= count
        if not self._of[account_id]:
            del self._of[account_id]


class Share:
    """What one body holds."""

    def __init__(self, hold: Hold, account_id: int) -> None:
        self._hold = hold
        self._account_id = account_id
        self.taken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.give_back()

    def take(self, count: int) -> None:
        """Adds some bytes. Raises :class:`Refused`."""
        if count:
            self._hold.take(self._account_id, count)
            self.taken += count

    def give_back(self) -> None:
        """All of it: the body is not kept, or not any longer."""
        if self.taken:
            self._hold.give_back(self._account_id, self.taken)
            self.taken = 0


def stays_unread(headers: Mapping[str, str]) -> bool:
    """Whether a request that is answered without its body had better close its connection: the body is large, or endless."""
    said = headers.get("content-length", "0")
    return "transfer-encoding" in headers or not _is_number(said) or int(said) > SMALL


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
    too_large = _is_number(said) and int(said) > most
    try:
        async with asyncio.timeout(seconds):
            if too_large and (int(said) > MOST_PASSED_OVER or "expect" in headers):
                raise Refused(TOO_LARGE)
            parts: list[bytes] = []
            size = 0
            more = True
            while more:
                part, more = await _next(receive)
                size += len(part)
                if too_large or size > most:
                    too_large = True
                    share.give_back()
                    parts.clear()
                    if size > MOST_PASSED_OVER:
                        break
                    continue
                share.take(len(part))
                parts.append(part)
    except TimeoutError:
        raise Refused(TOO_SLOW) from None
    if too_large:
        raise Refused(TOO_LARGE)
    return b"".join(parts)


async def _next(receive: Receive) -> tuple[bytes, bool]:
    """The next part, and whether more follow. Raises :class:`Gone`."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    return message.get("body", b""), bool(message.get("more_body", False))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
