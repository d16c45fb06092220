"""The user's calls for numbers (requirements §4): their paths, their JSON, with a key and literally without one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from qafila.businesses.models import Business, LegacyId
from qafila.campaigns.models import Campaign
from qafila.ledger.models import BatchSender, Window
from qafila.providers.management import NumberInfo
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db
PATH = "/api/whatsapp-numbers"
THEIRS = ["id", "phone_number", "label", "is_default", "is_active", "created_at"]


@pytest.fixture
def mine(business: Business) -> str:
    return str(business.public_id)


def _added(call: Any, mine: str, phone: str, **more: Any) -> dict[str, Any]:
    answer = call.post(PATH, {"userAccountId": mine, "phone_number": phone, **more})
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_numbers_in_the_users_shape(call: Any, mine: str) -> None:
    first = _added(call, mine, "+12345678901".replace("2345678901", "2025550123"), label="Sales")
    assert list(first)[:6] == THEIRS
    assert (first["label"], first["is_default"], first["is_active"]) == ("Sales", True, True)
    assert uuid.UUID(first["id"])
    assert datetime.fromisoformat(first["created_at"]).tzinfo == UTC
    second = _added(call, mine, "+201000000002", is_default=True)
    listed = call.get(f"{PATH}?userAccountId={mine}").json()
    assert list(listed) == ["numbers"]
    assert [(n["id"], n["is_default"], n["label"]) for n in listed["numbers"]] == [
        (second["id"], True, "+201000000002"),
        (first["id"], False, "Sales"),
    ]


def test_the_account_must_be_named(call: Any, business: Business) -> None:
    assert _code(call.get(PATH)) == (400, "user_account_required")
    assert _code(call.get(f"{PATH}?userAccountId=")) == (400, "user_account_required")
    assert _code(call.post(PATH, {"phone_number": "+201000000001"})) == (400, "user_account_required")
    for odd in (uuid.uuid4(), "x", "%00", "é" * 300):
        assert _code(call.get(f"{PATH}?userAccountId={odd}")) == (404, "not_found")
    LegacyId.objects.create(
        source="old",
        table="user_accounts",
        legacy_id="17",
        business=business,
        public_id="",
        copied_at=datetime.now(UTC),
    )
    assert call.get(f"{PATH}?userAccountId=17").json() == {"numbers": []}


def test_a_number_is_changed(call: Any, mine: str) -> None:
    first, second = _added(call, mine, "+201000000001"), _added(call, mine, "+201000000002")
    changed = call("PUT", f"{PATH}/{second['id']}", {"label": "New", "is_default": True}).json()
    assert (changed["label"], changed["is_default"]) == ("New", True)
    assert [n["is_default"] for n in call.get(f"{PATH}?userAccountId={mine}").json()["numbers"]] == [
        True,
        False,
    ]
    assert _code(call("PUT", f"{PATH}/{second['id']}", {"is_default": False})) == (409, "default_needed")
    assert (
        call("PUT", f"{PATH}/{first['id']}", {"is_default": False, "is_active": False}).json()["is_active"]
        is False
    )
    assert _code(call("PUT", f"{PATH}/{first['id']}", {"label": " "})) == (422, "name_missing")
    assert _code(call("PUT", f"{PATH}/{first['id']}", {"phone_number": "+1"})) == (422, "unknown_field")


def test_off_and_on_again_lifts_no_pause_and_no_rest(
    call: Any, key_for: Callable[..., Any], business: Business, phone_linked_sender: Sender
) -> None:
    keeper = key_for(business, "numbers:write")
    number = str(phone_linked_sender.public_id)
    call.post(f"/api/accounts/{number}/pause")
    for on in (False, True):
        assert keeper("PUT", f"{PATH}/{number}", {"is_active": on}).json()["is_active"] is on
    assert call.get(f"/api/accounts/{number}").json()["status"] == "paused"
    until = datetime.now(UTC) + timedelta(hours=9)
    rests = {"state": "resting", "paused_by": "", "state_reason": "", "rest_until": until}
    Sender.objects.filter(pk=phone_linked_sender.pk).update(**rests)
    for on in (False, True):
        keeper("PUT", f"{PATH}/{number}", {"is_active": on})
    phone_linked_sender.refresh_from_db()
    assert (phone_linked_sender.state, phone_linked_sender.rest_until) == ("resting", until)


def test_what_is_no_number_or_there_already_is_refused(call: Any, mine: str) -> None:
    _added(call, mine, "+201000000001")
    for phone, code in (
        ("+201000000001", (409, "sender_phone_taken")),
        ("201000000009", (422, "number_not_international")),
        ("+1", (422, "phone.too_short")),
    ):
        assert _code(call.post(PATH, {"userAccountId": mine, "phone_number": phone})) == code


def test_a_number_goes_only_when_no_direction_uses_it(call: Any, mine: str) -> None:
    made = _added(call, mine, "+201000000001")
    line = call.post("/api/directions", {"name": "Implants", "whatsapp_phone_number_id": made["id"]}).json()
    refused = call("DELETE", f"{PATH}/{made['id']}")
    assert _code(refused) == (409, "number_used_by_directions")
    assert "Implants" in refused.json()["error"]["message"]
    assert call("PUT", f"/api/directions/{line['id']}", {"whatsapp_phone_number_id": None}).status_code == 200
    assert call("DELETE", f"{PATH}/{made['id']}").json() == {"id": made["id"], "deleted": True}
    assert call.get(f"{PATH}?userAccountId={mine}").json() == {"numbers": []}


def test_old_clients_do_it_all_without_a_key(
    nobody: Any, business: Business, mine: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(settings.ENV, "legacy_keyless_from", ["10.1.0.0/16"])
    monkeypatch.setattr(settings.ENV, "legacy_business", str(business.public_id))
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["qafila.example"])

    def ask(method: str, path: str, body: Any = None) -> Any:
        import json

        return nobody.client.generic(
            method,
            path,
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Host": "qafila.example"},
            REMOTE_ADDR="10.1.2.3",
        )

    made = ask(
        "POST",
        PATH,
        {"userAccountId": mine, "phone_number": "+201000000001", "label": "A", "is_default": True},
    )
    assert made.status_code == 201, made.content
    number = made.json()["id"]
    assert ask("GET", f"{PATH}?userAccountId={mine}").json()["numbers"][0]["id"] == number
    assert ask("PUT", f"{PATH}/{number}", {"label": "B"}).json()["label"] == "B"
    line = ask("POST", "/api/directions", {"name": "Implants", "whatsapp_phone_number_id": number}).json()
    assert ask("GET", "/api/directions").json()["directions"][0]["whatsapp_phone_number"] == "+201000000001"
    assert ask("PUT", f"/api/directions/{line['id']}", {"whatsapp_phone_number_id": None}).status_code == 200
    assert ask("DELETE", f"{PATH}/{number}").status_code == 200
    assert ask("POST", "/api/accounts", {"name": "x", "phoneNumber": "+201000000003"}).status_code == 403


def test_history_and_statistics_are_this_numbers_alone(
    call: Any, posted: Any, phone_linked_sender: Sender, sender: Sender, business: Business
) -> None:
    path = f"{PATH}/{phone_linked_sender.public_id}"
    ids = [posted(3, name=name)["id"] for name in ("A", "B", "C")]
    batches = {c.public_id: c.batch_id for c in Campaign.objects.filter(public_id__in=ids)}
    pk = phone_linked_sender.pk
    BatchSender.objects.create(batch_id=batches[ids[0]], sender_id=pk, sent=1, delivered=2, read=4, failed=3)
    BatchSender.objects.create(batch_id=batches[ids[0]], sender_id=sender.pk, sent=100)
    BatchSender.objects.create(batch_id=batches[ids[1]], sender_id=pk, uncertain=5)
    found = call.get(f"{path}/history").json()
    assert [one["name"] for one in found["campaigns"]] == ["C", "B", "A"]
    last = found["campaigns"][2]
    assert (last["sent"], last["delivered"], last["read"], last["failed"]) == (7, 6, 4, 3)
    page = call.get(f"{path}/history?limit=2").json()
    rest = call.get(f"{path}/history?limit=2&after={page['nextAfter']}").json()
    assert [one["name"] for one in page["campaigns"] + rest["campaigns"]] == ["C", "B", "A"]
    assert _code(call.get(f"{path}/history?after=%00")) == (422, "invalid_cursor")
    stats = call.get(f"{path}/stats").json()
    assert {name: stats[name] for name in ("campaigns", "sent", "delivered", "read", "failed", "open", "replied")} == {
        "campaigns": 3, "sent": 7, "delivered": 6, "read": 4, "failed": 3, "open": 5, "replied": 0,
    }  # fmt: skip
    assert call.get(f"{PATH}/{sender.public_id}/history").json()["campaigns"][0]["sent"] == 100


def test_people_who_wrote_back_are_counted(
    call: Any, posted: Any, become: Any, phone_linked_sender: Sender, business: Business
) -> None:
    from django.db import connection

    from qafila.ledger.states import State

    contract, at = posted(3)["id"], datetime.now(UTC)
    become(contract, [1, 2], State.DELIVERED, sender_id=phone_linked_sender.pk, claimed_at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact_id FROM ledger_message WHERE row_number IN (1, 3) ORDER BY row_number")
        answered, never_got_one = (row[0] for row in cursor.fetchall())
    for contact in (answered, never_got_one):
        Window.objects.create(
            sender_id=phone_linked_sender.pk,
            contact_id=contact,
            business_id=business.pk,
            last_inbound_at=datetime.now(UTC),
        )
    assert call.get(f"{PATH}/{phone_linked_sender.public_id}/stats").json()["replied"] == 1


class TestTheProviderIsAsked:
    @pytest.fixture
    def listed(self, monkeypatch: Any) -> list[Any]:
        """What the provider account of the tests says that it has; an exception is raised instead."""
        from qafila.senders import validating

        said: list[Any] = []

        def numbers(account: Any) -> list[NumberInfo]:
            if said and isinstance(said[0], Exception):
                raise said[0]
            return said

        monkeypatch.setattr(validating, "_numbers", numbers)
        return said

    def _validate(self, call: Any, mine: str) -> Any:
        made = _added(call, mine, "+201000000031")
        return call.post(f"{PATH}/{made['id']}/validate").json()

    def test_without_any_account_nobody_can_be_asked(self, call: Any, mine: str) -> None:
        assert self._validate(call, mine)["validation"] == "unknown"

    @pytest.mark.parametrize(
        ("status", "verification", "validation"),
        [
            ("CONNECTED", "EXPIRED", "verified"),
            ("PENDING", "VERIFIED", "verified"),
            ("PENDING", "NOT_VERIFIED", "unverified"),
        ],
    )
    def test_one_that_an_account_has(
        self,
        call: Any,
        mine: str,
        sender: Sender,
        listed: Any,
        status: str,
        verification: str,
        validation: str,
    ) -> None:
        listed.append(
            NumberInfo(
                ref="2", display_phone="+20 100 000 0031", verified_name="Caravan", status=status,
                code_verification=verification,
            )
        )  # fmt: skip
        said = self._validate(call, mine)
        assert (said["validation"], said["verified_name"], said["phone_number_id"]) == (
            validation,
            "Caravan",
            "2",
        )
        assert uuid.UUID(said["provider_account_id"])

    def test_one_that_none_has_and_one_that_nobody_tells_of(
        self, call: Any, mine: str, sender: Sender, listed: Any
    ) -> None:
        from qafila.providers.interface import Failure, ProviderError

        assert self._validate(call, mine)["validation"] == "not_ours"
        listed.append(ProviderError(Failure.ACCOUNT, "190", "token"))
        number = call.get(f"{PATH}?userAccountId={mine}").json()["numbers"][-1]["id"]
        said = call.post(f"{PATH}/{number}/validate").json()
        assert said["validation"] == "unknown"
        assert "token" in said["message"]
