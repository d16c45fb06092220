"""Promise 54: whatever an address answers, a call ends in time, and what is read stays small."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import ssl
import tempfile
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from qafila.kit.http import Door, Lost, NotConnected
from tests.kit.raw_server import Connection, RawServer, drip

OPEN = ["127.0.0.0/8"]


async def cut(script, *, seconds: float = 1.0, limit: int = 10_000) -> tuple[str, float]:  # type: ignore[no-untyped-def]
    """The reason a GET ended with, and how long it took."""
    async with (
        RawServer(script) as server,
        Door(allowed_networks=OPEN, longest_seconds=seconds, body_limit=limit) as door,
    ):
        began = asyncio.get_running_loop().time()
        with pytest.raises(Lost) as caught:
            await door.get(server.url, headers={}, timeout=60)
        return caught.value.reason, asyncio.get_running_loop().time() - began


async def test_an_endless_body_is_cut_at_its_size() -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                await connection.write(b"x" * 4096)

    reason, took = await cut(script)
    assert (reason, took < 5) == ("response_too_large", True)


async def test_a_body_that_drips_is_cut_at_its_time() -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        with contextlib.suppress(ConnectionError):
            await drip(connection, b"HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n" + b"x" * 9000)

    reason, took = await cut(script)
    assert (reason, took < 5) == ("response_timeout", True)


async def test_a_head_without_end_is_cut() -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.write(b"HTTP/1.1 200 OK\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                await connection.write(b"x-a: " + b"b" * 1000 + b"\r\n")

    reason, took = await cut(script, seconds=3)
    assert took < 5
    assert reason.startswith("response_")


async def test_silence_is_cut() -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.until_closed()

    reason, took = await cut(script)
    assert (reason, took < 5) == ("response_timeout", True)


@pytest.mark.parametrize("said", [b"50", b"999999999999"])
async def test_a_body_shorter_than_was_said_is_no_answer(said: bytes) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: " + said + b"\r\n\r\nshort")

    reason, took = await cut(script)
    assert (reason, took < 5) == ("response_truncated", True)


async def test_a_body_longer_than_was_said_is_read_no_further() -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok" + b"x" * 5000)

    async with RawServer(script) as server, Door(allowed_networks=OPEN) as door:
        assert (await door.get(server.url, headers={}, timeout=3)).body == b"ok"


async def test_a_packed_body_stays_packed() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    assert len(bomb) < 60_000

    async def script(connection: Connection) -> None:
        await connection.request()
        head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(bomb)}\r\n\r\n"
        await connection.write(head.encode() + bomb)

    async with RawServer(script) as server, Door(allowed_networks=OPEN) as door:
        answer = await door.get(server.url, headers={}, timeout=5)
        assert answer.body == bomb
        assert "accept-encoding" not in server.received[0].headers


def certificate(host: str) -> tuple[ssl.SSLContext, bytes]:
    """A server's context with a certificate for a name, and the authority behind it in PEM."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = signed("Tests", authority_key.public_key(), "Tests", authority_key, ca=True)
    leaf = signed(host, key.public_key(), "Tests", authority_key, ca=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(leaf.public_bytes(serialization.Encoding.PEM) + private)
        file.flush()
        context.load_cert_chain(file.name)
    return context, authority.public_bytes(serialization.Encoding.PEM)


def signed(
    host: str, key: ec.EllipticCurvePublicKey, by: str, with_key: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(with_key, hashes.SHA256())
    )


@pytest.mark.parametrize("asked", ["good.test", "other.test"])
async def test_a_certificate_is_checked_for_the_name_though_the_address_is_pinned(asked: str) -> None:
    context, pem = certificate("good.test")
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def resolve(host: str, port: int) -> list[str]:
        del host, port
        return ["127.0.0.1"]

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server, Door(allowed_networks=OPEN, resolver=resolve, root_certificates=pem) as door:
        if asked == "good.test":
            answer = await door.get(f"https://{asked}:{port}/", headers={}, timeout=5)
            assert answer.status == 200
            assert f"good.test:{port}".encode() in heads[0]
        else:
            with pytest.raises(NotConnected) as caught:
                await door.get(f"https://{asked}:{port}/", headers={}, timeout=5)
            assert caught.value.reason == "tls_failed"
            assert heads == []
