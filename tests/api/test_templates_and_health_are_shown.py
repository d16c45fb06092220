"""What the provider says of a number and its templates is in the API; a template that may not be used starts nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qafila.providers.management import Health, HealthEntity, NumberInfo, TemplateInfo
from qafila.senders.actions import health, templates
from qafila.senders.models import AccountHealth, Score, Sender

pytestmark = pytest.mark.django_db


def account(sender: Sender) -> str:
    return f"/api/accounts/{sender.public_id}"


def store(sender: Sender, *found: TemplateInfo) -> None:
    now = datetime.now(UTC)
    account_id = sender.provider_account_id
    assert account_id is not None
    templates.store_templates(account_id=account_id, found=found, asked_at=now, now=now)


def info(status: str, name: str = "order_update") -> TemplateInfo:
    return TemplateInfo(
        "1",
        name,
        "en",
        status,
        category="UTILITY",
        components=[{"type": "BODY", "text": "Hi"}],
        reason="TAG_CONTENT_MISMATCH" if status == "REJECTED" else "",
    )


def test_health_is_null_until_it_is_read(call: Any, sender: Sender, now: datetime) -> None:
    assert call.get(account(sender)).json()["health"] is None
    entity = HealthEntity("WABA", "1", "BLOCKED", ["141006 No payment method."])
    read = NumberInfo(
        ref=sender.ref, status="CONNECTED", quality="YELLOW", throughput="HIGH", limit_tier="TIER_2K",
        verified_name="Shop", name_status="APPROVED", health=Health("BLOCKED", [entity]),
    )  # fmt: skip
    health.record_number(sender_id=sender.pk, info=read, now=now)
    answer = call.get(account(sender)).json()
    assert answer["throughput"] == 1000
    assert answer["health"] == {
        "score": None,
        "known": False,
        "reasons": [],
        "pace": 1.0,
        "blockDetection": None,
        "quality": "YELLOW",
        "limit": "TIER_2K",
        "throughputLevel": "HIGH",
        "providerStatus": "CONNECTED",
        "verifiedName": "Shop",
        "nameStatus": "APPROVED",
        "canSend": "BLOCKED",
        "providerReasons": ["141006 No payment method."],
        "trouble": None,
        "checkedAt": "2026-06-01T12:00:00.000Z",
    }
    assert call.get("/api/accounts").json()["accounts"][0]["health"]["quality"] == "YELLOW"
    health.note_unreadable_number(sender_id=sender.pk, code="cloud_api.190", lasting=True, now=now)
    trouble = call.get(account(sender)).json()["health"]["trouble"]
    assert trouble["code"] == "cloud_api.190"
    assert "access token" in trouble["message"]


def test_the_score_stands_with_its_reasons_and_the_pace(call: Any, sender: Sender, now: datetime) -> None:
    Score.objects.create(
        sender=sender, score=30, known=True, kind="black_hole", factor=0.25, at=now,
        reasons=[{"code": "health_black_hole", "weight": 70, "params": {"count": 41, "code": "silence"}}],
    )  # fmt: skip
    found = call.get(account(sender)).json()["health"]
    assert (found["score"], found["known"], found["pace"]) == (30, True, 0.25)
    assert found["blockDetection"] == "black_hole"
    (because,) = found["reasons"]
    assert (because["code"], because["weight"]) == ("health_black_hole", 70)
    assert "41 messages that should have arrived did not" in because["message"]
    assert (found["quality"], found["checkedAt"]) == (None, None)


def test_templates_are_listed_with_what_may_be_used(call: Any, sender: Sender) -> None:
    assert call.get(f"{account(sender)}/templates").json() == {
        "templates": [],
        "syncedAt": None,
        "trouble": None,
    }
    store(sender, info("APPROVED"), info("REJECTED", "bad"))
    answer = call.get(f"{account(sender)}/templates").json()
    assert answer["syncedAt"]
    good, bad = sorted(answer["templates"], key=lambda one: one["name"], reverse=True)
    assert (good["name"], good["canSend"], good["reason"]) == ("order_update", True, None)
    assert good["components"] == [{"type": "BODY", "text": "Hi"}]
    assert (bad["canSend"], bad["reason"]["code"]) == (False, "template_rejected")


def test_a_sync_is_queued(call: Any, sender: Sender) -> None:
    store(sender)
    before = datetime.now(UTC)
    assert AccountHealth.objects.get().templates_due_at > before + timedelta(hours=1)
    for _ in range(2):
        answer = call.post(f"{account(sender)}/templates/sync")
        assert (answer.status_code, answer.json()) == (202, {"status": "queued"})
    assert AccountHealth.objects.get().templates_due_at <= datetime.now(UTC)


def test_a_number_without_templates_says_so(call: Any, phone_linked_sender: Sender) -> None:
    for answer in (
        call.get(f"{account(phone_linked_sender)}/templates"),
        call.post(f"{account(phone_linked_sender)}/templates/sync"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_templates")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("APPROVED", None),
        ("PAUSED", None),
        ("PENDING", "template_not_approved"),
        ("REJECTED", "template_rejected"),
        ("DISABLED", "template_disabled"),
    ],
)
def test_a_contract_starts_only_with_a_template_that_may_be_used(
    call: Any, sender: Sender, status: str, code: str | None
) -> None:
    store(sender, info(status))
    body = {
        "accountId": str(sender.public_id),
        "name": "News",
        "recipients": [{"phoneNumber": "201000000100", "message": "Hi"}],
        "template": {"name": "order_update", "language": "en"},
    }
    contract = call.post("/api/contracts", body).json()["id"]
    answer = call.post(f"/api/contracts/{contract}/start")
    if code is None:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, code)
        assert "order_update" in answer.json()["error"]["message"] or code == "template_not_approved"
        assert ("TAG_CONTENT_MISMATCH" in str(answer.json())) == (status == "REJECTED")
