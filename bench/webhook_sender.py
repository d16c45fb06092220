"""A provider that posts signed webhooks of receipts: the load of the webhook benches, in a process of its own.

``python -m bench.webhook_sender OPTIONS_JSON`` prints what came of it as JSON. With a rate it is an open loop: each webhook
has its moment, and its time counts from that moment, however late it went out (moments are kept to a millisecond). Without
one every connection posts as soon as the one before was answered.
"""

from __future__ import annotations

import asyncio
import heapq
import hmac
import json
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

TICK_SECONDS = 0.001
"""The shortest rest between two looks at the clock. Who rests less looks all the time, and takes a core from those measured."""
WORDS = (("sent", 0.0), ("delivered", 0.3), ("read", 1.0))
"""The three receipts of a message, and how many seconds after its turn they come."""
_BODY = (
    '{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages","value":'
    '{"messaging_product":"whatsapp","metadata":{"display_phone_number":"201200000001","phone_number_id":"%s"},'
    '"statuses":[{"id":"wamid.bench.%d","status":"%s","timestamp":"%d","recipient_id":"2010%08d"%s,'
    '"conversation":{"id":"7270f1","origin":{"type":"utility"}},'
    '"pricing":{"billable":true,"pricing_model":"PMP","category":"utility"}}]}}]}]}'
)


@dataclass(frozen=True)
class Options:
    """What to send. ``keys``: a file with one attempt id a line, for message n the n-th. ``rate``: webhooks a second."""

    port: int
    path: str
    secret: str
    number: str = "1"
    connections: int = 64
    seconds: float = 5.0
    rate: float = 0.0
    messages: int = 0
    keys: str = ""


@dataclass
class Outcome:
    """What came of it. ``times``: from its moment to its answer, in seconds."""

    answered: int = 0
    refused: int = 0
    broken: int = 0
    times: list[float] = field(default_factory=list)


class Connection(asyncio.Protocol):
    """One kept connection with at most one request on its way."""

    def __init__(self, idle: Callable[[Connection], None], outcome: Outcome) -> None:
        self._idle = idle
        self._outcome = outcome
        self._buffer = b""
        self._since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._idle(self)

    def post(self, request: bytes, since: float) -> None:
        """Sends one; its time counts from ``since`` (monotonic seconds)."""
        self._since = since
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        self._buffer = self._buffer[end + 4 + length :]
        outcome = self._outcome
        if head.startswith(b"http/1.1 200"):
            outcome.answered += 1
            outcome.times.append(time.monotonic() - self._since)
        else:
            outcome.refused += 1
        self._idle(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._outcome.broken += 1


class Sender:
    """Keeps the connections busy."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.outcome = Outcome()
        self._idle: deque[Connection] = deque()
        self._free = asyncio.Event()
        self._keys = Path(options.keys).read_text().split() if options.keys else []
        self._planned = 0.0
        self._secret = options.secret.encode()
        self._head = (
            f"POST {options.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "X-Hub-Signature-256: sha256=%s\r\nContent-Length: %d\r\n\r\n"
        )

    def request(self, message: int, word: str) -> bytes:
        """One signed webhook."""
        options = self.options
        key = f',"biz_opaque_callback_data":"{self._keys[message]}"' if self._keys else ""
        text = _BODY % (options.number, message, word, int(time.time()), message, key)
        body = text.encode()
        signature = hmac.digest(self._secret, body, "sha256").hex()
        return (self._head % (signature, len(body))).encode() + body

    async def run(self) -> dict[str, Any]:
        """Until the time is over or the messages are told of."""
        options = self.options
        loop = asyncio.get_running_loop()
        for _ in range(options.connections):
            await loop.create_connection(
                lambda: Connection(self._on_idle, self.outcome), "127.0.0.1", options.port
            )
        begun, worked = time.monotonic(), time.process_time()
        sent = await (self._at_moments(begun) if options.rate else self._at_once(begun))
        while len(self._idle) < options.connections and not self.outcome.broken:
            await self._one_idle()
        seconds, worked = time.monotonic() - begun, time.process_time() - worked
        times = sorted(self.outcome.times)
        return {
            "sent": sent,
            "answered": self.outcome.answered,
            "refused": self.outcome.refused,
            "broken": self.outcome.broken,
            "seconds": round(seconds, 2),
            "planned_seconds": round(self._planned or options.seconds, 2),
            "sender_cpu_seconds": round(worked, 2),
            "per_second": round(self.outcome.answered / seconds),
            "p50_ms": _at(times, 0.5),
            "p99_ms": _at(times, 0.99),
            "longest_ms": _at(times, 1.0),
        }

    async def _at_once(self, begun: float) -> int:
        sent = 0
        while time.monotonic() - begun < self.options.seconds:
            while self._idle:
                connection = self._idle.popleft()
                connection.post(self.request(sent, "delivered"), time.monotonic())
                sent += 1
            await self._one_idle()
        return sent

    async def _at_moments(self, begun: float) -> int:
        sent = 0
        for moment, message, word in _moments(self.options):
            at = begun + moment
            while (wait := at - time.monotonic()) > 0:
                await asyncio.sleep(max(wait, TICK_SECONDS))
            while not self._idle:
                await self._one_idle()
            self._idle.popleft().post(self.request(message, word), at)
            sent += 1
            self._planned = moment
        return sent

    def _on_idle(self, connection: Connection) -> None:
        self._idle.append(connection)
        self._free.set()

    async def _one_idle(self) -> None:
        self._free.clear()
        await self._free.wait()


def _moments(options: Options) -> Iterator[tuple[float, int, str]]:
    """(seconds from the beginning, message, receipt), in order: three receipts for each of ``rate / 3`` messages a second."""
    pace = options.rate / len(WORDS)
    count = options.messages or int(options.seconds * pace)
    rows = ([(place / pace + after, place, word) for place in range(count)] for word, after in WORDS)
    return heapq.merge(*rows)


def _at(ordered: list[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 1) if ordered else 0.0


if __name__ == "__main__":
    sys.stdout.write(json.dumps(uvloop.run(Sender(Options(**json.loads(sys.argv[1]))).run())) + "\n")
