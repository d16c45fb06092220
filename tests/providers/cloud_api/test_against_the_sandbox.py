"""The provider against the sandbox process, over HTTP: every content, files, templates, blocked people, registration."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from qafila.kit.http import Door
from qafila.providers import contents_json
from qafila.providers.cloud_api import CloudApi
from qafila.providers.interface import Credentials, Outgoing, ProviderError, Template
from qafila.providers.management import NewTemplate
from tests.providers.conformance import EXAMPLES, MUTE
from tests.sandbox.conftest import _starter
from tests.sandbox.running import PHONE, TOKEN, WABA, Running

PERSON = "16505551234"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    for starter in _starter(tmp_path_factory.mktemp("sandbox")):
        yield starter("--speed", "50", "--seed", "7").remember()


@pytest.fixture
async def cloud(process: Running) -> AsyncIterator[tuple[CloudApi, Credentials, Running]]:
    box = process.fresh()
    box.admin("PATCH", "/limits", {"enforce": False})
    async with Door(allowed_networks=("127.0.0.0/8",), longest_seconds=60.0, body_limit=1 << 20) as door:
        reach = Credentials(f"{box.url}/v25.0", TOKEN, PHONE, WABA)
        yield CloudApi(way=lambda _: door), reach, box


Cloud = tuple[CloudApi, Credentials, Running]


def wamid_of(incoming: Any) -> str:
    """The id of the message that a person wrote, out of the admin's answer."""
    found: str = incoming.get("wamid") or incoming["id"]
    return found


def picture() -> bytes:
    """A real PNG of one red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def upload(cloud: Cloud, body: bytes) -> str:
    provider, reach, _ = cloud
    return await provider.upload_media(reach, chunks=pieces(body), size=len(body), filename="a.png")


@pytest.mark.parametrize(
    "kind", sorted(set(EXAMPLES) - {"template", "video", "audio", "document", "sticker"})
)
async def test_every_content_is_accepted(cloud: Cloud, kind: str) -> None:
    provider, reach, box = cloud
    incoming = box.admin("POST", "/inbound", {"from": PERSON, "text": "hi"})
    example = dict(EXAMPLES[kind])
    if kind == "image":
        example["ref"] = await upload(cloud, picture())
    if kind == "reaction":
        example["message_id"] = wamid_of(incoming)
    content = contents_json.read({"kind": kind, **example}, "" if kind in MUTE else "Hello")
    accepted = await provider.send(reach, Outgoing(PERSON, content, "a-1"))
    assert accepted.provider_id.startswith("wamid.")


async def test_a_file_goes_up_comes_down_and_is_deleted(cloud: Cloud) -> None:
    provider, reach, _ = cloud
    body = picture()
    ref = await upload(cloud, body)
    taken = bytearray()

    async def take(chunk: bytes) -> None:
        taken.extend(chunk)

    stored = await provider.download_media(reach, ref, take=take, limit=1 << 20)
    assert bytes(taken) == body
    assert (stored.mime, stored.said_mime, stored.sha256) == (
        "image/png",
        "image/png",
        hashlib.sha256(body).hexdigest(),
    )
    await provider.delete_media(reach, ref)
    with pytest.raises(ProviderError):
        await provider.download_media(reach, ref, take=take, limit=1 << 20)


async def test_templates_from_draft_to_message(cloud: Cloud) -> None:
    provider, reach, _ = cloud
    body = [{"type": "BODY", "text": "Hi {{1}}, come in", "example": {"body_text": [["Ann"]]}}]
    made = await provider.create_template(reach, NewTemplate("spring_sale", "en", "MARKETING", body))
    assert made.ref
    listed = {(one.name, one.language): one for one in await provider.list_templates(reach)}
    assert listed["spring_sale", "en"].components[0]["text"] == "Hi {{1}}, come in"
    assert len(listed) >= 5
    await provider.delete_template(reach, "spring_sale")
    names = {one.name for one in await provider.list_templates(reach) if one.status != "PENDING_DELETION"}
    assert "spring_sale" not in names
    sent = await provider.send(reach, Outgoing(PERSON, Template("qafila_message", "en", ["Hi"]), "a-1"))
    assert sent.provider_id


async def test_numbers_health_and_registration(cloud: Cloud) -> None:
    provider, reach, _ = cloud
    assert [one.ref for one in await provider.list_numbers(reach)] == [PHONE]
    info = await provider.number_info(reach)
    assert (info.status, info.health.can_send) == ("CONNECTED", "AVAILABLE")
    assert (await provider.account_info(reach)).owner_ref
    await provider.deregister(reach)
    assert (await provider.number_info(reach)).health.can_send == "BLOCKED"
    await provider.register(reach, pin="123456")
    assert (await provider.status(reach)).can_send is True
    await provider.subscribe(reach)
    assert len(await provider.subscriptions(reach)) == 1


async def test_blocking(cloud: Cloud) -> None:
    provider, reach, box = cloud
    box.admin("POST", "/inbound", {"from": PERSON, "text": "hi"})
    assert await provider.block(reach, [PERSON]) == [PERSON]
    assert await provider.blocked(reach) == [PERSON]
    assert await provider.unblock(reach, [PERSON]) == [PERSON]
    assert await provider.blocked(reach) == []


async def test_read_and_typing(cloud: Cloud) -> None:
    provider, reach, box = cloud
    incoming = box.admin("POST", "/inbound", {"from": PERSON, "text": "hi"})
    wamid = wamid_of(incoming)
    await provider.read(reach, wamid)
    await provider.typing(reach, PERSON, reply_to=wamid)
