"""A small HTTP proxy that breaks answers: lost, reset, slow, cut off, never. It runs in a thread of its own.

It knows just enough HTTP/1.1 to tell a request and an answer from the next: both must have a ``Content-Length``.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Mapping

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

FAULTS: Mapping[str, float] = {
    "answer_lost": 0.006,
    "reset_before": 0.006,
    "reset_after": 0.006,
    "truncated": 0.006,
    "closed_unread": 0.004,
    "garbled": 0.004,
    "slow_answer": 0.01,
    "slow_pieces": 0.004,
    "black_hole": 0.0005,
    "black_hole_after": 0.0005,
}
"""What may happen to a request, and how often. ``…_after`` and all that concern the answer: the provider has seen it."""
_RESET = struct.pack("ii", 1, 0)


class FaultProxy:
    """Listens on a free port of this machine and forwards to one other. ``seen`` counts what was done."""

    def __init__(self, upstream: int, *, seed: int, faults: Mapping[str, float] = FAULTS) -> None:
        self._upstream = upstream
        self._rng = random.Random(seed)
        self._faults = dict(faults)
        self.on = False
        """Whether faults happen at all."""
        self.port = 0
        self.seen: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="fault proxy", daemon=True)

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def reseed(self, seed: int) -> None:
        """What happens from now on is drawn from another seed."""
        self._rng = random.Random(seed)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the client, with one of its own to the provider."""
        upstream: Streams | None = None
        try:
            while True:
                request = await _whole(reader)
                fault = self._choose()
                self.seen[fault] += 1
                if fault in ("reset_before", "closed_unread", "black_hole"):
                    await self._unforwarded(fault, reader, writer)
                    return
                if upstream is None:
                    upstream = await asyncio.open_connection("127.0.0.1", self._upstream)
                upstream[1].write(request)
                answer = await _whole(upstream[0])
                if not await self._give(fault, answer, reader, writer):
                    return
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # either side went away
        finally:
            for one in (writer, upstream[1] if upstream else None):
                if one is not None:
                    one.close()

    def _choose(self) -> str:
        if not self.on:
            return "none"
        point = self._rng.random()
        for fault, share in self._faults.items():
            point -= share
            if point < 0:
                return fault
        return "none"

    async def _unforwarded(
        self, fault: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """The provider never hears of it."""
        if fault == "reset_before":
            _reset(writer)
        elif fault == "black_hole":
            await reader.read()  # until the client gives up

    async def _give(
        self, fault: str, answer: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Hands the provider's answer over, or what is left of it. False: the connection is over."""
        match fault:
            case "answer_lost":
                return False
            case "reset_after":
                _reset(writer)
                return False
            case "truncated":
                writer.write(answer[: self._rng.randrange(1, len(answer))])
                await writer.drain()
                return False
            case "garbled":
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 15\r\n\r\n<html>502</html>"[:-1])
                await writer.drain()
                return False
            case "black_hole_after":
                await reader.read()
                return False
            case "slow_answer":
                await asyncio.sleep(self._rng.uniform(0.2, 3.0))
            case "slow_pieces":
                size = max(1, len(answer) // 8)
                for begin in range(0, len(answer), size):
                    writer.write(answer[begin : begin + size])
                    await writer.drain()
                    await asyncio.sleep(self._rng.uniform(0.02, 0.3))
                return True
        writer.write(answer)
        await writer.drain()
        return True


async def _whole(reader: asyncio.StreamReader) -> bytes:
    """One request or answer, head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    begin = lower.find(b"content-length:")
    length = int(lower[begin + 15 : lower.find(b"\r\n", begin)]) if begin >= 0 else 0
    return head + await reader.readexactly(length)


def _reset(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
