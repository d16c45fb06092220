"""A number's true state, and how a person brings it back: pause, resume, a new token. All of it is audited."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from qafila.businesses.models import AuditEntry
from qafila.senders.actions import rest_sender, stop_account, stop_sender
from qafila.senders.models import AccountState, ProviderAccount, Sender, SenderState
from qafila.senders.queries import credentials
from qafila.senders.secrets import open_

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(phone_linked_sender: Sender) -> str:
    return f"/api/accounts/{phone_linked_sender.public_id}"


@pytest.fixture
def provider(phone_linked_sender: Sender) -> ProviderAccount:
    account = phone_linked_sender.provider_account
    assert account is not None
    return account


def test_a_number_of_a_stopped_account_is_shown_as_stopped(
    call: Any, path: str, phone_linked_sender: Sender, provider: ProviderAccount, now: datetime
) -> None:
    assert stop_account(account_id=provider.pk, reason="cloud_api.190", now=now)
    phone_linked_sender.refresh_from_db()
    assert phone_linked_sender.state == SenderState.READY
    (listed,) = call.get("/api/accounts").json()["accounts"]
    seen = call.get(path).json()
    for said in (listed, seen):
        assert (said["status"], said["statusReason"]) == ("stopped", "cloud_api.190")
        assert said["stoppedByProviderAccount"] is True
        assert "token" in said["statusCause"]
        assert said["statusStep"]


def test_resume_brings_back_the_number_and_its_stopped_account(
    call: Any, path: str, phone_linked_sender: Sender, provider: ProviderAccount, now: datetime
) -> None:
    stop_account(account_id=provider.pk, reason="cloud_api.190", now=now)
    stop_sender(sender_id=phone_linked_sender.pk, reason="cloud_api.133010", now=now)
    assert call.get(path).json()["statusReason"] == "cloud_api.133010"
    back = call.post(f"{path}/resume").json()
    assert (back["status"], back["statusReason"], back["stoppedByProviderAccount"]) == ("ready", None, False)
    provider.refresh_from_db()
    assert provider.state == AccountState.OK
    done = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"provider_account.resumed", "sender.resumed"} <= done
    count = AuditEntry.objects.count()
    assert call.post(f"{path}/resume").status_code == 200
    assert AuditEntry.objects.count() == count


def test_pause_holds_a_number_until_it_is_resumed(call: Any, path: str, now: datetime) -> None:
    assert call.post(f"{path}/pause").json()["status"] == "paused"
    assert call.post(f"{path}/pause").json()["status"] == "paused"
    assert AuditEntry.objects.filter(action="sender.paused").count() == 1
    sender = Sender.objects.get()
    assert not rest_sender(sender_id=sender.pk, until=now + timedelta(hours=1), reason="x", now=now)
    assert call.post(f"{path}/resume").json()["status"] == "ready"


def test_a_number_without_a_provider_cannot_be_resumed(call: Any) -> None:
    made = call.post("/api/accounts", {"name": "Later", "phoneNumber": "+201000000057"}).json()
    for answer in (
        call.post(f"/api/accounts/{made['id']}/resume"),
        call("PUT", f"/api/accounts/{made['id']}/provider", {"token": "x"}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "account_not_connected")


def test_a_new_token_goes_in_and_never_comes_out(
    call: Any, path: str, phone_linked_sender: Sender, provider: ProviderAccount
) -> None:
    version = provider.version
    answer = call("PUT", f"{path}/provider", {"token": "canary-new", "appSecret": "canary-secret"})
    assert answer.status_code == 200, answer.content
    assert "canary" not in answer.content.decode() + call.get(path).content.decode()
    assert credentials(phone_linked_sender.pk)[1].token == "canary-new"
    provider.refresh_from_db()
    assert provider.version == version + 1
    entry = AuditEntry.objects.get(action="provider_account.secrets_changed")
    assert entry.detail["changed"] == ["token", "app_secret"]
    assert "canary" not in str(entry.detail)
    call("PUT", f"{path}/provider", {"appSecret": "canary-third", "endFormerAppSecret": True})
    provider.refresh_from_db()
    assert open_(provider).app_secrets == ["canary-third"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "field_required"),
        ({"token": ""}, "empty"),
        ({"token": 5}, "wrong_type"),
        ({"baseUrl": "ftp://x"}, "base_url_invalid"),
        ({"ref": "other"}, "unknown_field"),
        ({"state": "ok"}, "unknown_field"),
    ],
)
def test_what_is_no_new_access(call: Any, path: str, body: dict[str, Any], code: str) -> None:
    answer = call("PUT", f"{path}/provider", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


def test_each_given_field_of_an_account_changes_and_no_other(
    call: Any, path: str, phone_linked_sender: Sender
) -> None:
    before = call.get(path).json()
    changes = {
        "name": "New <b>name</b>",
        "phoneNumberId": "77",
        "inUseSince": "2024-05-01T00:00:00Z",
        "throughput": 7,
    }
    after = call("PUT", path, changes).json()
    assert {key: after[key] for key in changes} == {**changes, "inUseSince": "2024-05-01T00:00:00.000Z"}
    same = set(before) - set(changes) - {"statusMessage"}
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    entry = AuditEntry.objects.get(action="sender.changed")
    assert entry.detail["throughput"] == [None, 7]
    assert call("PUT", path, {"throughput": None}).json()["throughput"] is None
    assert call("PUT", path, {"throughput": None}).status_code == 200
    assert AuditEntry.objects.filter(action="sender.changed").count() == 2


@pytest.mark.parametrize("since", ["2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_a_number_is_not_older_than_whatsapp_nor_of_the_future(call: Any, path: str, since: str) -> None:
    answer = call("PUT", path, {"inUseSince": since, "name": "x"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "inUseSince")
    assert call.get(path).json()["name"] != "x"


def test_one_refused_change_undoes_the_others(key_for: Any, business: Any, path: str, call: Any) -> None:
    answer = key_for(business, "accounts:write")("PUT", path, {"name": "changed", "useLimits": False})
    assert answer.status_code == 403
    assert call.get(path).json()["name"] != "changed"
