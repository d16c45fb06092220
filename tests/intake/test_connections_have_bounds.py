"""A connection that dawdles or never ends its headers is closed, whatever it wants; honest ones notice nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn

from qafila.intake.connection import GuardedProtocol

HEAD = b"POST /a HTTP/1.1\r\nHost: x\r\n"


class Brisk(GuardedProtocol):
    head_seconds = 0.2
    most_head_bytes = 8_000


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the length of the body; ``/unread`` without reading it, ``/slow`` after the head's time is long over."""
    size = 0
    if scope["path"] == "/slow":
        await asyncio.sleep(3 * Brisk.head_seconds)
    while scope["path"] != "/unread":
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    text = str(size).encode()
    headers = [(b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def served(conversation: Callable[[int], Awaitable[Any]]) -> Any:
    """Runs a conversation with a server in this process."""

    async def go() -> Any:
        config = uvicorn.Config(echo, http=Brisk, port=0, lifespan="off", log_level="critical")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            return await conversation(port)
        finally:
            server.should_exit = True
            await running

    return asyncio.run(go())


async def said(port: int, *parts: bytes, stays: bool = True) -> bytes:
    """What came back until the server closed the connection. ``stays``: we do not close our side."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if not stays:
            writer.write_eof()
        return await reader.read()
    except ConnectionError:
        return b"reset"
    finally:
        writer.close()


CHUNKED = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("parts", "answer"),
    [
        ((), b""),
        ((b"POST /a HT",), b"HTTP/1.1 408 "),
        ((HEAD + b"X-Slow: ",), b"HTTP/1.1 408 "),
        ((HEAD, b"X: " + b"y" * 30_000), b"HTTP/1.1 431 "),
        ((b"GET /" + b"a" * 30_000,), b"HTTP/1.1 431 "),
        ((HEAD + b"X: y\r\n" * 5_000,), b"HTTP/1.1 431 "),
        ((CHUNKED + b"1;" + b"e" * 30_000,), b""),
        ((CHUNKED + b"0\r\n", b"T: " + b"y" * 30_000), b""),
        ((b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n", b"x"), b"HTTP/1.1 200 "),
        ((b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /a HT",), b"HTTP/1.1 200 "),
        ((b"\x00\xff\r\n\r\n",), b"HTTP/1.1 400 "),
    ],
    ids=[
        "silent",
        "slow line",
        "slow header",
        "endless header",
        "endless line",
        "many headers",
        "endless extension",
        "endless trailer",
        "unread and unended",
        "slow second request",
        "no HTTP",
    ],
)
def test_who_dawdles_or_never_ends_is_shown_out(parts: tuple[bytes, ...], answer: bytes) -> None:
    came = served(lambda port: said(port, *parts))
    assert came.startswith(answer)
    if not answer:
        assert came in (b"", b"reset")


def test_honest_requests_notice_nothing() -> None:
    large = HEAD + b"X: " + b"y" * 6_000 + b"\r\nContent-Length: 100000\r\n\r\n" + b"b" * 100_000
    small_chunks = CHUNKED + b"1\r\nx\r\n" * 20_000 + b"0\r\nConnection: close\r\n\r\n"
    slow = b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    async def conversation(port: int) -> list[bytes]:
        answers = await asyncio.gather(
            said(port, large * 5, b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            said(port, small_chunks, stays=False),
            said(port, slow),
        )
        return [answer.rpartition(b"\r\n")[2] for answer in answers if answer.count(b" 200 ") >= 1] + [
            str(answers[0].count(b"100000")).encode()
        ]

    assert served(conversation) == [b"0", b"20000", b"0", b"5"]
