"""QR codes and short links of a number: made, listed, changed, deleted, by their description and by pywa."""

from pathlib import Path
from typing import Any

import pytest
from pywa import types as t

from tests.sandbox.pywa_client import client_of
from tests.sandbox.running import PHONE, Running, Start

CODES = f"/v25.0/{PHONE}/message_qrdls"


def made(box: Running, words: str, **more: str) -> dict[str, Any]:
    reply = box.call("POST", CODES, {"prefilled_message": words, **more})
    assert reply.status == 200, reply.body
    return dict(reply.body)


def test_a_code_is_made_changed_and_deleted(box: Running) -> None:
    first = made(box, "Show me Cyber Monday deals!")
    code = first["code"]
    assert len(code) == 14
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ1234567")
    link = f"https://wa.me/message/{code}"
    assert first == {
        "code": code,
        "prefilled_message": "Show me Cyber Monday deals!",
        "deep_link_url": link,
    }
    changed = box.call("POST", CODES, {"code": code, "prefilled_message": "Tuesday"}).body
    assert changed == {"code": code, "prefilled_message": "Tuesday", "deep_link_url": link}
    assert (
        box.call("POST", f"{CODES}/{code}", {"prefilled_message": "Wednesday"}).body["deep_link_url"] == link
    )
    assert box.call("GET", f"{CODES}/{code}").body["data"][0]["prefilled_message"] == "Wednesday"
    assert box.call("DELETE", f"{CODES}/{code}").body == {"success": True}
    gone = box.call("GET", f"{CODES}/{code}")
    assert (gone.status, gone.code, gone.body["error"]["error_user_title"]) == (404, 803, "QR Code Not Found")
    assert box.call("DELETE", f"{CODES}/{code}").status == 404
    assert box.call("POST", CODES, {"code": code, "prefilled_message": "x"}).status == 404
    assert box.call("GET", CODES).body == {"data": []}


def test_the_newest_stand_first_and_are_paged(box: Running) -> None:
    codes = [made(box, f"Number {n}")["code"] for n in range(5)]
    assert len(set(codes)) == 5
    first = box.call("GET", f"{CODES}?limit=2").body
    assert [row["code"] for row in first["data"]] == codes[:-3:-1]
    second = box.call("GET", f"{CODES}?limit=2&after={first['paging']['cursors']['after']}").body
    assert [row["code"] for row in second["data"]] == codes[2:0:-1]
    assert [row["code"] for row in box.call("GET", f"{CODES}?code={codes[1]}").body["data"]] == [codes[1]]
    assert box.call("GET", f"{CODES}?code=AAAAAAAAAAAAA1").body == {"data": []}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "prefilled_message is required"),
        ({"prefilled_message": "x" * 141}, "140"),
        ({"prefilled_message": 7}, "string"),
        ({"prefilled_message": "x", "generate_qr_image": "GIF"}, "PNG, SVG"),
        ({"prefilled_message": "x", "code": ["A"]}, "string"),
    ],
)
def test_what_is_refused(shared: Running, body: dict[str, Any], words: str) -> None:
    refused = shared.call("POST", CODES, body)
    assert (refused.code, words in refused.body["error"]["message"]) == (100, True)


@pytest.mark.parametrize(
    ("kind", "mime", "begins"), [("svg", "image/svg+xml", b"<svg"), ("PNG", "image/png", b"\x89PNG")]
)
def test_pictures_need_no_token(shared: Running, kind: str, mime: str, begins: bytes) -> None:
    one = made(shared, "Look", generate_qr_image=kind)
    asked = shared.call("GET", f"{CODES}/{one['code']}?fields=code,qr_image_url.format({kind.upper()})").body
    assert asked["data"][0]["qr_image_url"] == one["qr_image_url"]
    seen = shared.client.get(one["qr_image_url"]).build().send()
    assert (seen.status, seen.headers["content-type"]) == (200, mime)
    assert bytes(seen.bytes()).startswith(begins)
    for wrong in ("gif", "svg/x", ""):
        address = one["qr_image_url"].rpartition(".")[0] + f".{wrong}"
        assert shared.client.get(address).build().send().status == 404


def test_codes_are_there_after_a_restart(start: Start, tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger.jsonl")
    before = start("--ledger", ledger)
    first, second = made(before, "One"), made(before, "Two")
    before.call("DELETE", f"{CODES}/{second['code']}")
    before.kill()
    after = start("--ledger", ledger)
    assert after.call("GET", CODES).body["data"] == [first]
    assert made(after, "Three")["code"] not in (first["code"], second["code"])


def test_pywa_has_codes(box: Running) -> None:
    wa = client_of(box)
    code = wa.create_qr_code("Hello", image_type=t.QRCodeImageType.PNG)
    assert code.qr_image_url
    assert [one.code for one in wa.get_qr_codes()] == [code.code]
    assert code.update(prefilled_message="Bye").prefilled_message == "Bye"
    drawn = code.fetch_image(t.QRCodeImageType.SVG)
    assert drawn
    assert drawn.qr_image_url
    assert drawn.qr_image_url.endswith(".svg")
    assert code.delete()
    assert list(wa.get_qr_codes()) == []
