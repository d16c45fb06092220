"""`/api/provider-accounts`: which kinds there are and what each needs, and adding a number on one."""

from __future__ import annotations

from typing import Any

import pytest

from qafila.providers import registry
from qafila.senders.models import ProviderAccount, Sender

pytestmark = pytest.mark.django_db

WAHA = {
    "kind": "waha",
    "name": "Shop",
    "phoneNumber": "+201000000042",
    "fields": {"base_url": "https://waha.example.com", "api_key": "canary-key", "session": "default"},
}


def test_every_kind_says_what_it_needs(call: Any) -> None:
    kinds = {one["kind"]: one for one in call.get("/api/provider-accounts/kinds").json()["kinds"]}
    assert set(kinds) == {kind for kind, one in registry.KINDS.items() if one.fields}
    assert [field["name"] for field in kinds["waha"]["fields"]] == [
        field.name for field in registry.KINDS["waha"].fields
    ]
    assert (kinds["waha"]["linksPhone"], kinds["cloud_api"]["official"]) == (True, True)


def test_a_number_on_a_gateway_waits_for_its_phone(call: Any) -> None:
    answer = call.post("/api/provider-accounts", WAHA)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert "canary" not in answer.content.decode()
    assert made["linksPhone"] is True
    assert made["webhookUrl"].endswith(f"/webhooks/{made['id']}")
    account = call.get(f"/api/accounts/{made['accountId']}").json()
    assert (account["status"], account["statusReason"]) == ("stopped", "phone_not_linked")


def test_a_number_that_is_there_gets_its_provider(call: Any) -> None:
    number = call.post("/api/accounts", {"name": "Later", "phoneNumber": "+201000000043"}).json()
    given = {**WAHA, "accountId": number["id"]}
    del given["phoneNumber"]
    answer = call.post("/api/provider-accounts", given)
    assert answer.status_code == 201, answer.content
    assert answer.json()["accountId"] == number["id"]
    assert call.post("/api/provider-accounts", given).status_code == 409
    assert Sender.objects.count() == 1
    assert ProviderAccount.objects.count() == 1, "what is refused leaves nothing behind"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"fields": {"base_url": "https://x.example.com"}}, 422, "field_required"),
        ({"fields": {**WAHA["fields"], "colour": "red"}}, 422, "unknown_field"),
        ({"fields": {**WAHA["fields"], "base_url": "http://169.254.169.254"}}, 422, "private_network"),
        ({"kind": "pigeon"}, 422, "provider_kind_unknown"),
        ({"phoneNumber": "12"}, 422, None),
        ({"phoneNumber": None}, 422, None),
        ({"accountId": "00000000-0000-0000-0000-000000000001"}, 422, "invalid_value"),
        ({"colour": "red"}, 422, None),
    ],
)
def test_what_cannot_be_used_is_refused(
    call: Any, changes: dict[str, Any], status: int, code: str | None
) -> None:
    answer = call.post("/api/provider-accounts", {**WAHA, **changes})
    assert answer.status_code == status, answer.content
    if code:
        assert answer.json()["error"]["code"] == code
    assert not ProviderAccount.objects.exists()
