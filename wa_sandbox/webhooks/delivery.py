"""The queue of webhooks: bounded concurrency, kept connections, a signature over the exact bytes, patient retries.

An answer other than 2xx is tried again after a growing delay. When no connection can be made at all the whole target
rests instead, each time longer, so that thirty thousand waiting webhooks do not hammer a stopped server; but at most five
seconds: who starts their server wants to hear at once. The other delay grows up to `retry_cap_seconds`; both end with
`give_up_seconds`, by the sandbox's clock.
"""

import asyncio
import hashlib
import hmac
import logging
from collections import deque
from collections.abc import Callable
from datetime import timedelta

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, ClientClosedError, ConnectError, RequestError

from wa_sandbox.clock import Clock
from wa_sandbox.settings import WebhookSettings
from wa_sandbox.webhooks.log import Entry, Log
from wa_sandbox.webhooks.payloads import Event, envelope
from wa_sandbox.webhooks.target import Parcel, Target

log = logging.getLogger("wa_sandbox.webhooks")

REST_FIRST_SECONDS = 0.1
REST_CAP_SECONDS = 5.0
NO_CONNECTION = "no connection could be made"


class WebhookQueue:
    """All targets. `secret` gives the app secret at the time of sending; `acked` hears of delivered events."""

    def __init__(
        self,
        settings: WebhookSettings,
        clock: Clock,
        secret: Callable[[], str],
        acked: Callable[[list[Event]], None],
        *,
        seed: int = 0,
    ) -> None:
        self.settings = settings
        self.seed = seed
        self.clock = clock
        self.targets: dict[str, Target] = {}
        self.log = Log()
        self._secret = secret
        self._acked = acked
        self._client: Client | None = None
        # Timer → when it is due by the sandbox's clock, and what it does.
        self._timers: dict[asyncio.TimerHandle, tuple[float, Callable[[], None]]] = {}

    def put(self, url: str, event: Event) -> None:
        """Queue an event. Needs a running event loop."""
        target = self.targets.get(url) or self._target(url)
        target.fresh.append((self.clock.now(), event))
        target.wake.set()

    def put_later(self, url: str, event: Event, delay: float) -> None:
        """Queue an event after so many seconds of the sandbox's clock; it counts as waiting from now on."""
        target = self.targets.get(url) or self._target(url)
        self._later(target, delay, lambda: target.fresh.append((self.clock.now(), event)))

    def resend(self, entry: Entry) -> None:
        """Send the very bytes of a logged webhook once more, to where they went, at once."""
        target = self.targets.get(entry.url) or self._target(entry.url)
        now = self.clock.now()
        again = self.log.add(entry.url, entry.body, entry.fields, now)
        target.again.appendleft(Parcel([], entry.body, now, again))
        target.rest_until = 0.0
        target.urged_at = now
        target.stir()
        target.wake.set()

    def clock_moved(self) -> None:
        """The clock was moved forward: what is due by now is tried at once."""
        now = self.clock.now()
        for timer, (due, again) in list(self._timers.items()):
            if due <= now:
                timer.cancel()
                again()
        for target in self.targets.values():
            target.stir()

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
        while True:
            rest = target.rest_until - self.clock.now()
            if rest > 0:
                await target.sleep(rest)
                continue
            parcel = self._next(target)
            if parcel is None:
                target.wake.clear()
                await target.wake.wait()
                continue
            target.in_flight += 1
            try:
                await self._deliver(target, parcel)
            finally:
                target.in_flight -= 1

    def _next(self, target: Target) -> Parcel | None:
        if target.again:
            return target.again.popleft()
        return self._parcel(target) if target.fresh else None

    def _parcel(self, target: Target) -> Parcel:
        """The first events that wait, made ready to go. There must be one."""
        count = min(self.settings.batch, len(target.fresh))
        since = target.fresh[0][0]
        events = [target.fresh.popleft()[1] for _ in range(count)]
        body = envelope(events)
        fields = (events[0].field,) if count == 1 else tuple(dict.fromkeys(event.field for event in events))
        return Parcel(events, body, since, self.log.add(target.url, body, fields, self.clock.now()))

    async def _deliver(self, target: Target, parcel: Parcel) -> None:
        note = parcel.log
        note.tries += 1
        tried_at = self.clock.now()
        try:
            status = await self._post(target.url, parcel.body)
        except ConnectError:
            self._rest(target, parcel, tried_at)
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
            self._again_later(target, parcel, f"no answer ({type(trouble).__name__})")
            return
        target.rest_seconds = 0.0
        note.status = status
        if 200 <= status < 300:
            note.outcome, note.trouble = "delivered", None
            target.delivered += 1
            self._acked(parcel.events)
        else:
            self._again_later(target, parcel, f"answered {status}")

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

    def _rest(self, target: Target, parcel: Parcel, tried_at: float) -> None:
        """No connection: the parcel goes back to the front, and the whole target rests."""
        target.unreachable += 1
        target.last_trouble = parcel.log.trouble = NO_CONNECTION
        parcel.log.outcome = "again"
        # Was another one asked for by hand during this try, that one goes first, and now.
        urged = tried_at <= target.urged_at and bool(target.again)
        if not self._given_up(target, parcel):
            target.again.insert(int(urged), parcel)
        # What failed side by side is one failure: the first of them has set the rest already.
        if urged or tried_at < target.rest_until:
            return
        longest = max(REST_FIRST_SECONDS, min(REST_CAP_SECONDS, self.settings.retry_cap_seconds))
        target.rest_seconds = min(longest, target.rest_seconds * 2 or REST_FIRST_SECONDS)
        target.rest_until = self.clock.now() + target.rest_seconds
        self._give_up_old(target)

    def _given_up(self, target: Target, parcel: Parcel) -> bool:
        """Whether a parcel has waited too long; if so that is noted, and it is not to be tried again."""
        if self.clock.now() - parcel.began_at <= self.settings.give_up_seconds:
            return False
        parcel.log.outcome = "given_up"
        target.given_up += 1
        return True

    def _give_up_old(self, target: Target) -> None:
        """Nobody is there: whatever waits too long behind the parcel that was tried is given up with it."""
        target.again = deque(parcel for parcel in target.again if not self._given_up(target, parcel))
        oldest = self.clock.now() - self.settings.give_up_seconds
        while target.fresh and target.fresh[0][0] < oldest:
            parcel = self._parcel(target)
            parcel.log.trouble = NO_CONNECTION
            self._given_up(target, parcel)

    def _again_later(self, target: Target, parcel: Parcel, trouble: str) -> None:
        target.refused += 1
        target.last_trouble = trouble
        parcel.tries += 1
        parcel.log.outcome, parcel.log.trouble = "again", trouble
        if self._given_up(target, parcel):
            return
        delay = min(
            self.settings.retry_cap_seconds,
            self.settings.retry_first_seconds * 2 ** min(parcel.tries - 1, 20),
        )
        delay *= 0.8 + 0.4 * self._draw(parcel)
        self._later(target, delay, lambda: target.again.append(parcel))

    def _draw(self, parcel: Parcel) -> float:
        """From 0 to 1, the same for the same seed, webhook and try: so a run can be repeated."""
        text = f"{self.seed}:webhook:{parcel.log.id}:{parcel.tries}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") / 2**32

    def _later(self, target: Target, delay: float, queue: Callable[[], None]) -> None:
        """Queue something after so many seconds of the sandbox's clock."""
        target.later += 1
        timer: asyncio.TimerHandle

        def due() -> None:
            self._timers.pop(timer, None)
            target.later -= 1
            queue()
            target.wake.set()

        timer = asyncio.get_running_loop().call_later(delay, due)
        self._timers[timer] = (self.clock.now() + delay, due)
