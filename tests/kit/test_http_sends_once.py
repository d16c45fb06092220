"""A request goes out at most once: no replay on a dying connection, no redirect, nothing after a cancelled wait."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections import Counter

import pytest

from qafila.kit.http import Answer, HttpClient, HttpFault, Lost, close_shared, shared
from tests.kit.raw_server import OK, Connection, RawServer


async def post(client: HttpClient, url: str, body: bytes = b"{}", *, timeout: float = 10.0) -> Answer:
    return await client.post(url, headers={"content-type": "application/json"}, body=body, timeout=timeout)


@pytest.mark.parametrize("ending", ["close", "reset", "reset at the first byte"])
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
async def test_reused_connection_that_dies_under_a_request_is_not_replayed(ending: str, method: str) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.write(OK)
        if ending == "reset at the first byte":
            await connection.reader.readexactly(1)
        else:
            await connection.request()
        if ending != "close":
            connection.reset()

    async with RawServer(script) as server, HttpClient() as client:
        for attempt in ("first", "second"):
            try:
                if method == "POST":
                    await post(client, server.url)
                elif method == "GET":
                    await client.get(server.url, headers={}, timeout=5)
                else:
                    await client.delete(server.url, headers={}, timeout=5)
            except Lost as exc:
                assert attempt == "second"
                assert exc.reason == "response_lost"
            else:
                assert attempt == "first"
        assert server.connections == 1
        assert len(server.received) == (1 if ending == "reset at the first byte" else 2)


async def test_connection_closed_while_idle_costs_nothing() -> None:
    closed = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.write(OK)
        connection.writer.close()
        await connection.writer.wait_closed()
        closed.set()

    async with RawServer(script) as server, HttpClient() as client:
        for _ in range(3):
            assert (await post(client, server.url)).status == 200
            await closed.wait()
            closed.clear()
        assert len(server.received) == 3


async def test_race_between_closing_and_sending_never_doubles() -> None:
    """Servers close kept-alive connections at the worst moments; 1,000 requests, each arrives once at most."""
    rng = random.Random(4)

    async def script(connection: Connection) -> None:
        for _ in range(rng.randint(1, 4)):
            await connection.request()
            await connection.write(OK)
        for _ in range(rng.randint(0, 6)):
            await asyncio.sleep(0)
        if rng.random() < 0.5:
            connection.reset()

    async with RawServer(script) as server, HttpClient(connections=8) as client:
        accepted: list[bytes] = []

        async def lane(lane_number: int) -> None:
            for number in range(125):
                body = b"%d-%d" % (lane_number, number)
                try:
                    await post(client, server.url, body)
                except HttpFault:
                    continue
                accepted.append(body)

        await asyncio.gather(*(lane(number) for number in range(8)))
    arrived = Counter(one.body for one in server.received)
    assert max(arrived.values()) == 1
    assert set(accepted) <= set(arrived)
    assert len(accepted) > 500


async def test_redirect_is_an_answer() -> None:
    async def script(connection: Connection) -> None:
        while True:
            await connection.request()
            await connection.write(
                b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n"
            )

    async with RawServer(script) as server, HttpClient() as client:
        answer = await post(client, server.url)
    assert answer.status == 307
    assert answer.headers["Location"] == "/other"
    assert len(server.received) == 1


async def test_compressed_body_stays_compressed() -> None:
    bomb = gzip.compress(bytes(20_000_000))

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.write(
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb) + bomb
        )

    async with RawServer(script) as server, HttpClient() as client:
        assert (await post(client, server.url)).body == bomb
    assert "accept-encoding" not in server.received[0].headers


async def test_body_at_the_limit_is_read_and_one_byte_more_is_not() -> None:
    async def script(connection: Connection) -> None:
        while True:
            size = int((await connection.request()).body)
            await connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size)

    async with RawServer(script) as server, HttpClient(body_limit=5000) as client:
        assert len((await post(client, server.url, b"5000")).body) == 5000
        with pytest.raises(Lost) as caught:
            await post(client, server.url, b"5001")
        assert caught.value.reason == "response_too_large"
        assert len((await post(client, server.url, b"1")).body) == 1


async def test_request_cancelled_while_it_waits_for_a_connection_is_never_sent() -> None:
    may_answer = asyncio.Event()

    async def script(connection: Connection) -> None:
        while True:
            await connection.request()
            await may_answer.wait()
            await connection.write(OK)

    async with RawServer(script) as server, HttpClient(connections=1) as client:
        first = asyncio.create_task(post(client, server.url, b"first"))
        await server.arrived.wait()
        second = asyncio.create_task(post(client, server.url, b"second"))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        may_answer.set()
        await first
        await post(client, server.url, b"third")
    assert [one.body for one in server.received] == [b"first", b"third"]


async def test_slot_of_a_cancelled_request_comes_back_at_its_deadline() -> None:
    async def script(connection: Connection) -> None:
        if (await connection.request()).body == b"silent":
            await connection.until_closed()
        await connection.write(OK)

    async with RawServer(script) as server, HttpClient(connections=1, connect_seconds=0.1) as client:
        task = asyncio.create_task(post(client, server.url, b"silent", timeout=0.3))
        await server.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await post(client, server.url, b"next")).status == 200


async def test_many_requests_share_few_connections() -> None:
    async def script(connection: Connection) -> None:
        while True:
            await connection.request()
            await connection.write(OK)

    async with RawServer(script) as server, HttpClient(connections=4) as client:
        await asyncio.gather(*(post(client, server.url) for _ in range(200)))
        assert server.connections <= 4
    assert len(server.received) == 200


def test_shared_client_is_one_for_a_loop() -> None:
    async def twice() -> tuple[HttpClient, bool]:
        first = shared()
        same = shared() is first
        await close_shared()
        return first, same and shared() is not first

    one, fresh = asyncio.run(twice())
    other, _ = asyncio.run(twice())
    assert fresh
    assert one is not other
