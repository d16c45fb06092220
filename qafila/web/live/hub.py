"""One ear a process: a connection that LISTENs, and the streams of open pages that it wakes.

Begun by the first stream, in the event loop that serves it. A stream never holds up another: what it has not taken yet is
a set of topics, so that a slow page gets one event for ten changes, and never more events than it has topics.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta

import psycopg

log = logging.getLogger(__name__)

CHANNEL = "qafila_live"
BEAT_SECONDS = 15.0
PAUSE_SECONDS = 0.25
"""Between two events of one stream: a burst becomes one."""
RECONNECT_SECONDS = (0.5, 1.0, 2.0, 5.0)
_LOOK_SECONDS = 10.0
_MARGIN = timedelta(seconds=2)
"""Clocks of machines differ; a topic told twice costs one request."""
_MOST_REMEMBERED = 20_000


class Stream:
    """One open page's share."""

    def __init__(self, business_id: int, topics: Iterable[str]) -> None:
        self.business_id = business_id
        self.topics = frozenset(topics)
        self._fresh: dict[str, None] = {}
        self._wake = asyncio.Event()
        self.is_ended = False

    def tell(self, topic: str) -> None:
        """Something of this topic changed."""
        self._fresh[topic] = None
        self._wake.set()

    def end(self) -> None:
        """The stream ends as soon as it can."""
        self.is_ended = True
        self._wake.set()

    async def events(self) -> AsyncIterator[list[str]]:
        """Topics that changed, as they do; an empty list is a heartbeat."""
        while not self.is_ended:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                yield []
                continue
            self._wake.clear()
            topics, self._fresh = list(self._fresh), {}
            if topics:
                yield topics
                await asyncio.sleep(PAUSE_SECONDS)


class Hub:
    """All streams of one process.

    :param dsn: gives the database's address when it is needed.
    """

    def __init__(self, dsn: Callable[[], str]) -> None:
        self._dsn = dsn
        self._streams: dict[tuple[int, str], set[Stream]] = {}
        self._all: set[Stream] = set()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_closing = False
        self._hears_since: datetime | None = None
        self._last: dict[tuple[int, str], datetime] = {}

    @property
    def streams(self) -> frozenset[Stream]:
        """Those that are open."""
        return frozenset(self._all)

    def join(self, stream: Stream, *, since: datetime | None = None) -> None:
        """Opens a stream; begins to listen if it is the first.

        :param since: when the page was drawn. What changed after that is told at once, everything where that is not known
            any more: nothing is lost between the page and its stream.
        """
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._loop is not loop:
            self._loop = loop
            self._task = loop.create_task(self._listen(), name="live")
        self._all.add(stream)
        for topic in stream.topics:
            self._streams.setdefault((stream.business_id, topic), set()).add(stream)
        self._catch_up(stream, since)
        if self.is_closing:
            stream.end()

    def _catch_up(self, stream: Stream, since: datetime | None) -> None:
        if self._hears_since is None:
            return  # told everything as soon as somebody listens
        known = since is not None and since - _MARGIN >= self._hears_since
        for topic in stream.topics:
            last = self._last.get((stream.business_id, topic))
            if not known or (since is not None and last is not None and last >= since - _MARGIN):
                stream.tell(topic)

    def leave(self, stream: Stream) -> None:
        """Closes a stream; the ear stays open for the next page."""
        self._all.discard(stream)
        for topic in stream.topics:
            key = (stream.business_id, topic)
            listeners = self._streams.get(key, set())
            listeners.discard(stream)
            if not listeners:
                self._streams.pop(key, None)

    def end_all(self) -> None:
        """Ends every stream, for a process that stops; may be called from a signal handler."""
        self.is_closing = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        for stream in self.streams:
            stream.end()
        if self._task is not None:
            self._task.cancel()

    def hear(self, payload: str) -> None:
        """One NOTIFY: ``[[business, topic], …]``. Nonsense is passed over."""
        try:
            told = json.loads(payload)
            pairs = [(int(business), str(topic)) for business, topic in told]
        except (ValueError, TypeError):
            log.warning("a live notice cannot be read", extra={"length": len(payload)})
            return
        now = datetime.now(UTC)
        if len(self._last) > _MOST_REMEMBERED:
            self._last.clear()
            self._hears_since = now
        for business_id, topic in pairs:
            self._last[business_id, topic] = now
            for stream in self._streams.get((business_id, topic), ()):
                stream.tell(topic)

    async def _listen(self) -> None:
        tries = 0
        while True:
            began = time.monotonic()
            try:
                await self._listen_once()
            except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as exc:
                tries = 0 if time.monotonic() - began > 60 else tries
                wait = RECONNECT_SECONDS[min(tries, len(RECONNECT_SECONDS) - 1)]
                tries += 1
                self._hears_since = None
                log.warning(
                    "live pages do not hear the database", extra={"cause": type(exc).__name__, "again": wait}
                )
                await asyncio.sleep(wait)

    async def _listen_once(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self._dsn(), autocommit=True, connect_timeout=5, application_name="qafila live"
        ) as ear:
            await ear.execute(f"LISTEN {CHANNEL}")
            self._last.clear()
            self._hears_since = datetime.now(UTC)
            self._everything()  # what was told while nobody listened
            while True:
                async for notice in ear.notifies(timeout=_LOOK_SECONDS):
                    self.hear(notice.payload)
                # A connection that a firewall dropped without a word is found by asking.
                await ear.execute("SELECT 1")

    def _everything(self) -> None:
        for stream in self.streams:
            for topic in stream.topics:
                stream.tell(topic)
