"""Webhooks are ASCII with Meta's escapes, signed in that form; whoever reads them sees the words."""

import json

import orjson
import pytest

from tests.sandbox.page_reading import look
from tests.sandbox.receiving import Receiver, signature
from tests.sandbox.running import Running
from wa_sandbox.webhooks.escaping import escaped

WHO = "972501234501"
SAID = "שלום 👍 a/b"


def test_a_text_in_hebrew_is_escaped_and_signed_so(box: Running, receiver: Receiver) -> None:
    box.admin("PUT", "/webhook", {"url": receiver.url})
    box.admin("POST", "/inbound", {"from": WHO, "text": SAID, "name": "נועה"})
    headers, raw = receiver.wait(lambda: receiver.posts)[0]
    assert raw.isascii()
    assert rb"\u05e9\u05dc\u05d5\u05dd \ud83d\udc4d a\/b" in raw
    assert receiver.values("messages")[0][0]["text"]["body"] == SAID
    assert headers["x-hub-signature-256"] == signature(raw)
    again = json.dumps(json.loads(raw), ensure_ascii=False, separators=(",", ":")).encode()
    assert headers["x-hub-signature-256"] != signature(again)


def test_a_receipt_of_a_person_with_a_hebrew_name_is_escaped(box: Running, receiver: Receiver) -> None:
    box.admin("PUT", "/webhook", {"url": receiver.url})
    receiver.wait_status(box.template(WHO).wamid, "read")
    assert all(raw.isascii() for _, raw in receiver.posts)
    assert all(headers["x-hub-signature-256"] == signature(raw) for headers, raw in receiver.posts)
    name = receiver.values("statuses")[0][1]["contacts"][0]["profile"]["name"]
    assert not name.isascii()


def test_page_and_log_show_the_words_and_keep_the_bytes(box: Running, receiver: Receiver) -> None:
    box.admin("PUT", "/webhook", {"url": receiver.url})
    box.admin("POST", "/inbound", {"from": WHO, "text": SAID})
    raw = receiver.wait(lambda: receiver.posts)[0][1]
    number = box.admin("GET", "/webhooks/log")["data"][0]["id"]
    logged = box.admin("GET", f"/webhooks/log/{number}")
    assert logged["body"].encode() == raw
    assert logged["signature"] == signature(raw)
    assert logged["payload"]["entry"][0]["changes"][0]["value"]["messages"][0]["text"]["body"] == SAID
    page = look(box, f"/?view=webhooks&entry={number}&top=console")
    assert SAID in page.text
    assert "u05e9" not in page.text
    box.admin("POST", f"/webhooks/log/{number}/resend")
    receiver.wait(lambda: len(receiver.posts) == 2)
    assert receiver.posts[1][1] == raw


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain?&=<%@", b"plain?&=<%@"),
        ("a/b", rb"a\/b"),
        ("äöå", rb"\u00e4\u00f6\u00e5"),
        ("إيقاف", rb"\u0625\u064a\u0642\u0627\u0641"),
        ("👍", rb"\ud83d\udc4d"),
        ("\x7f", rb"\u007f"),
        ("ש\\U0001 \\x", rb"\u05e9\\U0001 \\x"),
        ("ש\\/", rb"\u05e9\\\/"),
        ("\u2028\U0010ffff", rb"\u2028\udbff\udfff"),
    ],
)
def test_escapes(text: str, expected: bytes) -> None:
    raw = escaped(orjson.dumps({"text": text}))
    assert raw == b'{"text":"' + expected + b'"}'
    assert json.loads(raw) == {"text": text}
