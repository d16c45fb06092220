"""Every way in which a request can fail is told apart at a raw socket: never connected, or lost."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable

import pytest

from qafila.kit.http import HttpClient, HttpFault, Lost, NotConnected
from tests.kit.raw_server import OK, Connection, RawServer, drip, unanswering_port, unused_port

SECRET = "CANARY-9f2b"
HEADERS = {"authorization": f"Bearer {SECRET}", "content-type": "application/json"}


async def post(client: HttpClient, url: str, *, timeout: float = 10.0) -> bytes:
    answer = await client.post(
        f"{url}/v1/x?access_token={SECRET}", headers=HEADERS, body=b'{"a":1}', timeout=timeout
    )
    return answer.body


async def fault(url: str, **options: float) -> HttpFault:
    timeout = options.pop("timeout", 10.0)
    async with HttpClient(**options) as client:  # type: ignore[arg-type]
        with pytest.raises(HttpFault) as caught:
            await post(client, url, timeout=timeout)
    return caught.value


async def test_refused_connection_never_connected() -> None:
    found = await fault(f"http://127.0.0.1:{unused_port()}")
    assert isinstance(found, NotConnected)
    assert found.reason == "connect_failed"


async def test_unknown_host_never_connected() -> None:
    found = await fault("http://no-such-host.invalid")
    assert isinstance(found, NotConnected)
    assert found.reason == "dns_failed"


async def test_host_that_does_not_answer_never_connected() -> None:
    with unanswering_port() as port:
        found = await fault(f"http://127.0.0.1:{port}", connect_seconds=0.2)
    assert isinstance(found, NotConnected)
    assert found.reason == "connect_timeout"


async def test_silent_tls_handshake_never_connected() -> None:
    async def script(connection: Connection) -> None:
        await connection.until_closed()

    async with RawServer(script) as server:
        found = await fault(f"https://127.0.0.1:{server.port}", connect_seconds=0.2)
    assert isinstance(found, NotConnected)
    assert found.reason == "connect_timeout"


async def test_failed_tls_handshake_never_connected() -> None:
    async def script(connection: Connection) -> None:
        await connection.write(b"not TLS at all\r\n")
        await connection.until_closed()

    async with RawServer(script) as server:
        found = await fault(f"https://127.0.0.1:{server.port}")
    assert isinstance(found, NotConnected)
    assert found.reason == "tls_failed"


@pytest.mark.parametrize("url", ["nonsense", "http://[::1", "ftp://127.0.0.1", "http://127.0.0.1:99999", ""])
async def test_url_that_cannot_be_called_never_connected(url: str) -> None:
    found = await fault(url)
    assert isinstance(found, NotConnected)
    assert found.reason == "bad_request"


async def test_header_that_cannot_be_sent_never_connected() -> None:
    async with HttpClient() as client:
        with pytest.raises(NotConnected) as caught:
            await client.post(
                "http://127.0.0.1/", headers={"authorization": f"a\n{SECRET}"}, body=b"", timeout=1
            )
    assert caught.value.reason == "bad_request"
    assert SECRET not in "".join(traceback.format_exception(caught.value))


async def reset_on_accept(connection: Connection) -> None:
    connection.reset()


async def close_on_accept(_: Connection) -> None:
    return


async def reset_after_request(connection: Connection) -> None:
    await connection.request()
    connection.reset()


async def close_after_request(connection: Connection) -> None:
    await connection.request()


async def silent_after_request(connection: Connection) -> None:
    await connection.request()
    await connection.until_closed()


async def half_a_head(connection: Connection) -> None:
    await connection.request()
    await connection.write(b"HTTP/1.1 200 OK\r\ncontent-le")


async def half_a_body(connection: Connection) -> None:
    await connection.request()
    await connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}")


async def half_a_chunked_body(connection: Connection) -> None:
    await connection.request()
    await connection.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n")


async def not_http(connection: Connection) -> None:
    await connection.request()
    await connection.write(b"SSH-2.0-OpenSSH\r\n\r\n")


async def endless_head(connection: Connection) -> None:
    await connection.request()
    await connection.write(b"HTTP/1.1 200 OK\r\nx: " + b"a" * 2_000_000)
    await connection.until_closed()


async def endless_body(connection: Connection) -> None:
    await connection.request()
    await connection.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        await connection.write(b"x" * 65536)


async def dripping_head(connection: Connection) -> None:
    await connection.request()
    await drip(connection, b"HTTP/1.1 200 OK\r\nx: " + b"a" * 10_000)


async def dripping_body(connection: Connection) -> None:
    await connection.request()
    await connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n")
    await drip(connection, b"a" * 10_000)


LOST: list[tuple[Callable[[Connection], Awaitable[None]], str]] = [
    (close_on_accept, "response_lost"),
    (reset_after_request, "response_lost"),
    (close_after_request, "response_lost"),
    (silent_after_request, "response_timeout"),
    (half_a_head, "response_lost"),
    (half_a_body, "response_truncated"),
    (half_a_chunked_body, "response_truncated"),
    (not_http, "response_garbled"),
    (endless_head, "response_garbled"),
    (endless_body, "response_too_large"),
    (dripping_head, "response_timeout"),
    (dripping_body, "response_timeout"),
]


@pytest.mark.parametrize(("script", "reason"), LOST, ids=[script.__name__ for script, _ in LOST])
async def test_after_connecting_everything_is_lost(
    script: Callable[[Connection], Awaitable[None]], reason: str
) -> None:
    async with RawServer(script) as server:
        found = await fault(server.url, connect_seconds=0.3, timeout=0.6)
    assert isinstance(found, Lost)
    assert found.reason == reason
    assert len(server.received) <= 1
    assert server.connections == 1


async def test_a_reset_at_once_is_lost_or_met_while_connecting() -> None:
    """The reset may come before the system has told us of the connection: then nothing was written, and that is known."""
    async with RawServer(reset_on_accept) as server:
        found = await fault(server.url, connect_seconds=0.3, timeout=0.6)
    assert (type(found), found.reason) in ((Lost, "response_lost"), (NotConnected, "connect_failed"))
    if isinstance(found, NotConnected):
        assert not server.received
    assert server.connections == 1


@pytest.mark.parametrize("script", [reset_after_request, half_a_body, silent_after_request, not_http, None])
async def test_no_secret_in_tracebacks_or_logs(
    script: Callable[[Connection], Awaitable[None]] | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if script is None:
        found = await fault(f"http://127.0.0.1:{unused_port()}")
    else:
        async with RawServer(script) as server:
            found = await fault(server.url, connect_seconds=0.2, timeout=0.3)
    logging.getLogger("test").error("A request failed.", exc_info=found)
    assert "/v1/x" in str(found)
    assert found.__cause__ is not None
    assert SECRET not in "".join(traceback.format_exception(found)) + repr(found) + caplog.text


async def test_closing_the_client_ends_a_request_as_lost() -> None:
    async with RawServer(silent_after_request) as server:
        client = HttpClient()
        task = asyncio.create_task(post(client, server.url))
        await server.arrived.wait()
        await client.close()
        with pytest.raises(Lost) as caught:
            await task
        assert caught.value.reason == "client_closed"
        with pytest.raises(NotConnected):
            await post(client, server.url)


async def answer_all(connection: Connection) -> None:
    while True:
        await connection.request()
        await connection.write(OK)


async def test_no_free_connection_never_connected() -> None:
    async with RawServer(silent_after_request) as server:
        async with HttpClient(connections=1, slot_seconds=0.05) as client:
            first = asyncio.create_task(post(client, server.url))
            await server.arrived.wait()
            with pytest.raises(NotConnected) as caught:
                await post(client, server.url)
            assert caught.value.reason == "no_free_connection"
            assert len(server.received) == 1
        with pytest.raises(Lost):
            await first
