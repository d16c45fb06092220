"""Media: what may be uploaded, how long it can be fetched, how it is used in messages, and what survives."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.sandbox.receiving import Receiver
from tests.sandbox.running import PATIENCE_SECONDS, PHONE, TOKEN, Reply, Running, Start
from wa_sandbox.media.people_pictures import png, sample

TO = "15554440001"


def upload(
    box: Running, content: bytes, mime: str, *, product: str | None = "whatsapp", **more: str
) -> Reply:
    line = "----b"
    fields = {**({"messaging_product": product} if product else {}), **more}
    parts = [
        f'--{line}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()
    ]
    head = f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: {mime}\r\n\r\n'
    raw = "".join(parts).encode() + head.encode() + content + f"\r\n--{line}--\r\n".encode()
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": f"multipart/form-data; boundary={line}"}
    request = box.client.post(box.url + f"/v25.0/{PHONE}/media").headers(headers).body_bytes(raw)
    response = request.build().send()
    return Reply(response.status, {}, json.loads(response.text()))


def fetch(box: Running, url: str, token: str | None = TOKEN) -> tuple[int, bytes]:
    request = box.client.get(url)
    if token:
        request = request.headers({"authorization": f"Bearer {token}"})
    response = request.build().send()
    return response.status, bytes(response.bytes())


def test_what_may_be_uploaded(shared: Running) -> None:
    assert upload(shared, png(), "image/png").body["id"].isdigit()
    assert upload(shared, png(), "image/png", ttl_minutes="60").status == 200
    wrong = upload(shared, b"x", "application/x-sh")
    assert (wrong.code, "audio/aac" in wrong.body["error"]["message"]) == (100, True)
    assert upload(shared, b"x" * 6_000_000, "image/jpeg").code == 131053
    assert upload(shared, b"x" * 600_000, "image/webp").code == 131053
    assert upload(shared, b"x" * 6_000_000, "video/mp4").status == 200
    assert upload(shared, png(), "image/png", product=None).code == 100
    assert upload(shared, png(), "image/png", product="sms").code == 100
    assert upload(shared, b"", "image/png").code == 100
    assert upload(shared, png(), "image/png", ttl_minutes="0").code == 100
    assert upload(shared, png(), "image/png", ttl_minutes="9" * 5000).code == 100
    assert shared.call("POST", f"/v25.0/{PHONE}/media", {"messaging_product": "whatsapp"}).code == 100


def test_an_address_needs_the_token_and_ends(start: Start) -> None:
    box = start()
    media_id = upload(box, png(), "image/png").body["id"]
    found = box.call("GET", f"/v25.0/{media_id}?phone_number_id={PHONE}").body
    assert found["file_size"] == str(len(png()))
    assert fetch(box, found["url"]) == (200, png())
    assert fetch(box, found["url"], None)[0] == 401
    assert fetch(box, found["url"].replace("hash=", "hash=0"))[0] == 404
    assert fetch(box, found["url"].replace("ext=", "ext=" + "9" * 5000))[0] == 404
    assert box.call("GET", f"/v25.0/{media_id}?phone_number_id=1").code == 100
    box.admin("POST", "/clock", {"advance_seconds": 301})
    assert fetch(box, found["url"])[0] == 404
    assert fetch(box, box.call("GET", f"/v25.0/{media_id}").body["url"])[0] == 200
    box.admin("POST", "/clock", {"advance_seconds": 31 * 86_400})
    assert box.call("GET", f"/v25.0/{media_id}").code == 803
    other = upload(box, png(), "image/png").body["id"]
    assert box.call("DELETE", f"/v25.0/{other}").body == {"success": True}
    assert box.call("GET", f"/v25.0/{other}").code == 803


def raw_fetch(url: str) -> tuple[bytes, bool]:
    """A download over a socket of our own: the bytes until the connection ends, and whether it was reset."""
    address, got = urlsplit(url), b""
    head = f"GET {address.path}?{address.query} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE_SECONDS) as wire:
        wire.sendall(head.encode())
        while True:
            try:
                part = wire.recv(65536)
            except ConnectionResetError:
                return got, True
            got += part
            if not part:
                return got, False


@pytest.fixture
def address(box: Running) -> Iterator[str]:
    """Where a picture can be downloaded."""
    media_id = upload(box, png(), "image/png").body["id"]
    yield str(box.call("GET", f"/v25.0/{media_id}").body["url"])
    box.admin("DELETE", "/faults")


def test_half_a_file_is_downloaded(box: Running, address: str) -> None:
    box.admin("POST", "/faults", {"effect": "truncate", "on": "any", "phone_number_id": PHONE})
    got, reset = raw_fetch(address)
    head, _, body = got.partition(b"\r\n\r\n")
    assert f"content-length: {len(png())}".encode() in head.lower()
    assert (body, reset) == (png()[: len(png()) // 2], False)


def test_a_download_is_reset(box: Running, address: str) -> None:
    box.admin("POST", "/faults", {"effect": "reset_before", "on": "any", "times": 1})
    assert raw_fetch(address) == (b"", True)
    assert fetch(box, address) == (200, png())


def test_a_download_is_lost_or_slow_or_refused(box: Running, address: str) -> None:
    box.admin("POST", "/faults", {"effect": "processed_but_response_lost", "on": "any", "times": 1})
    assert raw_fetch(address) == (b"", False)
    box.admin("POST", "/faults", {"effect": "error_code", "code": 131016, "on": "any", "times": 1})
    assert fetch(box, address)[0] == 503
    box.admin("POST", "/faults", {"effect": "slow_drip", "seconds": 0.1, "on": "any", "times": 1})
    assert fetch(box, address) == (200, png())
    fired = box.admin("GET", "/ledger")["faults_fired"]
    assert fired == {"processed_but_response_lost": 1, "error_code": 1, "slow_drip": 1}


def test_faults_of_messages_leave_downloads_alone(box: Running, address: str) -> None:
    box.admin("POST", "/faults", {"effect": "reset_before"})
    assert fetch(box, address) == (200, png())


def test_media_are_there_after_a_restart(start: Start, tmp_path: Path) -> None:
    ledger = tmp_path / "l.jsonl"
    box = start("--ledger", str(ledger))
    kept, gone = (upload(box, png(8, 8, (n, n, n)), "image/png").body["id"] for n in (1, 2))
    box.call("DELETE", f"/v25.0/{gone}")
    box.kill()
    again = start("--ledger", str(ledger))
    assert fetch(again, again.call("GET", f"/v25.0/{kept}").body["url"]) == (200, png(8, 8, (1, 1, 1)))
    assert again.call("GET", f"/v25.0/{gone}").code == 803


def test_the_oldest_go_when_there_is_no_room(start: Start) -> None:
    box = start(config={"media": {"total_mb": 1}})
    ids = [upload(box, b"x" * 400_000 + bytes([n]), "video/mp4").body["id"] for n in range(4)]
    there = [box.call("GET", f"/v25.0/{media_id}").status for media_id in ids]
    assert there == [404, 404, 200, 200]


def send(box: Running, kind: str, **media: Any) -> Reply:
    return box.send({"to": TO, "type": kind, kind: media})


def test_media_in_messages(box: Running) -> None:
    box.admin("POST", "/inbound", {"from": TO, "text": "hi"})
    media_id = upload(box, png(), "image/png").body["id"]
    assert send(box, "image", id=media_id, caption="c").status == 200
    bubble = box.admin("GET", f"/conversations/{PHONE}/{TO}")["bubbles"][-1]
    assert bubble["shown"]["media"] == {"kind": "image", "id": media_id, "link": None}
    assert box.call("GET", f"/admin/media/{media_id}").status == 200
    unknown = send(box, "image", id="1")
    assert "not a valid whatsapp business account media attachment ID" in unknown.body["error"]["message"]
    elsewhere = box.send({"to": TO, "type": "image", "image": {"id": media_id}}, phone="206540352242921")
    assert elsewhere.code == 100
    for wamid in (
        send(box, "video", id=media_id).wamid,
        send(box, "image", link="https://no.invalid/a").wamid,
    ):
        failed = box.until(lambda wamid=wamid: end(box, wamid))
        assert failed["code"] == 131053


def end(box: Running, wamid: str) -> Any:
    row = box.admin("GET", f"/ledger/messages/{wamid}")
    return row if row["status"] == "failed" else None


@pytest.mark.parametrize(
    ("kind", "media", "code"),
    [
        ("image", {}, 100),
        ("image", {"link": "ftp://example.com/a"}, 100),
        ("image", {"link": "https://example.com/a", "caption": "x" * 1025}, 100),
        ("audio", {"link": "https://example.com/a", "caption": "x"}, 131009),
        ("sticker", {"link": "https://example.com/a", "caption": "x"}, 131009),
        ("document", {"link": "https://example.com/a", "filename": 7}, 100),
        ("document", {"id": True}, 100),
    ],
)
def test_media_that_are_refused(shared: Running, kind: str, media: dict[str, Any], code: int) -> None:
    assert send(shared, kind, **media).code == code


def test_a_voice_message_is_played(box: Running, receiver: Receiver) -> None:
    box.admin("PUT", "/webhook", {"url": receiver.url})
    box.admin("POST", "/inbound", {"from": TO, "text": "hi"})
    wamid = send(box, "audio", link="https://example.com/a.ogg", voice=True).wamid
    receiver.wait_status(wamid, "played")
    assert receiver.statuses(wamid) == ["sent", "delivered", "read", "played"]
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    assert box.admin("GET", f"/ledger/messages/{wamid}")["status"] == "read"


def test_large_files_come_in_parts(shared: Running) -> None:
    app, content = "500100200300400", sample("document")[1]
    path = f"/v25.0/{app}/uploads?file_name=a.pdf&file_length={len(content)}&file_type=application/pdf"
    session = shared.call("POST", path).body["id"]
    assert shared.call("POST", f"/v25.0/{session}", content[:50]).body == {"id": session, "file_offset": 50}
    assert shared.call("GET", f"/v25.0/{session}").body["file_offset"] == 50
    assert shared.call("POST", f"/v25.0/{session}", content[50:]).body["h"].startswith("4::")
    assert shared.call("POST", f"/v25.0/{app}/uploads?file_length=5&file_type=text/html").code == 100
    assert (
        shared.call("POST", f"/v25.0/{app}/uploads?file_type=image/png&file_length={'9' * 5000}").code == 100
    )
