"""Measures asynchronous HTTP clients as this program would use them: small JSON POSTs over kept-alive connections.

    python bench/http_clients.py [--seconds 2] [--repeats 3] [--loop uvloop] [--clients pyreqwest,aiohttp,qafila]

A responder of one file runs in a process of its own. For every concurrency and delay the clients take turns, several
times over, so that a slow moment of the machine hits all of them. Printed for each: requests a second (median and
range), CPU seconds of the client process for 1,000 requests, and how much of that the Python thread used, which is what
the rest of a worker cannot have because it shares the interpreter's lock.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import importlib
import importlib.util
import multiprocessing
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from multiprocessing.connection import Connection

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

BODY = (
    b'{"messaging_product":"whatsapp","recipient_type":"individual","to":"14155550123","type":"template",'
    b'"template":{"name":"order_update","language":{"code":"en_US"},"components":[{"type":"body","parameters":'
    b'[{"type":"text","text":"Pablo"},{"type":"text","text":"12 May"},{"type":"text","text":"860198-230332"}]}]},'
    b'"biz_opaque_callback_data":"0192f0c1-7b7a-7c3e-8f0e-3f6f0b1c2d3e","padding":"xxxxxxxxxxxxxxxxxx"}'
)
HEADERS = {"authorization": "Bearer not-a-real-token", "content-type": "application/json"}
ANSWER_BODY = (
    b'{"messaging_product":"whatsapp","contacts":[{"input":"14155550123","wa_id":"14155550123"}],'
    b'"messages":[{"id":"wamid.HBgLMTQxNTU1NTAxMjMVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA"}]}'
)
ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(ANSWER_BODY)
) + ANSWER_BODY

Post = Callable[[str], Awaitable[int]]


class Responder(asyncio.Protocol):
    """Answers every POST with the same body after ``delay`` seconds. Reads as much HTTP as this bench sends."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.buffer = b""
        self.loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.index(b"content-length:") + 15
            length = int(head[at:].split(b"\r\n", 1)[0])
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            if self.delay:
                self.loop.call_later(self.delay, self.answer)
            else:
                self.answer()

    def answer(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(ANSWER)


def respond(pipe: Connection) -> None:
    """The responder's process: one port without delay, one with 20 ms; ends when the pipe closes."""

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        ports = []
        for delay in (0.0, 0.02):
            server = await loop.create_server(
                functools.partial(Responder, delay), "127.0.0.1", 0, backlog=512
            )
            ports.append(server.sockets[0].getsockname()[1])
        pipe.send(ports)
        closed = asyncio.Event()
        loop.add_reader(pipe.fileno(), closed.set)
        await closed.wait()

    runner_for("uvloop")(serve())


def runner_for(name: str) -> Callable[[Any], Any]:
    if name == "uvloop":
        import uvloop

        return uvloop.run
    return asyncio.run


@asynccontextmanager
async def pyreqwest_client() -> AsyncIterator[Post]:
    from pyreqwest.client import ClientBuilder

    async with (
        ClientBuilder().timeout(timedelta(seconds=30)).follow_redirects(False).gzip(False).build() as client
    ):

        async def post(url: str) -> int:
            response = await client.post(url).headers(HEADERS).body_bytes(BODY).build().send()
            return len(await response.bytes())

        yield post


@asynccontextmanager
async def aiohttp_client() -> AsyncIterator[Post]:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as client:

        async def post(url: str) -> int:
            async with client.post(url, headers=HEADERS, data=BODY, allow_redirects=False) as response:
                return len(await response.read())

        yield post


@asynccontextmanager
async def httpx_client() -> AsyncIterator[Post]:
    httpx: Any = importlib.import_module("httpx")
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(limits=limits, timeout=30, trust_env=False) as client:

        async def post(url: str) -> int:
            return len((await client.post(url, headers=HEADERS, content=BODY)).content)

        yield post


@asynccontextmanager
async def niquests_client() -> AsyncIterator[Post]:
    niquests: Any = importlib.import_module("niquests")
    async with niquests.AsyncSession(pool_maxsize=256) as client:

        async def post(url: str) -> int:
            return len((await client.post(url, headers=HEADERS, data=BODY, timeout=30)).content or b"")

        yield post


@asynccontextmanager
async def qafila_client() -> AsyncIterator[Post]:
    from qafila.kit.http import HttpClient

    async with HttpClient() as client:

        async def post(url: str) -> int:
            return len((await client.post(url, headers=HEADERS, body=BODY, timeout=30)).body)

        yield post


CLIENTS = {
    "pyreqwest": pyreqwest_client,
    "aiohttp": aiohttp_client,
    "httpx": httpx_client,
    "niquests": niquests_client,
    "qafila": qafila_client,
}


@dataclass(frozen=True, slots=True)
class Figures:
    """One run: requests a second, CPU seconds of the process and of the Python thread for 1,000 requests."""

    rate: float
    cpu: float
    python_cpu: float


async def run(post: Post, url: str, concurrency: int, seconds: float) -> Figures:
    await asyncio.gather(*(post(url) for _ in range(concurrency)))
    done = 0
    start = time.perf_counter()
    end = start + seconds

    async def lane() -> None:
        nonlocal done
        while time.perf_counter() < end:
            if await post(url) != len(ANSWER_BODY):
                raise ValueError("An answer had the wrong length.")
            done += 1

    cpu, thread = time.process_time(), time.thread_time()
    await asyncio.gather(*(lane() for _ in range(concurrency)))
    elapsed = time.perf_counter() - start
    return Figures(
        done / elapsed,
        (time.process_time() - cpu) / done * 1000,
        (time.thread_time() - thread) / done * 1000,
    )


async def measure(names: list[str], ports: list[int], *, seconds: float, repeats: int) -> None:
    sys.stdout.write(
        "| client | concurrency | delay ms | requests/s (range) | CPU s / 1,000 | of it Python thread |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
    )
    for delay, port in zip((0, 20), ports, strict=True):
        for concurrency in (1, 32, 128):
            found: dict[str, list[Figures]] = {name: [] for name in names}
            for repeat in range(repeats):
                for name in names if repeat % 2 == 0 else reversed(names):
                    async with CLIENTS[name]() as post:
                        url = f"http://127.0.0.1:{port}/v23.0/106540352242922/messages"
                        found[name].append(await run(post, url, concurrency, seconds))
            for name, runs in found.items():
                rates = [one.rate for one in runs]
                cpu = statistics.median(one.cpu for one in runs)
                python_cpu = statistics.median(one.python_cpu for one in runs)
                sys.stdout.write(
                    f"| {name} | {concurrency} | {delay} | {statistics.median(rates):,.0f} "
                    f"({min(rates):,.0f}–{max(rates):,.0f}) | {cpu:.3f} | {python_cpu:.3f} |\n"
                )
                sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures asynchronous HTTP clients.")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    parser.add_argument("--clients", default="pyreqwest,aiohttp,qafila")
    options = parser.parse_args()
    names = [n for n in options.clients.split(",") if n == "qafila" or importlib.util.find_spec(n)]
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=respond, args=(theirs,), daemon=True)
    server.start()
    theirs.close()
    try:
        ports = ours.recv()
        runner_for(options.loop)(measure(names, ports, seconds=options.seconds, repeats=options.repeats))
    finally:
        ours.close()
        server.join(5)


if __name__ == "__main__":
    main()
