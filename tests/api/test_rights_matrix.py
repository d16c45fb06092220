"""The rights matrix (promise 35): every route x every right. What a right does not cover is 403 and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qafila.api.auth import BearerKey
from qafila.businesses.models import Business
from qafila.businesses.rules.scopes import ROLE_SCOPES, SCOPES
from qafila.kit.ids import new_public_id
from tests.api.routes_of_the_api import routes

pytestmark = pytest.mark.django_db

NEEDED = {
    "GET /api/contracts": "contracts:read",
    "GET /api/contracts/{contract_id}": "contracts:read",
    "GET /api/contracts/{contract_id}/stats": "contracts:read",
    "GET /api/contracts/{contract_id}/messages": "contracts:read",
    "GET /api/contracts/{contract_id}/rejected": "contracts:read",
    "GET /api/contracts/{contract_id}/forecast": "contracts:read",
    "GET /api/queues/status": "contracts:read",
    "POST /api/contracts": "contracts:write",
    "POST /api/contracts/upload": "contracts:write",
    "POST /api/contracts/{contract_id}/start": "contracts:write",
    "POST /api/contracts/{contract_id}/resume": "contracts:write",
    "POST /api/contracts/{contract_id}/pause": "contracts:write",
    "POST /api/contracts/{contract_id}/recipients": "contracts:write",
    "POST /api/contracts/{contract_id}/retry-failed": "contracts:write",
    "POST /api/contracts/{contract_id}/clear-failed": "contracts:write",
    "POST /api/contracts/{contract_id}/archive": "contracts:write",
    "POST /api/contracts/{contract_id}/unarchive": "contracts:write",
    "DELETE /api/contracts/{contract_id}": "contracts:write",
    "GET /api/accounts": "accounts:read",
    "GET /api/accounts/{account_id}": "accounts:read",
    "GET /api/accounts/{account_id}/templates": "accounts:read",
    "POST /api/accounts/{account_id}/templates/sync": "accounts:write",
    "POST /api/accounts": "accounts:write",
    "PUT /api/accounts/{account_id}": "accounts:write",
    "POST /api/accounts/{account_id}/pause": "accounts:write",
    "POST /api/accounts/{account_id}/resume": "accounts:write",
    "POST /api/accounts/{account_id}/log-out": "accounts:write",
    "PUT /api/accounts/{account_id}/provider": "accounts:write",
    "GET /api/provider-accounts/kinds": "accounts:read",
    "POST /api/provider-accounts": "accounts:write",
    "GET /api/whatsapp-numbers": "accounts:read",
    "GET /api/whatsapp-numbers/{number_id}/history": "accounts:read",
    "GET /api/whatsapp-numbers/{number_id}/stats": "accounts:read",
    "POST /api/whatsapp-numbers": "numbers:write",
    "POST /api/whatsapp-numbers/{number_id}/validate": "numbers:write",
    "PUT /api/whatsapp-numbers/{number_id}": "numbers:write",
    "DELETE /api/whatsapp-numbers/{number_id}": "numbers:write",
    "GET /api/directions": "accounts:read",
    "GET /api/directions/{direction_id}/resolve": "accounts:read",
    "POST /api/directions": "numbers:write",
    "PUT /api/directions/{direction_id}": "numbers:write",
    "DELETE /api/directions/{direction_id}": "numbers:write",
    "PUT /api/contracts/{contract_id}": "admin",
    "GET /api/v1/packages": "accounts:read",
    "GET /api/v1/packages/{package_id}": "accounts:read",
    "GET /api/v1/packages/{package_id}/profiles": "accounts:read",
    "POST /api/v1/packages": "accounts:write",
    "PUT /api/v1/packages/{package_id}": "accounts:write",
    "PATCH /api/v1/packages/{package_id}": "accounts:write",
    "DELETE /api/v1/packages/{package_id}": "accounts:write",
    "POST /api/v1/packages/{package_id}/pause": "accounts:write",
    "POST /api/v1/packages/{package_id}/resume": "accounts:write",
    "POST /api/v1/packages/{package_id}/profiles": "accounts:write",
    "PUT /api/v1/packages/{package_id}/profiles/{profile_id}": "accounts:write",
    "DELETE /api/v1/packages/{package_id}/profiles/{profile_id}": "accounts:write",
    "POST /api/v1/packages/{package_id}/profiles/{profile_id}/pause": "accounts:write",
    "POST /api/v1/packages/{package_id}/profiles/{profile_id}/resume": "accounts:write",
    "POST /api/v1/packages/{package_id}/messages/open": "messages:write",
    "POST /api/accounts/{account_id}/messages/open": "messages:write",
    "POST /api/directions/{direction_id}/messages/open": "messages:write",
    "GET /api/v1/messages/open": "messages:read",
    "GET /api/v1/messages/open/{open_id}": "messages:read",
    "POST /api/v1/messages/open/{open_id}/resume": "messages:write",
    "POST /api/v1/messages/open/{open_id}/cancel": "messages:write",
    "GET /api/v1/webhook-endpoints": "webhooks:read",
    "GET /api/v1/webhook-endpoints/{endpoint_id}": "webhooks:read",
    "GET /api/v1/webhook-endpoints/{endpoint_id}/deliveries": "webhooks:read",
    "GET /api/v1/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}": "webhooks:read",
    "POST /api/v1/webhook-endpoints": "webhooks:write",
    "PUT /api/v1/webhook-endpoints/{endpoint_id}": "webhooks:write",
    "DELETE /api/v1/webhook-endpoints/{endpoint_id}": "webhooks:write",
    "POST /api/v1/webhook-endpoints/{endpoint_id}/enable": "webhooks:write",
    "POST /api/v1/webhook-endpoints/{endpoint_id}/disable": "webhooks:write",
    "POST /api/v1/webhook-endpoints/{endpoint_id}/rotate-secret": "webhooks:write",
    "POST /api/v1/webhook-endpoints/{endpoint_id}/test": "webhooks:write",
    "POST /api/v1/webhook-endpoints/{endpoint_id}/resend": "webhooks:write",
    "POST /api/v1/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}/resend": "webhooks:write",
    "GET /api/v1/tickets": "messages:read",
    "GET /api/v1/tickets/{ticket_id}": "messages:read",
    "POST /api/v1/tickets/{ticket_id}/close": "messages:write",
    "POST /api/v1/tickets/{ticket_id}/transfer": "messages:write",
    "GET /api/alerts": "events:read",
    "POST /api/alerts/read-all": "events:write",
    "POST /api/alerts/{alert_id}/read": "events:write",
    "POST /api/alerts/{alert_id}/mute": "events:write",
    "POST /api/alerts/{alert_id}/unmute": "events:write",
    "DELETE /api/alerts/{alert_id}": "events:write",
    "GET /api/messages/{message_id}": "messages:read",
    "POST /api/messages/{message_id}/resolve": "messages:write",
    "POST /api/messages/resolve": "messages:write",
}


def test_every_route_declares_the_right_it_needs() -> None:
    declared = {
        name: callback.scope
        for name, operation in routes().items()
        for callback in operation.auth_callbacks
        if isinstance(callback, BearerKey)
    }
    assert declared == NEEDED


def test_what_writes_needs_a_writing_right() -> None:
    for route, scope in NEEDED.items():
        assert scope.endswith(":read") == route.startswith("GET")


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_each_right_opens_its_routes_and_no_other(
    scope: str, key_for: Callable[..., Any], business: Business
) -> None:
    caller = key_for(business, scope)
    for route, needed in NEEDED.items():
        method, path = route.split(" ")
        address = path.format(
            contract_id=new_public_id("contract"),
            account_id="x",
            message_id="1",
            alert_id="x",
            number_id="x",
            direction_id="x",
            package_id="x",
            profile_id="x",
            open_id="x",
            endpoint_id="x",
            delivery_id="x",
            ticket_id="x",
        )
        answer = caller(method, address, {} if method in ("POST", "PUT") else None)
        assert (answer.status_code == 403) == (scope != needed), (route, scope, answer.content)


def test_read_only_people_open_nothing_that_writes() -> None:
    writing = {scope for route, scope in NEEDED.items() if not route.startswith("GET")}
    assert not writing & ROLE_SCOPES["read_only"]


def test_switching_the_own_pace_off_is_the_owners_right(
    key_for: Callable[..., Any], business: Business, phone_linked_sender: Any, call: Any
) -> None:
    path = f"/api/accounts/{phone_linked_sender.public_id}"
    refused = key_for(business, "accounts:write")("PUT", path, {"useLimits": False})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden_scope")
    assert call.get(path).json()["useLimits"] is True
    done = call("PUT", path, {"useLimits": False}).json()
    assert done["useLimits"] is False
    assert [w["code"] for w in done["warnings"]] == ["pace_switched_off"]
    assert "banned" in done["warnings"][0]["cause"]
