"""Tokens, unknown objects and the form of Meta's errors."""

import json

import pytest

from tests.sandbox.running import PHONE, TOKEN, WABA, Running


def test_without_a_token(shared: Running) -> None:
    reply = shared.send({"to": "15551230001"}, token=None)
    assert (reply.status, reply.code) == (401, 104)
    assert reply.headers["www-authenticate"].startswith('OAuth "Facebook Platform" "invalid_token"')
    assert reply.body["error"]["type"] == "OAuthException"
    assert reply.body["error"]["fbtrace_id"]
    assert "error_data" not in reply.body["error"]


def test_a_token_that_is_not_known(shared: Running) -> None:
    reply = shared.send({"to": "15551230001"}, token="nonsense")
    assert (reply.status, reply.code) == (401, 190)


def test_an_expired_token(shared: Running) -> None:
    shared.admin("PUT", "/tokens/OLD", {"state": "expired"})
    reply = shared.send({"to": "15551230001"}, token="OLD")
    assert (reply.status, reply.code, reply.body["error"]["error_subcode"]) == (401, 190, 463)


def test_a_token_without_rights(shared: Running) -> None:
    shared.admin("PUT", "/tokens/NARROW", {"wabas": ["1"]})
    reply = shared.send({"to": "15551230001"}, token="NARROW")
    assert (reply.status, reply.code) == (403, 200)


def test_an_unknown_phone_number(shared: Running) -> None:
    reply = shared.send({"to": "15551230001"}, phone="999")
    assert (reply.status, reply.code) == (404, 803)
    assert reply.body["error"]["type"] == "GraphMethodException"


def test_an_unknown_edge(shared: Running) -> None:
    reply = shared.call("GET", f"/v23.0/{PHONE}/nothing")
    assert (reply.status, reply.code) == (400, 2500)


@pytest.mark.parametrize("version", ["v15.0", "v23.0", "v25.0"])
def test_any_version_is_taken(shared: Running, version: str) -> None:
    reply = shared.call("GET", f"/{version}/{PHONE}")
    assert reply.status == 200
    assert reply.headers["facebook-api-version"] == version


def usage(headers: dict[str, str]) -> dict[str, object]:
    found = json.loads(headers["x-business-use-case-usage"])
    assert list(found) == [WABA]
    (row,) = found[WABA]
    assert set(row) == {
        "type",
        "call_count",
        "total_cputime",
        "total_time",
        "estimated_time_to_regain_access",
    }
    assert isinstance(row, dict)
    return row


def test_answers_say_how_much_of_the_calls_is_used(box: Running) -> None:
    for reply in (
        box.call("GET", f"/v25.0/{PHONE}"),
        box.call("GET", f"/v25.0/{WABA}"),
        box.template("15551230001"),
        box.text("15500131056"),
    ):
        row = usage(reply.headers)
        assert (row["type"], row["estimated_time_to_regain_access"]) == ("whatsapp", 0)
    box.admin("POST", "/faults", {"effect": "error_code", "code": 80007, "times": 1})
    refused = box.template("15551230001")
    row = usage(refused.headers)
    assert (refused.code, row["call_count"]) == (80007, 100)
    assert row["estimated_time_to_regain_access"] == 1
    for reply in (
        box.call("GET", f"/v25.0/{PHONE}", token="nonsense"),
        box.call("GET", "/v25.0/999"),
    ):
        assert "x-business-use-case-usage" not in reply.headers


def test_the_token_may_stand_in_the_query(shared: Running) -> None:
    reply = shared.call("GET", f"/v25.0/{WABA}/phone_numbers?access_token={TOKEN}", token=None)
    assert reply.status == 200


def test_admin_refuses_pages_of_other_sites(shared: Running) -> None:
    request = shared.client.get(shared.url + "/admin/ledger").header("origin", "https://evil.example")
    assert request.build().send().status == 403
    request = shared.client.get(shared.url + "/admin/ledger").header("host", "evil.example")
    assert request.build().send().status == 403
