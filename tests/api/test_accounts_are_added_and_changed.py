"""Accounts over the API. A secret goes in and never comes out."""

from __future__ import annotations

from typing import Any

import pytest

from qafila.businesses.models import AuditEntry
from qafila.senders.models import ProviderAccount, Sender
from qafila.senders.queries import credentials

pytestmark = pytest.mark.django_db

PROVIDER = {
    "kind": "cloud_api",
    "baseUrl": "https://graph.facebook.com/v23.0/",
    "businessAccountId": "100000000000001",
    "token": "EAAG-canary-token",
    "appSecret": "canary-app-secret",
    "verifyToken": "canary-verify",
    "portfolioId": "p-1",
    "portfolioCap": 250,
}
NEW = {
    "name": "Shop",
    "phoneNumber": "+20 100 000 0055",
    "phoneNumberId": "200000000000055",
    "provider": PROVIDER,
}


def test_an_account_with_a_provider_of_its_own(call: Any) -> None:
    answer = call.post("/api/accounts", {**NEW, "defaultTemplate": {"name": "t", "language": "en"}})
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert "canary" not in answer.content.decode()
    assert (made["phoneNumber"], made["status"], made["official"]) == ("+201000000055", "ready", True)
    assert made["defaultTemplate"] == {"name": "t", "language": "en", "variable": None}
    sender = Sender.objects.get(public_id=made["id"])
    assert credentials(sender.pk)[1].token == "EAAG-canary-token"
    portfolio = ProviderAccount.objects.get().portfolio
    assert portfolio is not None
    assert portfolio.cap == 250
    seen = call.get(f"/api/accounts/{made['id']}")
    assert "canary" not in seen.content.decode()
    assert seen.json() == {**made, "warnings": []}
    second = call.post(
        "/api/accounts",
        {"name": "Two", "phoneNumber": "+201000000056", "providerAccountId": made["providerAccountId"]},
    )
    assert second.json()["provider"] == "cloud_api"
    assert len(call.get("/api/accounts").json()["accounts"]) == 2


def test_a_number_without_a_provider_never_starts_a_contract(call: Any) -> None:
    made = call.post("/api/accounts", {"name": "Later", "phoneNumber": "01000000057"}).json()
    assert (made["status"], made["provider"], made["phoneNumber"]) == ("not_connected", None, "+201000000057")
    body = {
        "accountId": made["id"],
        "name": "x",
        "recipients": [{"phoneNumber": "79991234567", "message": "x"}],
    }
    contract = call.post("/api/contracts", body).json()["id"]
    refused = call.post(f"/api/contracts/{contract}/start")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "account_not_connected")


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"phoneNumber": "12"}, 422, "phone.too_short", None),
        ({"name": ""}, 422, "empty", "name"),
        ({"throughput": 0}, 422, "invalid_value", "throughput"),
        ({"throughput": "5"}, 422, "wrong_type", "throughput"),
        ({"inUseSince": "2026-01-01"}, 422, "wrong_type", "inUseSince"),
        ({"inUseSince": "soon"}, 422, "wrong_type", "inUseSince"),
        ({"inUseSince": "0001-01-01T00:00:00+18:43"}, 422, "invalid_value", "inUseSince"),
        ({"provider": {**PROVIDER, "kind": "pigeon"}}, 422, "provider_kind_unknown", None),
        ({"provider": {**PROVIDER, "baseUrl": "ftp://x"}}, 422, "base_url_invalid", None),
        ({"provider": {**PROVIDER, "business_id": 1}}, 422, "unknown_field", "provider.business_id"),
        ({"business": 1}, 422, "unknown_field", "business"),
        ({"state": "ready"}, 422, "unknown_field", "state"),
        (
            {"providerAccountId": "00000000-0000-0000-0000-000000000000"},
            422,
            "invalid_value",
            "providerAccountId",
        ),
    ],
)
def test_what_cannot_be_an_account(
    call: Any, changes: dict[str, Any], status: int, code: str, field: str
) -> None:
    answer = call.post("/api/accounts", {**NEW, **changes})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("field")) == (status, code, field)
    assert ProviderAccount.objects.count() == 0
    assert Sender.objects.count() == 0


def test_a_number_is_there_once(call: Any) -> None:
    assert call.post("/api/accounts", NEW).status_code == 201
    again = call.post("/api/accounts", NEW)
    assert again.status_code == 409
    assert ProviderAccount.objects.count() == 1


def test_switching_the_pace_is_warned_and_audited(call: Any, phone_linked_sender: Sender) -> None:
    path = f"/api/accounts/{phone_linked_sender.public_id}"
    call("PUT", path, {"useLimits": False})
    assert AuditEntry.objects.filter(action="sender.own_pace_off").count() == 1
    on = call("PUT", path, {"useLimits": True}).json()
    assert (on["useLimits"], on["warnings"]) == (True, [])
    assert call("PUT", path, {"useLimits": None}).json()["useLimits"] is True
    assert call("PUT", path, {"useLimits": "false"}).json()["error"]["code"] == "wrong_type"


@pytest.mark.parametrize(
    "field", ["id", "business", "business_id", "tenant_id", "role", "status", "balance", "state"]
)
def test_no_field_beyond_the_documented_ones_is_taken(
    call: Any, phone_linked_sender: Sender, field: str
) -> None:
    path = f"/api/accounts/{phone_linked_sender.public_id}"
    answer = call("PUT", path, {"useLimits": True, field: 1})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unknown_field")
