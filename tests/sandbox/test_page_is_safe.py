"""Whatever a message, a name or a file says: it stays text, nothing runs, nothing is fetched, nobody else steers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.sandbox.page_reading import Seen, look, submit
from tests.sandbox.running import PHONE, WABA, Running, Start

WHO = "15557760001"
CORPUS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "</title></style><b>x",
    "<!-- <b>x",
    "javascript:alert(1)",
    "&lt;b&gt; &#60;b&#62;",
    "*<b>* _<i>_ ~<s>~ ```<u>```",
    "*a _b* c_ ~d ```e~ f```",
    "\u202eright to left\u202c \u2066x",
    "\x00\x01\x1b[31m nul",
    "{{1}} %s ${x} {% x %}",
    "السلام <b>عليكم</b>",
    "x" * 900,
)
VIEWS = ("start", "webhooks", "ledger", "faults", "people", "limits", "templates")


def check(page: Seen) -> None:
    """No script, style or handler inside the page, no foreign address that loads by itself."""
    assert page.status in (200, 400)
    assert page.nesting == []
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    for tag, given in page.elements:
        assert tag not in ("style", "iframe", "object", "embed", "base", "b-x")
        assert not [name for name in given if name.startswith("on") or name == "style"], (tag, given)
        assert tag != "script" or given == {"type": "module", "src": "/page.js"}
        for name in ("src", "action", "poster", "srcset"):
            assert given.get(name, "/").startswith("/"), (tag, given)
        assert tag != "link" or given["href"].startswith("/")
        if tag == "a":
            assert re.match(r"/|https?://", given["href"]), given
            foreign = not given["href"].startswith("/")
            assert not foreign or given["rel"] == "noopener noreferrer"


@pytest.mark.parametrize("nasty", CORPUS)
def test_words_stay_words_everywhere(box: Running, nasty: str) -> None:
    clean = nasty.replace("\x00", "").replace("\x01", "").replace("\x1b", "")
    box.admin("PUT", f"/people/{WHO}", {"behaviour": "by_hand", "name": nasty[:100]})
    box.admin("POST", f"/people/{WHO}/text", {"text": nasty})
    box.template(WHO, value=clean, biz=clean[:500])
    buttons = [{"type": "reply", "reply": {"id": clean[:200], "title": clean[:20]}}]
    rows = [{"id": clean[:200], "title": clean[:24], "description": clean[:72]}]
    for kind, action in (
        ("button", {"buttons": buttons}),
        ("list", {"button": clean[:20], "sections": [{"rows": rows}]}),
    ):
        box.send(
            {
                "to": WHO,
                "type": "interactive",
                "interactive": {
                    "type": kind,
                    "header": {"type": "text", "text": clean[:60]},
                    "body": {"text": clean},
                    "footer": {"text": clean[:60]},
                    "action": action,
                },
            }
        )
    box.send(
        {
            "to": WHO,
            "type": "document",
            "document": {"link": "https://example.com/" + clean[:50], "filename": clean[:200]},
        }
    )
    box.send(
        {
            "to": WHO,
            "type": "location",
            "location": {"latitude": 1, "longitude": 2, "name": clean, "address": clean},
        }
    )
    box.admin(
        "POST", f"/people/{WHO}/reaction", {"wamid": box.text(WHO, text="x").wamid, "emoji": nasty[:20]}
    )
    components = [{"type": "BODY", "text": nasty}, {"type": "FOOTER", "text": nasty}]
    record = {"waba_id": WABA, "name": nasty, "language": nasty, "components": components}
    box.admin("PUT", "/templates/778", {**record, "status": "REJECTED", "rejected_reason": nasty})
    box.admin("POST", "/faults", {"effect": "delay", "note": nasty, "to": nasty})
    for view in VIEWS:
        page = look(box, f"/?view={view}&person={WHO}")
        check(page)
    shown = look(box, f"/?person={WHO}&view=ledger")
    if set(clean) & set("<>\"'"):
        assert clean not in shown.body
    if "<script>" in nasty:
        assert "&lt;script&gt;alert" in shown.body
    check(
        look(
            box,
            f"/?find=%3Cscript%3E{len(nasty)}&q=%22%3E%3Cb%3E&entry=%3Cb%3E&reply=%3Cb%3E&edit='%3E&view=ledger",
        )
    )
    box.admin("DELETE", "/templates/778")
    box.admin("DELETE", "/faults")
    box.admin("PUT", f"/people/{WHO}", {"name": None})


ODD: tuple[dict[str, Any], ...] = (
    {"type": "image", "image": "text"},
    {"type": "image", "image": {"id": 5, "caption": ["x"], "mime_type": {}}},
    {"type": "document", "document": {"id": "../../etc", "filename": "<b>"}},
    {"type": "location", "location": {"latitude": "<script>", "longitude": None, "name": {"a": 1}}},
    {"type": "location"},
    {"type": "contacts", "contacts": "x"},
    {"type": "contacts", "contacts": [1, {"name": "x", "phones": [1, {"phone": "<b>"}]}]},
    {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"title": 5}}},
    {"type": "interactive", "interactive": {"type": ["x"]}},
    {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {"response_json": "<script>"}}},
    {"type": "order", "order": {"product_items": {"a": 1}, "text": 7}},
    {"type": "order", "order": {"product_items": [{"quantity": "<b>"}, 3]}},
    {"type": "system", "system": {"body": "<b>"}},
    {"type": "unsupported", "unsupported": "x", "errors": 5},
    {"type": "<script>alert(1)</script>"},
    {"type": "text", "text": {"body": "x"}, "referral": "x"},
    {"type": "text", "text": {"body": "x"}, "referral": {"headline": "<b>", "source_url": "javascript:1"}},
)


@pytest.mark.parametrize("body", ODD, ids=lambda body: str(body)[:40])
def test_messages_of_any_shape_are_shown(box: Running, body: dict[str, Any]) -> None:
    box.admin("POST", "/inbound", {"from": WHO, "message": body})
    page = look(box, f"/?person={WHO}")
    assert page.status == 200
    check(page)


FILES = (
    ("x.html", "text/html", b"<script>alert(1)</script>", "attachment"),
    (
        "x.svg",
        "image/svg+xml",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "attachment",
    ),
    ("x.png", "image/png; charset=x", b"<script>alert(1)</script>", "inline"),
    ("x.xml", "image/png+xml", b"<x/>", "attachment"),
    ("x.js", "text/javascript", b"alert(1)", "attachment"),
    ('a"; filename=evil.html', "application/pdf", b"%PDF", "attachment"),
    ("../../<b>.pdf", "video/mp4-evil", b"xyz", "attachment"),
    ("v.mp4", "Video/MP4", b"0123456789", "inline"),
)


@pytest.mark.parametrize(("name", "mime", "content", "how"), FILES)
def test_files_cannot_become_pages(box: Running, name: str, mime: str, content: bytes, how: str) -> None:
    form = {"person": WHO, "number": PHONE, "do": "media", "kind": "document"}
    sent = submit(box, "/page/act", file=(name.replace('"', "%22"), mime, content), **form)
    assert sent.status == 303
    page = look(box, f"/?person={WHO}")
    check(page)
    address = next(
        given["href"] for _, given in page.elements if given.get("href", "").startswith("/page/media/")
    )
    served = look(box, address)
    assert served.status == 200
    assert served.body.encode() == content
    assert served.headers["content-disposition"].startswith(how)
    kind = served.headers["content-type"]
    assert kind == (
        "application/octet-stream" if how == "attachment" else mime.split(";", maxsplit=1)[0].lower()
    )
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in served.headers["content-security-policy"]
    piece = look(box, address, {"range": "bytes=1-2"})
    assert (piece.status, piece.body.encode()) == (206, content[1:3])
    assert piece.headers["content-range"] == f"bytes 1-2/{len(content)}"
    assert look(box, address, {"range": "bytes=99999-"}).status == 200
    assert look(box, "/page/media/nothing").status == 404


def test_only_this_page_may_send_its_forms(box: Running) -> None:
    fields = {"person": WHO, "number": PHONE, "do": "text", "text": "x"}
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"host": "evil.example"}):
        assert submit(box, "/page/act", headers=headers, **fields).status == 403
    assert submit(box, "/page/act", headers={"origin": box.url}, **fields).status == 303
    assert look(box).headers["referrer-policy"] == "same-origin", (
        "else browsers send forms with the origin null"
    )


def test_forms_go_back_to_the_page_only(box: Running) -> None:
    fields = {"person": WHO, "number": PHONE, "do": "text", "text": "x"}
    for at in (
        "//evil.example",
        "https://evil.example",
        "view=//evil&person=%0d%0aset-cookie:x=1",
        "\r\nx: y",
    ):
        gone = submit(box, "/page/act", at=at, **fields)
        assert gone.status == 303
        assert re.fullmatch(r"/(\?[\w=&%.+-]*)?", gone.headers["location"])
        assert "set-cookie" not in gone.headers


def test_a_script_hears_of_mistakes_in_json(box: Running) -> None:
    headers = {"accept": "application/json"}
    wrong = submit(box, "/page/act", headers=headers, person="1", number=PHONE, do="text")
    assert wrong.status == 400
    assert json.loads(wrong.body)["error"]["code"] == "bad_input"
    right = submit(
        box, "/page/act", headers=headers, at="view=ledger", person=WHO, number=PHONE, do="text", text="x"
    )
    assert json.loads(right.body) == {"go": "/?view=ledger"}
    for do in ("", "nothing", "__class__"):
        assert submit(box, "/page/act", person=WHO, number=PHONE, do=do).status == 400
    assert submit(box, "/page/act", person=WHO, number="5", do="text", text="x").status == 400
    assert submit(box, "/page/act", headers={"content-length": "99999999"}).status == 400


@pytest.mark.parametrize(
    "path", ["../pages.py", "..%2fpages.py", "%2e%2e/html.py", "page.py", "nothing.css", ""]
)
def test_only_static_files_are_served(shared: Running, path: str) -> None:
    assert look(shared, f"/page/static/{path}").status == 404


def test_the_admin_token_covers_page_parts_files_and_forms(start: Start) -> None:
    box = start("--admin-token", "open-sesame")
    basic = {"authorization": "Basic YW55Ym9keTpvcGVuLXNlc2FtZQ=="}
    for path in ("/", "/page/parts", "/page/media/1", "/page/webhooks/1/body"):
        refused = look(box, path)
        assert refused.status == 401
        assert refused.headers["www-authenticate"].startswith("Basic")
        assert look(box, path, basic).status in (200, 404)
    fields = {"person": WHO, "number": PHONE, "do": "text", "text": "x"}
    assert submit(box, "/page/act", **fields).status == 401
    assert submit(box, "/page/act", headers=basic, **fields).status == 303
    for file in ("page.css", "page.js"):
        assert look(box, f"/{file}").status == 200
