"""Who is let in, and what the refusal says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from pydantic import SecretStr

from qafila.businesses.actions import create_api_key, revoke_api_key
from qafila.businesses.actor import command_actor
from qafila.businesses.models import ApiKey, AuditEntry, Business

pytestmark = pytest.mark.django_db


def test_without_a_key_the_answer_says_which_header_to_add(nobody: Any) -> None:
    answer = nobody.get("/api/contracts")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    error = answer.json()["error"]
    assert error["code"] == "unauthorised"
    assert "Authorization: Bearer KEY" in error["step"]
    assert "X-API-Key: KEY" in error["step"]
    assert error["requestId"] == answer.headers["X-Request-Id"]


def test_both_headers_open(call: Any, nobody: Any) -> None:
    assert call.get("/api/contracts").status_code == 200
    assert nobody.get("/api/contracts", X_API_Key=call.key).status_code == 200
    assert nobody.get("/api/contracts", Authorization=f"bearer  {call.key}").status_code == 200


@pytest.mark.parametrize(
    "given", ["Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer wrong", "Bearer \xff\xfe"]
)
def test_anything_else_does_not(nobody: Any, given: str, business: Business) -> None:
    answer = nobody.get("/api/contracts", Authorization=given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorised")


def test_a_wrong_character_or_an_expired_or_revoked_key_does_not(
    call: Any, nobody: Any, business: Business
) -> None:
    now = datetime.now(UTC)
    wrong = call.key[:-1] + ("A" if call.key[-1] != "A" else "B")
    assert nobody.get("/api/contracts", X_API_Key=wrong).status_code == 401
    key, full = create_api_key(
        business=business,
        name="short",
        expires_at=now + timedelta(hours=1),
        actor=command_actor(business),
        now=now - timedelta(hours=3),
    )
    assert nobody.get("/api/contracts", X_API_Key=full).status_code == 200
    ApiKey.objects.filter(pk=key.pk).update(expires_at=now - timedelta(seconds=1))
    assert nobody.get("/api/contracts", X_API_Key=full).status_code == 401
    other, full = create_api_key(business=business, name="gone", actor=command_actor(business), now=now)
    revoke_api_key(key=other, actor=command_actor(business), now=now)
    assert nobody.get("/api/contracts", X_API_Key=full).status_code == 401


def test_the_use_of_a_key_is_noted(call: Any) -> None:
    call.get("/api/contracts")
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    call.get("/api/contracts")
    assert ApiKey.objects.get().last_used_at == first


def test_api_secret_key_is_a_key_of_the_first_business(
    nobody: Any, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "a-long-secret-of-the-settings-0123456789"
    assert nobody.get("/api/contracts", X_API_Key=secret).status_code == 401
    monkeypatch.setattr(settings.ENV, "api_secret_key", SecretStr(secret))
    assert nobody.get("/api/contracts", X_API_Key=secret).status_code == 200
    assert nobody.get("/api/contracts", X_API_Key=secret[:-1]).status_code == 401


def test_a_missing_right_is_403_and_named(key_for: Callable[..., Any], business: Business) -> None:
    reader = key_for(business, "contracts:read")
    assert reader.get("/api/contracts").status_code == 200
    answer = reader.post("/api/contracts", {})
    assert answer.status_code == 403
    error = answer.json()["error"]
    assert error["code"] == "forbidden_scope"
    assert "contracts:write" in error["cause"]


@pytest.fixture
def legacy(business: Business, monkeypatch: pytest.MonkeyPatch) -> Business:
    monkeypatch.setattr(settings.ENV, "legacy_keyless_from", ["10.1.0.0/16"])
    monkeypatch.setattr(settings.ENV, "legacy_business", str(business.public_id))
    return business


def _keyless(nobody: Any, path: str, *, address: str = "10.1.2.3", **headers: str) -> Any:
    nobody.client.defaults["REMOTE_ADDR"] = address
    return nobody.get(path, Host="localhost", **headers)


def test_old_clients_of_a_named_network_come_without_a_key_warned_and_audited(
    nobody: Any, legacy: Business
) -> None:
    answer = _keyless(nobody, "/api/contracts")
    assert answer.status_code == 200
    assert "Authorization: Bearer KEY" in answer.headers["X-Qafila-Warning"]
    entry = AuditEntry.objects.get(action="api.called_without_key")
    assert (entry.business, entry.actor_kind, entry.address) == (legacy, "legacy", "10.1.2.3")
    assert entry.detail == {"method": "GET", "path": "/api/contracts"}


@pytest.mark.parametrize(
    ("path", "address", "headers"),
    [
        ("/api/contracts", "10.2.0.1", {}),
        ("/api/contracts", "127.0.0.1", {}),
        ("/api/contracts", "10.1.2.3", {"Origin": "http://localhost"}),
        ("/api/contracts", "10.1.2.3", {"X_Forwarded_For": "10.1.2.3"}),
        ("/api/messages/1", "10.1.2.3", {}),
        ("/api/contracts", "10.1.2.3", {"X_API_Key": "wrong"}),
    ],
)
def test_nobody_else_does(
    nobody: Any, legacy: Business, path: str, address: str, headers: dict[str, str]
) -> None:
    assert _keyless(nobody, path, address=address, **headers).status_code == 401
    assert not AuditEntry.objects.filter(action="api.called_without_key").exists()


def test_keyless_clients_manage_no_accounts(nobody: Any, legacy: Business) -> None:
    nobody.client.defaults["REMOTE_ADDR"] = "10.1.2.3"
    answer = nobody.post("/api/accounts", {"name": "x", "phoneNumber": "+201000000009"}, Host="localhost")
    assert answer.status_code == 403
