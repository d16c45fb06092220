"""Graph takes parameters as JSON, as forms of both kinds, and in the query; the path with or without a version, or a slash at its end."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox.running import PHONE, TOKEN, WABA, Reply, Running
from wa_sandbox.media.people_pictures import png

TO = "15554440001"
TEXT = {"messaging_product": "whatsapp", "to": TO, "type": "text", "text": {"body": "مرحبا & שלום"}}
LINE = "----b"


def ask(
    box: Running, method: str, path: str, content: bytes = b"", kind: str = "", authorization: str = ""
) -> Reply:
    given = {"content-type": kind, "authorization": authorization}
    request = box.client.request(method, box.url + path).headers({k: v for k, v in given.items() if v})
    response = request.body_bytes(content).build().send()
    return Reply(response.status, {}, json.loads(response.text()))


def as_text(fields: dict[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in fields.items()
    }


def in_parts(fields: dict[str, Any], file: bytes | None = None, *, file_first: bool = False) -> bytes:
    parts = [
        f'--{LINE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in as_text(fields).items()
    ]
    if file is not None:
        head = f'--{LINE}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        parts.insert(0 if file_first else len(parts), head.encode() + file + b"\r\n")
    return b"".join(parts) + f"--{LINE}--\r\n".encode()


PARTS = f"multipart/form-data; boundary={LINE}"
FORM = "application/x-www-form-urlencoded"
PATH = f"/v25.0/{PHONE}/messages"
BEARER = f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("path", "content", "kind", "authorization"),
    [
        (PATH, json.dumps(TEXT).encode(), "application/json; charset=utf-8", BEARER),
        (PATH, json.dumps(TEXT).encode(), "", BEARER),
        (PATH + "/", json.dumps(TEXT).encode(), "application/json", f"bearer {TOKEN}"),
        (f"/{PHONE}/messages", json.dumps(TEXT).encode(), "application/json", f"OAuth {TOKEN}"),
        (PATH, urlencode(as_text(TEXT)).encode(), FORM, BEARER),
        (PATH, urlencode(as_text({**TEXT, "access_token": TOKEN})).encode(), FORM, ""),
        (PATH, in_parts(TEXT), PARTS, BEARER),
        (PATH, in_parts({**TEXT, "access_token": TOKEN}), PARTS, ""),
        (f"{PATH}?{urlencode(as_text({**TEXT, 'access_token': TOKEN}))}", b"", "", ""),
        (
            f"{PATH}?messaging_product=whatsapp&access_token={TOKEN}",
            in_parts({"to": TO, "text": TEXT["text"]}),
            PARTS,
            "",
        ),
    ],
    ids=str,
)
def test_a_text_is_the_same_text(
    shared: Running, path: str, content: bytes, kind: str, authorization: str
) -> None:
    sent = ask(shared, "POST", path, content, kind, authorization)
    assert sent.status == 200, sent.body
    seen = shared.admin("GET", f"/conversations/{PHONE}/{TO}")["bubbles"][-1]
    assert (seen["wamid"], seen["text"]) == (sent.wamid, TEXT["text"]["body"])


@pytest.mark.parametrize("kind", ["application/json", FORM])
def test_json_text_is_taken_where_more_than_text_is_expected(shared: Running, kind: str) -> None:
    note = '{"order": 7}'
    given = {"messaging_product": "whatsapp", "to": TO, "type": "contacts", "biz_opaque_callback_data": note}
    given["contacts"] = json.dumps(
        [{"name": {"formatted_name": "Dana", "first_name": "Dana"}, "phones": [{"phone": "+1555"}]}]
    )
    content = json.dumps(given) if kind == "application/json" else urlencode(given)
    sent = ask(shared, "POST", PATH, content.encode(), kind, BEARER)
    assert sent.status == 200, sent.body
    row = next(row for row in shared.rows() if row["wamid"] == sent.wamid)
    assert (row["type"], row["biz_opaque_callback_data"]) == ("contacts", note)


def test_what_the_body_says_counts_more_than_the_query(shared: Running) -> None:
    sent = ask(
        shared, "POST", f"{PATH}?to=15554440002", json.dumps(TEXT).encode(), "application/json", BEARER
    )
    assert sent.body["contacts"][0]["input"] == TO


@pytest.mark.parametrize("file_first", [False, True])
@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", {"messaging_product": "whatsapp", "type": "image/png"}),
        ("?messaging_product=whatsapp", {}),
        (f"?access_token={TOKEN}", {"messaging_product": "whatsapp"}),
        ("", {"messaging_product": "whatsapp", "access_token": TOKEN}),
    ],
)
def test_a_file_is_uploaded(shared: Running, query: str, fields: dict[str, Any], file_first: bool) -> None:
    authorization = "" if "access_token" in query or "access_token" in fields else BEARER
    content = in_parts(fields, png(), file_first=file_first)
    made = ask(shared, "POST", f"/v25.0/{PHONE}/media{query}", content, PARTS, authorization)
    assert made.status == 200, made.body
    assert shared.call("GET", f"/v25.0/{made.body['id']}/").body["mime_type"] == "image/png"


def test_a_file_where_none_is_expected_is_no_parameter(shared: Running) -> None:
    file = in_parts({"messaging_product": "whatsapp", "to": TO}, png()).replace(b'"file"', b'"text"')
    refused = ask(shared, "POST", PATH, file, PARTS, BEARER)
    assert (refused.code, refused.body["error"]["message"]) == (100, "(#100) The parameter text is required.")


@pytest.mark.parametrize("edge", ["messages", "media", "message_templates"])
@pytest.mark.parametrize("authorization", [BEARER, ""])
def test_a_broken_form_is_refused(shared: Running, edge: str, authorization: str) -> None:
    node = WABA if edge == "message_templates" else PHONE
    broken = ask(
        shared, "POST", f"/v25.0/{node}/{edge}", b"no parts at all", "multipart/form-data", authorization
    )
    assert (broken.status, broken.code) == ((400, 100) if authorization else (401, 104))


def test_a_template_is_made_by_a_form(shared: Running) -> None:
    components = [{"type": "BODY", "text": "Hello there"}]
    fields = {"name": "by_form", "language": "en", "category": "UTILITY", "components": components}
    made = ask(
        shared,
        "POST",
        f"/v25.0/{WABA}/message_templates",
        urlencode(as_text(fields)).encode(),
        FORM,
        BEARER,
    )
    assert made.body["status"] == "PENDING"
    assert shared.call("GET", f"/v25.0/{made.body['id']}").body["components"] == components


def test_several_templates_are_deleted_by_their_ids(shared: Running) -> None:
    def made(name: str) -> str:
        fields = {"name": name, "language": "en", "category": "UTILITY"}
        row = {**fields, "components": [{"type": "BODY", "text": "Hello there"}]}
        return str(shared.call("POST", f"/v25.0/{WABA}/message_templates", row).body["id"])

    def delete(ids: str) -> Reply:
        query = urlencode({"hsm_ids": ids})
        return shared.call("DELETE", f"/v25.0/{WABA}/message_templates?{query}")

    first, second, third, fourth = (made(f"one_of_{n}") for n in range(4))
    assert delete(json.dumps([first, "1"])).body["error"]["error_subcode"] == 2593002
    assert shared.call("GET", f"/v25.0/{first}").status == 200
    assert delete(json.dumps([first, second])).body == {"success": True}
    assert delete(f"{third}, {fourth}").body == {"success": True}
    assert [shared.call("GET", f"/v25.0/{one}").code for one in (first, second, third, fourth)] == [803] * 4
    assert delete("[]").code == 100
    assert shared.call("DELETE", f"/v25.0/{WABA}/message_templates", {"hsm_ids": {"a": 1}}).code == 100
