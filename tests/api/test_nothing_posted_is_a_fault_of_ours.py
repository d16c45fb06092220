"""Whatever is sent, the answer is no 5xx, is JSON, and a success has the documented shape (a small part of promise 32)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qafila.api.shapes import contracts as shapes
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
VALUES = st.recursive(
    LEAVES,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=8), v, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        "accountId",
        "name",
        "recipients",
        "template",
        "strict",
        "phoneNumber",
        "message",
        "params",
        "as",
        "ids",
        "contractId",
        "useLimits",
        "defaultTemplate",
        "provider",
        "throughput",
        "inUseSince",
        "confirmDuplicate",
    ]
)
BODIES = st.dictionaries(NAMES | st.text(max_size=5), VALUES, max_size=6)
ROWS = st.lists(
    st.dictionaries(NAMES | st.text(max_size=5), VALUES | st.just("79991234567"), max_size=4) | VALUES,
    max_size=4,
)
CALM = settings(
    max_examples=30,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _checked(answer: Any) -> Any:
    assert answer.status_code < 500, answer.content
    said = json.loads(answer.content)
    assert (answer.status_code >= 400) == ("error" in said)
    return said


@CALM
@given(BODIES)
def test_any_object_to_any_address_that_takes_one(
    call: Any, phone_linked_sender: Sender, body: dict[str, Any]
) -> None:
    account = phone_linked_sender.public_id
    for method, path in (
        ("POST", "/api/contracts"),
        ("POST", "/api/accounts"),
        ("PUT", f"/api/accounts/{account}"),
        ("POST", "/api/messages/resolve"),
        ("POST", "/api/messages/1/resolve"),
        ("POST", "/api/contracts/contract_x/start"),
    ):
        _checked(call(method, path, body))


@CALM
@given(ROWS)
def test_any_rows_in_a_contract(call: Any, phone_linked_sender: Sender, rows: list[Any]) -> None:
    body = {"accountId": str(phone_linked_sender.public_id), "name": "x", "recipients": rows}
    said = _checked(call.post("/api/contracts", body))
    if "error" in said:
        assert rows == []
        return
    assert said["totalCount"] == len(rows) == said["accepted"] + len(said["rejected"])
    assert [row["row"] for row in said["rejected"]] == sorted({row["row"] for row in said["rejected"]})
    for path in ("stats", "stats?limit=2", "messages", "rejected"):
        _checked(call.get(f"/api/contracts/{said['id']}/{path}"))


@CALM
@given(st.text(max_size=30), st.text(max_size=10), st.text(max_size=10))
def test_any_query(call: Any, status: str, limit: str, after: str) -> None:
    from urllib.parse import urlencode

    query = urlencode({"status": status, "limit": limit, "after": after, "accountId": after, "state": status})
    for path in ("/api/contracts", "/api/contracts/x/stats", "/api/contracts/upload", "/api/queues/status"):
        _checked(call.get(f"{path}?{query}")) if "upload" not in path else _checked(
            call.post(f"{path}?{query}")
        )


def test_streamed_and_paged_results_have_the_documented_shape(call: Any, posted: Any) -> None:
    contract = posted(
        rows=[{"phoneNumber": "1", "message": "x"}, {"phoneNumber": "79991234567", "message": "y"}]
    )["id"]
    whole = call.get(f"/api/contracts/{contract}/stats").json()
    page = call.get(f"/api/contracts/{contract}/stats?limit=5").json()
    assert whole == page
    assert shapes.ContractStats.model_validate(whole).model_dump() == whole


ODD = ["nul \x00", "half \ud800", "x" * 5000, "\u202e", "'; DROP TABLE x --", "%s%n{0}", "\x7f\x1b[31m"]


@pytest.mark.parametrize("odd", ODD)
def test_odd_texts_in_every_field(call: Any, phone_linked_sender: Sender, odd: str) -> None:
    provider = {"kind": "memory", "baseUrl": "http://127.0.0.1:9"}
    account: dict[str, Any] = {"name": "x", "phoneNumber": "+201000000088", "provider": provider}
    for field in ("name", "phoneNumber", "phoneNumberId", "providerAccountId"):
        _checked(call.post("/api/accounts", {**account, field: odd}))
    for field in (
        "kind",
        "baseUrl",
        "name",
        "businessAccountId",
        "token",
        "appSecret",
        "verifyToken",
        "portfolioId",
    ):
        number = {"phoneNumber": f"+20100000{len(field):04d}"}
        _checked(call.post("/api/accounts", {**account, **number, "provider": {**provider, field: odd}}))
    contract: dict[str, Any] = {
        "accountId": str(phone_linked_sender.public_id),
        "name": "x",
        "recipients": [{"phoneNumber": "79991234567", "message": odd, "name": odd}],
    }
    _checked(call.post("/api/contracts", contract))
    _checked(call.post("/api/contracts", {**contract, odd: 1}))
    for field in ("accountId", "name"):
        _checked(call.post("/api/contracts", {**contract, field: odd}))
    _checked(call.post("/api/messages/resolve", {"as": "sent", "contractId": odd}))
    _checked(call.post("/api/messages/resolve", {"as": "sent", "ids": [odd]}))
    _checked(call.post("/api/messages/resolve", {"as": odd, "ids": []}))


@pytest.mark.parametrize("odd", ["%00", "%ed%a0%80", "x" * 3000, "contract_%00", "..%2f..", "%f0%9f%98%80"])
def test_odd_addresses_and_queries(call: Any, phone_linked_sender: Sender, odd: str) -> None:
    for method, path in (
        ("GET", f"/api/contracts/{odd}"),
        ("POST", f"/api/contracts/{odd}/start"),
        ("POST", f"/api/contracts/{odd}/clear-failed"),
        ("POST", f"/api/contracts/{odd}/archive"),
        ("GET", f"/api/contracts?archived={odd}"),
        ("POST", f"/api/contracts/{odd}/recipients"),
        ("DELETE", f"/api/contracts/{odd}"),
        ("GET", f"/api/accounts/{odd}"),
        ("PUT", f"/api/accounts/{odd}"),
        ("GET", f"/api/messages/{odd}"),
        ("GET", f"/api/contracts?after={odd}"),
        ("GET", f"/api/contracts?accountId={odd}&status={odd}"),
    ):
        _checked(call(method, path, {} if method in ("PUT", "POST") else None))
    upload = f"/api/contracts/upload?accountId={phone_linked_sender.public_id}"
    csv = b"phone,message\n79991234567,x\n"
    _checked(call("POST", f"{upload}&name={odd}", raw=csv, content_type="text/csv"))
    for option in ("encoding", "delimiter", "phoneColumn", "params", "template", "templateLanguage"):
        _checked(call("POST", f"{upload}&name=x&{option}={odd}", raw=csv, content_type="text/csv"))


def test_numbers_and_nesting_beyond_every_measure(call: Any, phone_linked_sender: Sender) -> None:
    account = f'"accountId": "{phone_linked_sender.public_id}", "name": "x"'
    deep = "[" * 900 + "]" * 900
    for rows in (
        deep,
        f"[{deep}]",
        '[{"phoneNumber": 1e400, "message": 1}]',
        '[{"params": ' + deep + "}]",
        f"[{10**40}]",
    ):
        raw = f'{{{account}, "recipients": {rows}, "odd": "\\ud800"}}'
        _checked(call("POST", "/api/contracts", raw=raw.encode()))
        _checked(call("POST", "/api/contracts", raw=raw.replace(', "odd": "\\ud800"', "").encode()))
    body = {
        "name": "x",
        "phoneNumber": "+201000000089",
        "provider": {"kind": "memory", "baseUrl": "http://127.0.0.1:9"},
    }
    for value in (10**12, -1, 2**63, 1.5, "1"):
        _checked(call.post("/api/accounts", {**body, "throughput": value}))
        _checked(
            call.post("/api/accounts", {**body, "provider": {**body["provider"], "portfolioCap": value}})
        )  # type: ignore[dict-item]
    for moment in (
        "0001-01-01T00:00:00+14:00",
        "2020-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-12:00",
        1e18,
        -5,
        "2026-01-01T00:00:00",
    ):
        _checked(call.post("/api/accounts", {**body, "inUseSince": moment}))
    assert call.get("/api/accounts").status_code == 200
