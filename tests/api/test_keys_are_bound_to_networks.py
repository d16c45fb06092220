"""A key that is bound to networks is refused from elsewhere, as the house sees the caller behind its trusted proxies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings

from qafila.businesses.actions import create_api_key
from qafila.businesses.actor import command_actor
from qafila.businesses.models import ApiKey, AuditEntry, Business
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db
PROXY = "192.0.2.10"


@pytest.fixture
def bound(business: Business) -> Caller:
    """A program with a key of 10.1.0.0/16."""
    _, full = create_api_key(
        business=business,
        name="bound",
        networks=("10.1.0.0/16",),
        actor=command_actor(business),
        now=datetime.now(UTC),
    )
    return Caller(full)


def _from(caller: Caller, peer: str, **headers: str) -> Any:
    caller.client.defaults["REMOTE_ADDR"] = peer
    return caller.get("/api/contracts", **headers)


@pytest.mark.parametrize("peer", ["10.1.2.3", "::ffff:10.1.2.3"])
def test_from_its_network_it_opens_and_the_use_is_noted(bound: Caller, peer: str) -> None:
    assert _from(bound, peer).status_code == 200
    key = ApiKey.objects.get()
    assert key.last_used_at is not None
    assert key.last_used_ip == "10.1.2.3"


@pytest.mark.parametrize("headers", [{}, {"X_Forwarded_For": "10.1.2.3"}, {"X_Real_IP": "10.1.2.3"}])
def test_from_elsewhere_it_is_refused_whatever_the_call_says_of_itself(
    bound: Caller, headers: dict[str, str]
) -> None:
    for _ in range(2):
        answer = _from(bound, "203.0.113.7", **headers)
        assert answer.status_code == 403
    error = answer.json()["error"]
    assert error["code"] == "key_from_elsewhere"
    assert "203.0.113.7" in error["cause"]
    assert error["step"]
    assert ApiKey.objects.get().last_used_at is None
    entry = AuditEntry.objects.get(action="api_key.used_elsewhere")  # once a minute, not once a call
    assert (entry.address, entry.subject_id) == ("203.0.113.7", str(ApiKey.objects.get().public_id))


def test_a_repeated_post_is_refused_from_elsewhere_too(bound: Caller) -> None:
    bound.client.defaults["REMOTE_ADDR"] = "203.0.113.7"
    answer = bound.post("/api/contracts", {}, Idempotency_Key="one")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "key_from_elsewhere")


def test_behind_a_trusted_proxy_the_caller_counts(bound: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.ENV, "trusted_proxies", [f"{PROXY}/32"])
    assert _from(bound, PROXY, X_Forwarded_For="10.1.2.3").status_code == 200
    assert _from(bound, PROXY, X_Forwarded_For="203.0.113.7, ::ffff:10.1.2.3").status_code == 200
    for forwarded in ("203.0.113.7", "10.1.2.3, 203.0.113.7", "10.1.2.3, nonsense", ""):
        assert _from(bound, PROXY, X_Forwarded_For=forwarded).status_code == 403, forwarded
