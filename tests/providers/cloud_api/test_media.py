"""Files go and come in pieces, bounded, with the type that their bytes say; the token goes to Meta only."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from email import message_from_bytes
from typing import Any

import pytest

from qafila.providers import file_types
from qafila.providers.cloud_api.media import may_carry_token
from qafila.providers.interface import Failure, ProviderError
from tests.kit.raw_server import Connection, RawServer, Received
from tests.providers.cloud_api.side import SENDER, CloudSide
from tests.providers.conformance import TOKEN
from tests.providers.fake_cloud import answer, error

JPEG = b"\xff\xd8\xff\xe0" + b"j" * 9_000
PDF = b"%PDF-1.7\n" + b"p" * 100


async def pieces(body: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for place in range(0, len(body), size):
        yield body[place : place + size]


async def upload(side: CloudSide, body: bytes, **more: Any) -> str:
    return await side.provider.upload_media(
        side.credentials, chunks=pieces(body), size=more.pop("size", len(body)), **more
    )


@pytest.mark.parametrize("size", [1, 500, 4096, 5000, 10_000_000])
async def test_an_upload_arrives_whole_with_the_type_of_its_bytes(side: CloudSide, size: int) -> None:
    side.cloud.say(answer(200, b'{"id":"4490709327384033"}'))
    ref = await side.provider.upload_media(
        side.credentials, chunks=pieces(JPEG, size), size=len(JPEG), filename='bi"ll\r\n.pdf'
    )
    assert ref == "4490709327384033"
    (received,) = side.cloud.received
    assert (received.method, received.path) == ("POST", f"/v23.0/{SENDER}/media")
    head = f"content-type: {received.headers['content-type']}\r\n\r\n".encode()
    parts = {
        part.get_param("name", header="content-disposition"): part
        for part in message_from_bytes(head + received.body).get_payload()
    }
    assert parts["messaging_product"].get_payload() == "whatsapp"
    assert parts["type"].get_payload() == "image/jpeg"
    assert parts["file"].get_content_type() == "image/jpeg"
    assert parts["file"].get_payload(decode=True) == JPEG
    assert parts["file"].get_filename() == "bi_ll_.pdf"


REFUSED: list[tuple[bytes, str, str]] = [
    (b"", "", "media_empty"),
    (b"MZ\x90\x00 a program", "", "media_type_refused"),
    (b"<html><script>alert(1)</script>", "document", "media_type_refused"),
    (b"<svg xmlns='x' onload='alert(1)'/>", "image", "media_type_refused"),
    (b"GIF89a" + b"g" * 50, "image", "media_type_refused"),
    (PDF, "image", "media_type_refused"),
    (JPEG, "sticker", "media_type_refused"),
    (b"PK\x03\x04" + b"z" * 50, "document", "media_type_refused"),
]


@pytest.mark.parametrize(("body", "kind", "code"), REFUSED)
async def test_what_meta_does_not_take_is_not_sent(
    side: CloudSide, body: bytes, kind: str, code: str
) -> None:
    with pytest.raises(ProviderError) as caught:
        await upload(side, body, kind=kind, filename="picture.jpg")
    assert (caught.value.failure, caught.value.code) == (Failure.CONTENT, code)
    assert len(side.cloud.received) == 0


async def test_a_file_that_is_too_large_is_not_begun(side: CloudSide) -> None:
    with pytest.raises(ProviderError) as caught:
        await upload(side, JPEG, size=5 * 1024 * 1024 + 1, kind="image")
    assert caught.value.code == "media_too_large"
    with pytest.raises(ProviderError):
        await upload(side, PDF, size=100 * 1024 * 1024 + 1)
    assert len(side.cloud.received) == 0


@pytest.mark.parametrize("size", [len(JPEG) - 1, len(JPEG) + 1])
async def test_a_file_of_another_size_than_said_never_arrives_whole(side: CloudSide, size: int) -> None:
    side.cloud.say(answer(200, b'{"id":"1"}'))
    with pytest.raises(ProviderError):
        await upload(side, JPEG, size=size)
    assert len(side.cloud.received) == 0


async def test_a_refused_upload_says_why(side: CloudSide) -> None:
    side.cloud.say(error(131053, f"Media upload error {TOKEN}"))
    with pytest.raises(ProviderError) as caught:
        await upload(side, JPEG)
    assert (caught.value.failure, caught.value.code) == (Failure.CONTENT, "131053")
    assert TOKEN not in caught.value.detail


class Lookaside:
    """Answers the question for a file's address, and gives the file."""

    def __init__(self, side: CloudSide, body: bytes, **more: Any) -> None:
        self.body = body
        self.about = {
            "url": f"{side.cloud.server.url}/lookaside?mid=1",
            "mime_type": "image/png",
            "sha256": hashlib.sha256(body).hexdigest(),
            "file_size": str(len(body)),
            "id": "77",
            **more,
        }
        side.cloud.reply = self

    def __call__(self, received: Received) -> bytes:
        if received.path.startswith("/v23.0/"):
            return answer(200, json.dumps(self.about).encode())
        return answer(200, self.body, "image/png")


async def download(side: CloudSide, limit: int = 1 << 20) -> tuple[Any, bytes]:
    taken = bytearray()

    async def take(chunk: bytes) -> None:
        taken.extend(chunk)

    stored = await side.provider.download_media(side.credentials, "77", take=take, limit=limit)
    return stored, bytes(taken)


@pytest.mark.parametrize("form", ["hex", "base64", "none"])
async def test_a_download_is_the_announced_file_with_the_type_of_its_bytes(
    side: CloudSide, form: str
) -> None:
    digest = hashlib.sha256(JPEG)
    said = {"hex": digest.hexdigest(), "base64": base64.b64encode(digest.digest()).decode(), "none": ""}[form]
    Lookaside(side, JPEG, sha256=said)
    stored, taken = await download(side)
    assert taken == JPEG
    assert (stored.size, stored.sha256, stored.mime) == (len(JPEG), digest.hexdigest(), "image/jpeg")
    assert stored.said_mime == "image/png"
    question, file = side.cloud.received
    assert question.path == f"/v23.0/77?phone_number_id={SENDER}"
    assert file.headers["authorization"] == f"Bearer {TOKEN}"


async def test_another_file_than_announced_is_damaged(side: CloudSide) -> None:
    Lookaside(side, JPEG, sha256="0" * 64)
    with pytest.raises(ProviderError) as caught:
        await download(side)
    assert (caught.value.failure, caught.value.code) == (Failure.TEMPORARY, "media_damaged")


async def test_a_large_file_is_refused_before_or_cut_off(side: CloudSide) -> None:
    Lookaside(side, JPEG)
    with pytest.raises(ProviderError) as caught:
        await download(side, limit=len(JPEG) - 1)
    assert caught.value.code == "media_too_large"
    assert len(side.cloud.received) == 1
    Lookaside(side, JPEG, file_size="10")
    with pytest.raises(ProviderError) as caught:
        await download(side, limit=len(JPEG) - 1)
    assert caught.value.code == "media_too_large"


async def test_a_file_that_is_gone_is_said(side: CloudSide) -> None:
    side.cloud.say(error(100, "Unsupported get request.", 404))
    with pytest.raises(ProviderError):
        await download(side)


async def test_the_token_is_shown_to_no_other_host(side: CloudSide) -> None:
    async def never(connection: Connection) -> None:
        await connection.request()
        raise AssertionError("asked")

    async with RawServer(never) as other:
        Lookaside(side, JPEG, url=f"{other.url}/file")
        with pytest.raises(ProviderError) as caught:
            await download(side)
        assert (caught.value.failure, caught.value.code) == (Failure.CONTENT, "media_host_refused")
        assert other.connections == 0


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", True),
        ("https://scontent.xx.fbcdn.net/a", True),
        ("https://graph.facebook.com/v23.0/file", True),
        ("https://mmg.whatsapp.net/a", True),
        ("http://lookaside.fbsbx.com/a", False),
        ("https://lookaside.fbsbx.com:8443/a", False),
        ("https://evilfbsbx.com/a", False),
        ("https://fbsbx.com.evil.example/a", False),
        ("https://user@lookaside.fbsbx.com/a", False),
        ("https://lookaside.fbsbx.com@evil.example/a", False),
        ("https://169.254.169.254/latest", False),
        ("file:///etc/passwd", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_hosts_that_may_see_the_token(url: str, may: bool) -> None:
    assert may_carry_token(url, "https://graph.facebook.com/v23.0") is may


def test_the_host_of_the_api_itself_may() -> None:
    assert may_carry_token("http://127.0.0.1:7000/media/1", "http://127.0.0.1:7000/v23.0")
    assert not may_carry_token("http://127.0.0.1:7001/media/1", "http://127.0.0.1:7000/v23.0")


async def test_delete(side: CloudSide) -> None:
    side.cloud.say(answer(200, b'{"success":true}'))
    await side.provider.delete_media(side.credentials, "77")
    (received,) = side.cloud.received
    assert (received.method, received.path) == ("DELETE", f"/v23.0/77?phone_number_id={SENDER}")


@pytest.mark.parametrize(
    ("beginning", "name", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n", "a.jpg", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVE", "", "application/octet-stream"),
        (b"\x00\x00\x00\x18ftypmp42", "", "video/mp4"),
        (b"\x00\x00\x00\x18ftyp3gp4", "", "video/3gpp"),
        (b"\x00\x00\x00\x18ftypM4A ", "", "audio/mp4"),
        (b"OggS\x00", "", "audio/ogg"),
        (b"#!AMR\n", "", "audio/amr"),
        (b"ID3\x03", "", "audio/mpeg"),
        (b"\xff\xf1\x50", "", "audio/aac"),
        (b"PK\x03\x04..word/document.xml", "a.txt", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"PK\x03\x04....", "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"PK\x03\x04....", "a.apk", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", "application/msword"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.msi", "application/octet-stream"),
        ("Привет".encode(), "", "text/plain"),
        ("Привет".encode()[:-1], "", "text/plain"),
        (b"\xef\xbb\xbf<!DOCTYPE html>", "a.txt", "text/html"),
        (b"plain\x00text", "", "application/octet-stream"),
        (b"\x80\x81\x82\x83\x84", "", "application/octet-stream"),
        (b"", "a.pdf", "application/octet-stream"),
    ],
)  # fmt: skip
def test_types_by_bytes(beginning: bytes, name: str, mime: str) -> None:
    assert file_types.detect(beginning, name) == mime
