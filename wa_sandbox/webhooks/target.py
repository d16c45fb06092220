"""What waits for one URL, and how that URL is doing."""

import asyncio
import contextlib
from collections import deque
from typing import Any

from wa_sandbox.webhooks.log import Entry
from wa_sandbox.webhooks.payloads import Event


class Parcel:
    """Events that go out in one POST. The bytes are built once and stay the same over retries.

    `began_at`: since when its oldest event waits (the sandbox's clock).
    """

    __slots__ = ("began_at", "body", "events", "log", "tries")

    def __init__(self, events: list[Event], body: bytes, began_at: float, log: Entry) -> None:
        self.events = events
        self.body = body
        self.began_at = began_at
        self.tries = 0
        self.log = log


class Target:
    """One URL: what waits for it, and how it is doing."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.fresh: deque[tuple[float, Event]] = deque()
        self.again: deque[Parcel] = deque()
        self.later = 0
        self.in_flight = 0
        self.delivered = 0
        self.refused = 0
        self.unreachable = 0
        self.given_up = 0
        self.last_trouble: str | None = None
        self.rest_seconds = 0.0
        self.rest_until = 0.0
        self.urged_at = 0.0
        """When somebody last asked by hand for a webhook to be sent again."""
        self.stirred = asyncio.Event()
        self.wake = asyncio.Event()
        self.workers: list[asyncio.Task[None]] = []

    @property
    def waiting(self) -> int:
        """Events and parcels not yet answered with 2xx."""
        return len(self.fresh) + len(self.again) + self.later + self.in_flight

    async def sleep(self, seconds: float) -> None:
        """Sleep so long, or until somebody stirs the target."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stirred.wait()

    def stir(self) -> None:
        """Wake whoever sleeps out a rest, to look at the clock again."""
        self.stirred.set()
        self.stirred.clear()

    def as_json(self) -> dict[str, Any]:
        """The row of `GET /admin/webhooks`."""
        return {
            "url": self.url,
            "waiting": self.waiting,
            "delivered": self.delivered,
            "refused": self.refused,
            "unreachable": self.unreachable,
            "given_up": self.given_up,
            "last_trouble": self.last_trouble,
        }
