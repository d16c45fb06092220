"""``Idempotency-Key`` (promise 26): one effect, the same answer, however often and however many at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.urls import resolve

from qafila.api import idempotency
from qafila.api.idempotency import forget_old, right_of
from qafila.api.models import IdempotencyKey
from qafila.businesses.models import Business
from qafila.campaigns import actions
from qafila.campaigns.models import Campaign
from qafila.kit.crypto import Keyring
from qafila.ledger.models import Batch
from qafila.senders.models import Sender
from tests.api.routes_of_the_api import routes

pytestmark = pytest.mark.django_db


@pytest.fixture
def body(phone_linked_sender: Sender) -> dict[str, Any]:
    return {
        "accountId": str(phone_linked_sender.public_id),
        "name": "Once",
        "recipients": [{"phoneNumber": "79991234567", "message": "a"}, {"phoneNumber": "1", "message": "b"}],
    }


def test_the_same_post_again_gets_the_same_bytes_and_has_no_effect(call: Any, body: dict[str, Any]) -> None:
    first = call.post("/api/contracts", body, Idempotency_Key="k-1")
    again = call.post("/api/contracts", body, Idempotency_Key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Campaign.objects.count() == 1
    assert call.post("/api/contracts", body, Idempotency_Key="k-2").json()["id"] != first.json()["id"]


def test_another_body_or_query_under_the_same_key_is_refused(call: Any, body: dict[str, Any]) -> None:
    made = call.post("/api/contracts", body, Idempotency_Key="k").json()["id"]
    other = call.post("/api/contracts", {**body, "name": "Other"}, Idempotency_Key="k")
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    path = f"/api/contracts/{made}/start"
    assert call.post(path, Idempotency_Key="k").status_code == 200
    assert call.post(f"{path}?confirm=true", Idempotency_Key="k").status_code == 422
    assert Campaign.objects.count() == 1


def test_a_key_is_one_key_for_each_business_and_each_address(
    call: Any, stranger: Any, body: dict[str, Any], posted: Callable[..., dict[str, Any]]
) -> None:
    call.post("/api/contracts", body, Idempotency_Key="k")
    assert stranger.post("/api/contracts", body, Idempotency_Key="k").status_code == 404
    one, two = posted(name="one")["id"], posted(rows=[{"phoneNumber": "79991234567", "message": "z"}])["id"]
    for contract in (one, two):
        answer = call.post(f"/api/contracts/{contract}/start", Idempotency_Key="start")
        assert (answer.status_code, answer.json()["id"]) == (200, contract)


def test_a_refusal_is_not_kept(call: Any, body: dict[str, Any]) -> None:
    refused = call.post("/api/contracts", {**body, "strict": True}, Idempotency_Key="k")
    assert refused.status_code == 422
    assert IdempotencyKey.objects.count() == 0
    assert call.post("/api/contracts", body, Idempotency_Key="k").status_code == 201


def test_a_fault_in_the_middle_leaves_neither_effect_nor_answer(
    call: Any, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    create = actions.create_contract

    def half(**given: Any) -> Any:
        create(**given)
        raise ZeroDivisionError

    monkeypatch.setattr(actions, "create_contract", half)
    assert call.post("/api/contracts", body, Idempotency_Key="k").status_code == 500
    assert (Campaign.objects.count(), Batch.objects.count(), IdempotencyKey.objects.count()) == (0, 0, 0)
    monkeypatch.undo()
    assert call.post("/api/contracts", body, Idempotency_Key="k").status_code == 201


def test_after_a_day_the_key_is_free_again(call: Any, body: dict[str, Any]) -> None:
    first = call.post("/api/contracts", body, Idempotency_Key="k").json()["id"]
    IdempotencyKey.objects.update(created_at=datetime.now(UTC) - timedelta(hours=24, seconds=1))
    assert call.post("/api/contracts", body, Idempotency_Key="k").json()["id"] != first
    now = datetime.now(UTC)
    assert forget_old(now=now + timedelta(hours=23)) == 0
    assert forget_old(now=now + timedelta(hours=25)) == 1


ENDPOINT = {"url": "https://example.com/hook"}


def test_a_kept_answer_holds_no_secret_in_the_clear(call: Any) -> None:
    first = call.post("/api/v1/webhook-endpoints", ENDPOINT, Idempotency_Key="k")
    assert first.status_code == 201, first.content
    secret = first.json()["secret"]
    rotated = call.post(f"/api/v1/webhook-endpoints/{first.json()['id']}/rotate-secret", Idempotency_Key="k")
    with connection.cursor() as cursor:
        cursor.execute("SELECT kept::text FROM api_idempotencykey kept")
        rows = [row for (row,) in cursor.fetchall()]
    assert len(rows) == 2
    assert not any(part in row for row in rows for part in (secret, rotated.json()["secret"], "example.com"))
    assert call.post("/api/v1/webhook-endpoints", ENDPOINT, Idempotency_Key="k").content == first.content


def test_a_key_with_lesser_rights_gets_no_answer_of_another_one(
    call: Any, key_for: Callable[..., Any], business: Business
) -> None:
    first = call.post("/api/v1/webhook-endpoints", ENDPOINT, Idempotency_Key="k")
    reader = key_for(business, "webhooks:read")
    refused = reader.post("/api/v1/webhook-endpoints", ENDPOINT, Idempotency_Key="k")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden_scope")
    assert first.json()["secret"].encode() not in refused.content
    writer = key_for(business, "webhooks:write")
    again = writer.post("/api/v1/webhook-endpoints", ENDPOINT, Idempotency_Key="k")
    assert (again.status_code, again.content) == (201, first.content)


def test_the_right_of_every_post_is_known() -> None:
    posts = [key.removeprefix("POST ") for key in routes() if key.startswith("POST ")]
    assert len(posts) > 20
    for path in posts:
        match = resolve(re.sub(r"{[^}]*}", "x1", path))
        assert right_of(match.func, "POST"), path
    assert right_of(resolve("/api/nowhere").func, "POST") is None


def test_an_answer_of_before_they_were_sealed_is_read(call: Any, body: dict[str, Any]) -> None:
    first = call.post("/api/contracts", body, Idempotency_Key="k")
    IdempotencyKey.objects.update(answer=first.content.decode())
    assert call.post("/api/contracts", body, Idempotency_Key="k").content == first.content


def test_an_answer_whose_key_is_gone_is_said_to_be_lost(
    call: Any, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    call.post("/api/contracts", body, Idempotency_Key="k")
    other = Keyring.from_secrets("7vGm-TT0bq_LrX58ewKcZ1nUyJ6dPaHf")
    monkeypatch.setattr(idempotency, "keyring", lambda: other)
    lost = call.post("/api/contracts", body, Idempotency_Key="k")
    assert (lost.status_code, lost.json()["error"]["code"]) == (409, "idempotency_answer_lost")
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "é", "a\tb"])
def test_a_key_must_be_visible_characters(call: Any, body: dict[str, Any], key: str) -> None:
    answer = call.post("/api/contracts", body, Idempotency_Key=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "idempotency_key_invalid")


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_have_one_effect(call: Any, body: dict[str, Any]) -> None:
    def post(_: int) -> tuple[int, bytes]:
        try:
            answer = type(call)(call.key).post("/api/contracts", body, Idempotency_Key="at once")
            return answer.status_code, answer.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(post, range(100)))
    statuses = Counter(status for status, _ in answers)
    assert set(statuses) <= {201, 409}
    assert statuses[201] >= 1
    assert len({content for status, content in answers if status == 201}) == 1
    assert (Campaign.objects.count(), Batch.objects.count(), IdempotencyKey.objects.count()) == (1, 1, 1)
    assert all(b"idempotency_in_progress" in content for status, content in answers if status == 409)
