"""Batches of Graph: each request is answered as if it came alone."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox.running import PHONE, TOKEN, WABA, Reply, Running

TEMPLATE = {
    "name": "qafila_message",
    "language": {"code": "en"},
    "components": [{"type": "body", "parameters": [{"type": "text", "text": "hello"}]}],
}


def batch(box: Running, parts: Any, path: str = "/v25.0/", token: str | None = TOKEN, **more: str) -> Reply:
    content = urlencode({"batch": json.dumps(parts), **more}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    response = box.client.post(box.url + path).headers(headers).body_bytes(content).build().send()
    return Reply(response.status, {}, json.loads(response.text()))


@pytest.mark.parametrize("path", ["/", "/v25.0", "/v25.0/"])
def test_each_is_answered_as_if_it_came_alone(shared: Running, path: str) -> None:
    sent = {"messaging_product": "whatsapp", "to": "15551230044", "type": "template"}
    sent["template"] = json.dumps(TEMPLATE)
    parts = [
        {"method": "GET", "relative_url": f"v25.0/{WABA}?fields=name"},
        {"method": "POST", "relative_url": f"{PHONE}/messages", "body": urlencode(sent)},
        {"relative_url": "/v25.0/999"},
    ]
    got = batch(shared, parts, path).body
    assert [one["code"] for one in got] == [200, 200, 404]
    bodies = [json.loads(one["body"]) for one in got]
    assert bodies[0] == shared.call("GET", f"/v25.0/{WABA}?fields=name").body
    assert bodies[1]["messages"][0]["id"] in [row["wamid"] for row in shared.rows()]
    assert bodies[2]["error"]["code"] == 803
    names = {header["name"] for header in got[0]["headers"]}
    assert {"content-type", "facebook-api-version"} <= names


def test_tokens_of_the_whole_and_of_the_parts(shared: Running) -> None:
    part = {"method": "GET", "relative_url": f"v25.0/{WABA}"}
    own = {**part, "relative_url": f"v25.0/{WABA}?access_token={TOKEN}"}
    got = batch(shared, [part, own], token=None, include_headers="false").body
    assert [one["code"] for one in got] == [401, 200]
    assert "headers" not in got[0]
    assert batch(shared, [part], token=None, access_token=TOKEN).body[0]["code"] == 200


@pytest.mark.parametrize(
    "parts",
    [
        [],
        {"a": 1},
        ["x"],
        [{"method": "PATCH", "relative_url": "me"}],
        [{"method": "GET"}],
        [{"relative_url": "me"}] * 51,
        [{"method": "POST", "relative_url": "v25.0/", "body": "batch=[]"}],
    ],
    ids=str,
)
def test_what_is_no_batch_is_refused(shared: Running, parts: Any) -> None:
    refused = batch(shared, parts)
    assert (refused.status, refused.code) == (400, 100)
