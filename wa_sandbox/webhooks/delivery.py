"""The queue of webhooks: bounded concurrency, kept connections, a signature over the exact bytes, patient retries.

An answer other than 2xx is tried again after a growing delay. When no connection can be made at all the whole target
rests for a moment instead, so that thirty thousand waiting webhooks do not hammer a stopped server.
"""

import asyncio
import hashlib
import hmac
import logging
import random
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, ClientClosedError, ConnectError, RequestError

from wa_sandbox.settings import WebhookSettings
from wa_sandbox.webhooks.log import Entry, Log
from wa_sandbox.webhooks.payloads import Event, envelope

log = logging.getLogger("wa_sandbox.webhooks")

REST_FIRST_SECONDS = 0.1
REST_CAP_SECONDS = 2.0


class Parcel:
    """Events that go out in one POST. The bytes are built once and stay the same over retries."""

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
        self.fresh: deque[Event] = deque()
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
        self.wake = asyncio.Event()
        self.workers: list[asyncio.Task[None]] = []

    @property
    def waiting(self) -> int:
        """Events and parcels not yet answered with 2xx."""
        return len(self.fresh) + len(self.again) + self.later + self.in_flight

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


class WebhookQueue:
    """All targets. `secret` gives the app secret at the time of sending; `acked` hears of delivered events."""

    def __init__(
        self, settings: WebhookSettings, secret: Callable[[], str], acked: Callable[[list[Event]], None]
    ) -> None:
        self.settings = settings
        self.targets: dict[str, Target] = {}
        self.log = Log()
        self._secret = secret
        self._acked = acked
        self._client: Client | None = None
        self._timers: set[asyncio.TimerHandle] = set()

    def put(self, url: str, event: Event) -> None:
        """Queue an event. Needs a running event loop."""
        target = self.targets.get(url) or self._target(url)
        target.fresh.append(event)
        target.wake.set()

    def resend(self, entry: Entry) -> None:
        """Send the very bytes of a logged webhook once more, to where they went."""
        target = self.targets.get(entry.url) or self._target(entry.url)
        again = self.log.add(entry.url, entry.body, entry.fields, time.time())
        target.again.append(Parcel([], entry.body, asyncio.get_running_loop().time(), again))
        target.wake.set()

    def _target(self, url: str) -> Target:
        target = self.targets[url] = Target(url)
        target.workers = [
            asyncio.create_task(self._work(target), name=f"webhook {number}")
            for number in range(self.settings.concurrency)
        ]
        return target

    @property
    def waiting(self) -> int:
        """Webhooks that were not answered with 2xx yet."""
        return sum(target.waiting for target in self.targets.values())

    async def close(self) -> None:
        """Stop sending. What waits is kept by the ledger and sent after the next start."""
        tasks = [task for target in self.targets.values() for task in target.workers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for timer in self._timers:
            timer.cancel()
        if self._client is not None:
            await self._client.close()

    def forget(self) -> None:
        """Drop what waits (a new epoch of the ledger)."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for target in self.targets.values():
            target.fresh.clear()
            target.again.clear()
            target.later = 0

    async def _work(self, target: Target) -> None:
        loop = asyncio.get_running_loop()
        while True:
            rest = target.rest_until - loop.time()
            if rest > 0:
                await asyncio.sleep(rest)
                continue
            parcel = self._next(target, loop.time())
            if parcel is None:
                target.wake.clear()
                await target.wake.wait()
                continue
            target.in_flight += 1
            try:
                await self._deliver(target, parcel, loop)
            finally:
                target.in_flight -= 1

    def _next(self, target: Target, now: float) -> Parcel | None:
        if target.again:
            return target.again.popleft()
        if not target.fresh:
            return None
        count = min(self.settings.batch, len(target.fresh))
        events = [target.fresh.popleft() for _ in range(count)]
        body = envelope(events)
        fields = (events[0].field,) if count == 1 else tuple(dict.fromkeys(event.field for event in events))
        return Parcel(events, body, now, self.log.add(target.url, body, fields, time.time()))

    async def _deliver(self, target: Target, parcel: Parcel, loop: asyncio.AbstractEventLoop) -> None:
        note = parcel.log
        note.tries += 1
        try:
            status = await self._post(target.url, parcel.body)
        except ConnectError:
            note.outcome, note.trouble = "again", "no connection could be made"
            target.unreachable += 1
            target.last_trouble = "no connection could be made"
            target.again.appendleft(parcel)
            target.rest_seconds = min(REST_CAP_SECONDS, target.rest_seconds * 2 or REST_FIRST_SECONDS)
            target.rest_until = loop.time() + target.rest_seconds
            return
        except (ClientClosedError, BuilderError) as trouble:
            target.last_trouble = type(trouble).__name__
            note.outcome, note.trouble = "given_up", type(trouble).__name__
            target.given_up += 1
            log.warning(
                "a webhook could not be sent to this URL and was given up: %s", type(trouble).__name__
            )
            return
        except RequestError as trouble:
            self._again_later(target, parcel, f"no answer ({type(trouble).__name__})", loop)
            return
        target.rest_seconds = 0.0
        note.status = status
        if 200 <= status < 300:
            note.outcome, note.trouble = "delivered", None
            target.delivered += 1
            self._acked(parcel.events)
        else:
            self._again_later(target, parcel, f"answered {status}", loop)

    async def _post(self, url: str, body: bytes) -> int:
        if self._client is None:
            self._client = (
                ClientBuilder()
                .no_proxy()
                .follow_redirects(False)
                .user_agent("facebookexternalua")
                .timeout(timedelta(seconds=self.settings.timeout_seconds))
                .connect_timeout(timedelta(seconds=self.settings.timeout_seconds))
                .pool_max_idle_per_host(self.settings.concurrency)
                .build()
            )
        signature = hmac.digest(self._secret().encode(), body, hashlib.sha256).hex()
        headers = {"content-type": "application/json", "x-hub-signature-256": "sha256=" + signature}
        response = await self._client.post(url).headers(headers).body_bytes(body).build().send()
        return response.status

    def _again_later(
        self, target: Target, parcel: Parcel, trouble: str, loop: asyncio.AbstractEventLoop
    ) -> None:
        target.refused += 1
        target.last_trouble = trouble
        parcel.tries += 1
        parcel.log.outcome, parcel.log.trouble = "again", trouble
        if loop.time() - parcel.began_at > self.settings.give_up_seconds:
            parcel.log.outcome = "given_up"
            target.given_up += 1
            return
        delay = min(
            self.settings.retry_cap_seconds,
            self.settings.retry_first_seconds * 2 ** min(parcel.tries - 1, 20),
        )
        target.later += 1
        timer: asyncio.TimerHandle

        def back() -> None:
            self._timers.discard(timer)
            target.later -= 1
            target.again.append(parcel)
            target.wake.set()

        timer = loop.call_later(delay * random.uniform(0.8, 1.2), back)
        self._timers.add(timer)
