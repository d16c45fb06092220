"""Large bodies go through in pieces: never whole in memory, never longer than was said, never half and called whole."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from qafila.kit.http import HttpClient, Lost
from tests.kit.raw_server import OK, Connection, RawServer

PIECE = b"x" * 1000


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield PIECE


async def answer_ok(connection: Connection) -> None:
    while True:
        await connection.request()
        await connection.write(OK)


async def test_a_body_in_pieces_arrives_as_one_with_its_length() -> None:
    async with RawServer(answer_ok) as server, HttpClient(use_proxy=False) as client:
        answer = await client.post_stream(
            server.url, headers={"content-type": "a/b"}, chunks=pieces(50), length=50_000, timeout=20
        )
    assert answer.status == 200
    (received,) = server.received
    assert received.body == PIECE * 50
    assert received.headers["content-length"] == "50000"
    assert "transfer-encoding" not in received.headers


@pytest.mark.parametrize("count", [0, 4, 6, 9])
async def test_a_body_of_another_length_than_said_never_arrives_whole(count: int) -> None:
    async with RawServer(answer_ok) as server, HttpClient(use_proxy=False) as client:
        with pytest.raises(Lost) as caught:
            await client.post_stream(server.url, headers={}, chunks=pieces(count), length=5000, timeout=20)
    assert caught.value.reason == "body_length_wrong"
    assert server.received == []


async def test_what_the_source_of_the_pieces_raises_comes_through() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield PIECE
        raise OSError("the disk is gone")

    async with RawServer(answer_ok) as server, HttpClient(use_proxy=False) as client:
        with pytest.raises(OSError, match="the disk is gone"):
            await client.post_stream(server.url, headers={}, chunks=broken(), length=5000, timeout=20)
        assert (
            await client.post_stream(server.url, headers={}, chunks=pieces(1), length=1000, timeout=20)
        ).status == 200, "its slot and the client go on"


async def test_a_large_answer_is_taken_in_pieces_up_to_its_own_limit() -> None:
    body = PIECE * 3000

    async def large(connection: Connection) -> None:
        await connection.request()
        await connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    taken: list[bytes] = []

    async def take(piece: bytes) -> None:
        taken.append(piece)

    async with RawServer(large) as server, HttpClient(use_proxy=False, body_limit=1000) as client:
        answer = await client.get_stream(server.url, headers={}, take=take, limit=len(body), timeout=20)
        assert (answer.status, answer.body) == (200, b"")
        assert b"".join(taken) == body
        assert len(taken) > 1
        taken.clear()
        with pytest.raises(Lost) as caught:
            await client.get_stream(server.url, headers={}, take=take, limit=len(body) // 2, timeout=20)
    assert caught.value.reason == "response_too_large"
    assert sum(map(len, taken)) < len(body)


async def test_an_answer_that_is_no_success_is_read_as_usual() -> None:
    async def missing(connection: Connection) -> None:
        await connection.request()
        await connection.write(b"HTTP/1.1 404 X\r\ncontent-length: 4\r\n\r\ngone")

    async def take(piece: bytes) -> None:
        raise AssertionError(piece)

    async with RawServer(missing) as server, HttpClient(use_proxy=False) as client:
        answer = await client.get_stream(server.url, headers={}, take=take, limit=1, timeout=20)
    assert (answer.status, answer.body) == (404, b"gone")
