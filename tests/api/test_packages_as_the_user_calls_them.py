"""Packages, profiles and open messages: the user's calls, literally, and what is said when nothing can be sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qafila.alerts.models import Alert
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.campaigns.actions.open_messages import MOST_WITHOUT_CONTRACTS
from qafila.campaigns.models import Campaign
from qafila.dispatch import losses
from qafila.dispatch import packages as engine
from qafila.dispatch.consequences import stop_sender
from qafila.events.jobs import run_due
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import BatchState, State
from qafila.senders.actions import create_sender
from qafila.senders.models import Package, Sender, SenderState

pytestmark = pytest.mark.django_db
OPEN = {"message_type": "text", "content": "…", "recipients": ["+201012345678"]}


@pytest.fixture
def made(call: Any) -> str:
    answer = call.post("/api/v1/packages", {"name": "Clinics"})
    assert answer.status_code == 201, answer.content
    package: str = answer.json()["id"]
    return package


@pytest.fixture
def filled(call: Any, made: str, phone_linked_sender: Sender) -> str:
    answer = call.post(
        f"/api/v1/packages/{made}/profiles", {"profile_id": str(phone_linked_sender.public_id)}
    )
    assert answer.status_code == 201, answer.content
    return made


def test_a_package_says_that_auto_pause_is_off(call: Any, made: str) -> None:
    seen = call.get(f"/api/v1/packages/{made}").json()
    assert seen["auto_pause_on_failures"] is False
    assert (seen["id"], seen["name"], seen["status"]) == (made, "Clinics", "nothing_active")
    assert seen["warning"] is None
    assert call.get("/api/v1/packages").json() == {"packages": [seen]}
    on = call("PATCH", f"/api/v1/packages/{made}", {"auto_pause_on_failures": True}).json()
    assert on["auto_pause_on_failures"] is True
    assert "not recommended for production" in on["warning"]
    off = call(
        "PUT", f"/api/v1/packages/{made}", {"auto_pause_on_failures": False, "name": "Pharmacies"}
    ).json()
    assert (off["auto_pause_on_failures"], off["name"], off["warning"]) == (False, "Pharmacies", None)


def test_profiles_are_added_weighed_paused_resumed_and_removed(
    call: Any, filled: str, phone_linked_sender: Sender
) -> None:
    number = str(phone_linked_sender.public_id)
    path = f"/api/v1/packages/{filled}/profiles"
    [profile] = call.get(path).json()["profiles"]
    assert (profile["id"], profile["status"], profile["pause_reason"]) == (number, "active", None)
    assert call("PUT", f"{path}/{number}", {"weight": 5}).json()["weight"] == 5
    paused = call.post(f"{path}/{number}/pause").json()
    assert (paused["status"], paused["pause_code"], paused["paused_by"]) == (
        "paused",
        "paused_by_person",
        "person",
    )
    assert paused["pause_reason"] == "A person has paused the number."
    assert call.get(f"/api/v1/packages/{filled}").json()["status"] == "nothing_active"
    assert call.post(f"{path}/{number}/resume").json()["status"] == "active"
    assert call.post(f"/api/v1/packages/{filled}/pause", {"reason": "night"}).json()["changed"] == 1
    assert call.post(f"/api/v1/packages/{filled}/resume").json()["changed"] == 1
    twice = call.post(path, {"profile_id": number})
    assert (twice.status_code, twice.json()["error"]["code"]) == (409, "package_member_exists")
    assert call("DELETE", f"{path}/{number}").json() == {"id": number, "removed": True}
    assert call.get(path).json() == {"profiles": []}
    assert call("DELETE", f"{path}/{number}").status_code == 404


def test_the_users_call_is_answered_as_written(call: Any, filled: str) -> None:
    answer = call.post(f"/api/v1/packages/{filled}/messages/open", OPEN)
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert (said["status"], said["total_recipients"]) == ("queued", 1)
    assert said["id"].startswith("open_")
    campaign = Campaign.objects.select_related("batch").get(public_id=said["id"])
    assert BatchState(campaign.batch.state) is BatchState.FLOWING
    seen = call.get(f"/api/v1/messages/open/{said['id']}").json()
    assert (seen["status"], seen["waiting"], seen["package_id"], seen["account_id"]) == (
        "queued",
        1,
        filled,
        None,
    )
    assert [(r["phone_number"], r["status"]) for r in seen["recipients"]] == [("+201012345678", "queued")]
    listed = call.get(f"/api/v1/messages/open?package_id={filled}").json()["messages"]
    assert [one["id"] for one in listed] == [said["id"]]


@pytest.mark.parametrize("how", ["empty", "paused", "stopped"])
def test_nothing_active_is_refused_in_the_users_words(
    how: str, call: Any, made: str, phone_linked_sender: Sender
) -> None:
    if how != "empty":
        call.post(f"/api/v1/packages/{made}/profiles", {"profile_id": str(phone_linked_sender.public_id)})
        Sender.objects.filter(pk=phone_linked_sender.pk).update(state=how, state_reason="x", paused_by="auto")
    answer = call.post(f"/api/v1/packages/{made}/messages/open", OPEN)
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert (error["code"], error["message"]) == (
        "no_active_profiles",
        "No active profiles available in this package",
    )
    assert error["step"]
    assert not Batch.objects.exists()


def test_what_only_rests_is_waited_for_with_an_alert_that_ends_by_itself(
    call: Any, filled: str, phone_linked_sender: Sender
) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    Sender.objects.filter(pk=phone_linked_sender.pk).update(state=SenderState.RESTING, rest_until=until)
    assert call.get(f"/api/v1/packages/{filled}").json()["status"] == "resting"
    said = call.post(f"/api/v1/packages/{filled}/messages/open", OPEN).json()
    assert (said["status"], said["waits"]) == ("queued", True)
    alert = Alert.objects.get(code="package_waiting")
    assert (alert.subject_kind, alert.subject_id, alert.closed_at) == ("package", filled, None)
    seen = call.get(f"/api/v1/messages/open/{said['id']}").json()
    assert seen["why_waiting"]["code"] == "package_resting"
    engine.tend(now=datetime.now(UTC))
    alert.refresh_from_db()
    assert alert.closed_at is None
    Sender.objects.filter(pk=phone_linked_sender.pk).update(state=SenderState.READY, rest_until=None)
    engine.tend(now=datetime.now(UTC))
    alert.refresh_from_db()
    assert alert.closed_at is not None


def test_after_two_losses_the_next_message_is_accepted_held_and_goes_on_when_a_person_says_so(
    call: Any, filled: str, phone_linked_sender: Sender, owner_actor: Actor
) -> None:
    """One call a message is how the package is used: the third number must not get the text that burnt two."""
    path = f"/api/v1/packages/{filled}"
    for n in range(2):
        burnt = create_sender(
            business=owner_actor.business,
            name=f"Phone {n}",
            phone=f"+20100000001{n}",
            provider_account=phone_linked_sender.provider_account,
            ref=f"burnt-{n}",
            actor=owner_actor,
            now=datetime.now(UTC),
        )
        call.post(f"{path}/profiles", {"profile_id": str(burnt.public_id)})
        stop_sender(business_id=burnt.business_id, sender_id=burnt.pk, code="banned", now=datetime.now(UTC))
    run_due(now=datetime.now(UTC))

    def hear() -> str:
        run_due(now=datetime.now(UTC))
        return str(Alert.objects.filter(code="package_losses", closed_at=None).count())

    first, second = (call.post(f"{path}/messages/open", OPEN).json() for _ in range(2))
    for said in (first, second):
        assert (said["status"], said["total_recipients"], said["waits"]) == ("queued", 1, False)
        assert said["hold_reason"]["code"] == "package_losses"
        assert [w["code"] for w in said["warnings"]] == ["package_on_hold"]
        assert "Clinics" in said["warnings"][0]["message"]
        seen = call.get(f"/api/v1/messages/open/{said['id']}").json()
        assert (seen["status"], seen["hold_reason"]["code"]) == ("held", "package_losses")
    assert set(Batch.objects.values_list("state", flat=True)) == {BatchState.PAUSED}
    assert hear() == "1"
    reason = call.get(path).json()["hold_reason"]["message"]
    assert reason.startswith("2 campaigns of the package Clinics are on hold. 2 of its numbers were banned")
    assert call.get("/api/v1/packages").json()["packages"][0]["hold_reason"]["code"] == "package_losses"
    answer = call.post(f"/api/v1/messages/open/{first['id']}/resume").json()
    assert (answer["status"], answer["changed"]) == ("queued", True)
    assert hear() == "0"
    assert call.get(f"/api/v1/messages/open/{second['id']}").json()["status"] == "queued"
    third = call.post(f"{path}/messages/open", OPEN).json()
    assert (third["hold_reason"], third["warnings"]) == (None, [])
    assert call.get(path).json()["hold_reason"] is None
    assert set(Batch.objects.values_list("state", flat=True)) == {BatchState.FLOWING}


def test_bad_and_repeated_recipients_are_counted_and_told(call: Any, filled: str) -> None:
    body = {**OPEN, "content": "Hello", "recipients": ["+201012345678", "12", "+201012345678", 7]}
    said = call.post(f"/api/v1/packages/{filled}/messages/open", body).json()
    assert (said["total_recipients"], said["accepted"]) == (4, 1)
    assert [(r["row"], r["code"]) for r in said["rejected"]][1:] == [(3, "duplicate"), (4, "wrong_type")]
    assert Message.objects.filter(state=State.SKIPPED).count() == 3


def test_other_types_of_message(call: Any, filled: str) -> None:
    path = f"/api/v1/packages/{filled}/messages/open"
    image = {"link": "https://example.com/a.jpg", "caption": "Look"}
    said = call.post(path, {**OPEN, "message_type": "image", "content": image})
    assert said.status_code == 201, said.content
    batch = Batch.objects.get()
    assert batch.content == {"kind": "image", "link": "https://example.com/a.jpg"}
    assert Message.objects.get().body == "Look"
    for kind, content, code in (
        ("fax", "x", "invalid_value"),
        ("text", "", "empty"),
        ("text", {"text": 5}, "wrong_type"),
        ("image", "x", "wrong_type"),
        ("buttons", {"text": "x"}, "open_content_malformed"),
        ("template", {"name": "t"}, "default_template_invalid"),
        ("text", "a\x00b", "nul_byte"),
    ):
        answer = call.post(path, {**OPEN, "message_type": kind, "content": content})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code), answer.content
    nobody = call.post(path, {**OPEN, "recipients": []})
    assert nobody.json()["error"]["code"] == "empty"


def test_free_text_on_official_numbers_goes_in_the_default_template_or_says_who_is_out_of_reach(
    call: Any, made: str, sender: Sender
) -> None:
    number = str(sender.public_id)
    call.post(f"/api/v1/packages/{made}/profiles", {"profile_id": number})
    said = call.post(f"/api/v1/packages/{made}/messages/open", OPEN).json()
    assert said["closed_windows"] == 1
    assert [w["code"] for w in said["warnings"]] == ["windows_closed"]
    call("PUT", f"/api/accounts/{number}", {"defaultTemplate": {"name": "notice", "language": "en"}})
    said = call.post(f"/api/v1/packages/{made}/messages/open", OPEN).json()
    assert (said["closed_windows"], said["warnings"]) == (0, [])
    assert Batch.objects.latest("pk").content["name"] == "notice"


def test_an_open_message_goes_to_one_account_too(call: Any, phone_linked_sender: Sender) -> None:
    said = call.post(f"/api/accounts/{phone_linked_sender.public_id}/messages/open", OPEN).json()
    seen = call.get(f"/api/v1/messages/open/{said['id']}").json()
    assert (seen["account_id"], seen["package_id"]) == (str(phone_linked_sender.public_id), None)
    assert call.post(f"/api/v1/messages/open/{said['id']}/cancel").json()["status"] == "cancelled"
    assert call.post(f"/api/v1/messages/open/{said['id']}/resume").json()["changed"] is False
    assert call.get("/api/contracts").json()["contracts"] == []


def test_the_same_call_with_its_key_is_one_message(call: Any, filled: str) -> None:
    path = f"/api/v1/packages/{filled}/messages/open"
    first, again = (call.post(path, OPEN, Idempotency_Key="k1") for _ in range(2))
    assert first.json() == again.json()
    assert Campaign.objects.count() == 1


def test_somebody_elses_number_is_not_added(stranger: Any, made: str, phone_linked_sender: Sender) -> None:
    theirs = stranger.post("/api/v1/packages", {"name": "Own"}).json()["id"]
    answer = stranger.post(
        f"/api/v1/packages/{theirs}/profiles", {"profile_id": str(phone_linked_sender.public_id)}
    )
    assert answer.status_code == 404


def test_old_clients_without_a_key(
    nobody: Any, filled: str, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.ENV, "legacy_keyless_from", ["10.1.0.0/16"])
    monkeypatch.setattr(settings.ENV, "legacy_business", str(business.public_id))
    nobody.client.defaults |= {"REMOTE_ADDR": "10.1.2.3", "HTTP_HOST": "localhost"}
    assert nobody.get(f"/api/v1/packages/{filled}").json()["auto_pause_on_failures"] is False
    assert nobody.get(f"/api/v1/packages/{filled}/profiles").json()["profiles"][0]["status"] == "active"
    said = nobody.post(f"/api/v1/packages/{filled}/messages/open", OPEN)
    assert (said.status_code, said.json()["status"]) == (201, "queued")
    assert nobody("DELETE", f"/api/v1/packages/{filled}").status_code == 403


def test_old_clients_are_answered_in_the_words_they_compare(
    nobody: Any, call: Any, made: str, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    business.language = "ar"
    business.save(update_fields=["language"])
    monkeypatch.setattr(settings.ENV, "legacy_keyless_from", ["10.1.0.0/16"])
    monkeypatch.setattr(settings.ENV, "legacy_business", str(business.public_id))
    nobody.client.defaults |= {"REMOTE_ADDR": "10.1.2.3", "HTTP_HOST": "localhost"}
    path = f"/api/v1/packages/{made}/messages/open"
    theirs = "No active profiles available in this package"
    assert nobody.post(path, OPEN).json()["error"]["message"] == theirs
    assert nobody.post(path, OPEN, Accept_Language="*").json()["error"]["message"] == theirs
    arabic = nobody.post(path, OPEN, Accept_Language="ar").json()["error"]["message"]
    assert arabic != theirs
    assert call.post(path, OPEN).json()["error"]["message"] == arabic, "with a key: the business's language"


def test_many_people_at_once_need_the_right_for_contracts(
    key_for: Callable[..., Any], business: Business, filled: str, phone_linked_sender: Sender
) -> None:
    few = [f"+2010{n:08d}" for n in range(MOST_WITHOUT_CONTRACTS)]
    many = {**OPEN, "recipients": [*few, "+201099999999"]}
    agent = key_for(business, "messages:write", "messages:read")
    for path in (
        f"/api/v1/packages/{filled}/messages/open",
        f"/api/accounts/{phone_linked_sender.public_id}/messages/open",
    ):
        refused = agent.post(path, many)
        error = refused.json()["error"]
        assert (refused.status_code, error["code"], error["field"]) == (
            403,
            "contracts_right_needed",
            "recipients",
        )
        assert "50" in error["message"]
        assert "contracts:write" in error["cause"]
        assert not Batch.objects.exists()
    path = f"/api/v1/packages/{filled}/messages/open"
    assert agent.post(path, {**OPEN, "recipients": few}).status_code == 201
    both = key_for(business, "messages:write", "contracts:write")
    large = both.post(path, many)
    assert large.status_code == 201, large.content
    held = large.json()["id"]
    Batch.objects.filter(pk=Campaign.objects.get(public_id=held).batch_id).update(state=BatchState.PAUSED)
    refused = agent.post(f"/api/v1/messages/open/{held}/resume")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "contracts_right_needed")
    assert both.post(f"/api/v1/messages/open/{held}/resume").json()["changed"] is True


def test_a_list_of_packages_asks_once_however_many_they_are(call: Any, filled: str) -> None:
    with CaptureQueriesContext(connection) as one:
        call.get("/api/v1/packages")
    for n in range(5):
        call.post("/api/v1/packages", {"name": f"Further {n}"})
    with CaptureQueriesContext(connection) as six:
        listed = call.get("/api/v1/packages").json()["packages"]
    assert [(p["total_profiles"], p["active_profiles"], p["status"]) for p in listed] == [
        (1, 1, "active"),
        *[(0, 0, "nothing_active")] * 5,
    ]
    assert len(six) == len(one)


def test_a_rest_behind_a_pause_is_not_shown_as_one(
    call: Any, filled: str, phone_linked_sender: Sender
) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    Sender.objects.filter(pk=phone_linked_sender.pk).update(state=SenderState.RESTING, rest_until=until)
    number = str(phone_linked_sender.public_id)
    path = f"/api/v1/packages/{filled}/profiles/{number}"
    paused = call.post(f"{path}/pause").json()
    assert (paused["state"], paused["rest_until"]) == ("paused", None)
    assert call.get(f"/api/accounts/{number}").json()["restUntil"] is None
    resumed = call.post(f"{path}/resume").json()
    assert resumed["state"] == "resting"
    assert resumed["rest_until"] == call.get(f"/api/accounts/{number}").json()["restUntil"] is not None


def test_a_package_with_unfinished_campaigns_is_not_deleted(call: Any, filled: str) -> None:
    said = call.post(f"/api/v1/packages/{filled}/messages/open", OPEN).json()
    refused = call("DELETE", f"/api/v1/packages/{filled}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "package_in_use")
    call.post(f"/api/v1/messages/open/{said['id']}/cancel")
    assert call("DELETE", f"/api/v1/packages/{filled}").json() == {"id": filled, "deleted": True}
    assert call.get(f"/api/v1/packages/{filled}").status_code == 404
    assert call.get(f"/api/v1/messages/open/{said['id']}").json()["package_id"] == filled


def test_a_contract_goes_to_a_package_and_moves_only_by_its_owners_word(
    call: Any, key_for: Callable[..., Any], business: Any, filled: str, phone_linked_sender: Sender
) -> None:
    number = str(phone_linked_sender.public_id)
    body = {"name": "x", "recipients": [{"phoneNumber": "79991234567", "message": "x"}]}
    both = call.post("/api/contracts", {**body, "accountId": number, "packageId": filled})
    assert (both.status_code, both.json()["error"]["code"]) == (422, "one_target_only")
    none = call.post("/api/contracts", body)
    assert (none.status_code, none.json()["error"]["code"]) == (422, "field_required")
    contract = call.post("/api/contracts", {**body, "packageId": filled}).json()["id"]
    seen = call.get(f"/api/contracts/{contract}").json()
    assert (seen["accountId"], seen["packageId"]) == (None, filled)
    assert [c["id"] for c in call.get(f"/api/contracts?packageId={filled}").json()["contracts"]] == [contract]
    path = f"/api/contracts/{contract}"
    refused = key_for(business, "contracts:write")("PUT", path, {"accountId": number})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden_scope")
    moved = call("PUT", path, {"accountId": number}).json()
    assert (moved["accountId"], moved["packageId"], moved["status"]) == (number, None, "PENDING")
    moved = call("PUT", path, {"packageId": filled}).json()
    assert (moved["accountId"], moved["packageId"]) == (None, filled)
    assert call.post(f"{path}/start").json()["status"] == "IN_PROGRESS"
    call.post(f"{path}/pause")
    call.post(f"/api/v1/packages/{filled}/profiles/{number}/pause")
    nobody_left = call.post(f"{path}/start")
    assert (nobody_left.status_code, nobody_left.json()["error"]["code"]) == (409, "no_active_profiles")


def test_a_start_that_is_repeated_lets_nothing_go_on_that_is_held(call: Any, filled: str) -> None:
    """Requirements: start again is 200 without effect. A program that repeats it after a time-out has decided nothing."""
    rows = [{"phoneNumber": "79991234567", "message": "x"}]
    contract = call.post("/api/contracts", {"name": "x", "recipients": rows, "packageId": filled}).json()[
        "id"
    ]
    losses.hold(Package.objects.get(public_id=filled), lost=2, reason="phone_banned", at=datetime.now(UTC))
    path = f"/api/contracts/{contract}"
    for _ in range(3):
        answer = call.post(f"{path}/start")
        assert (answer.status_code, answer.json()["status"]) == (200, "PAUSED")
        (said,) = answer.json()["warnings"]
        assert said["code"] == "package_on_hold"
        assert said["step"]
        assert call.get(path).json()["holdReason"]["code"] == "package_losses"
    let_go = call.post(f"{path}/resume")
    assert (let_go.status_code, let_go.json()["status"], let_go.json()["warnings"]) == (
        200,
        "IN_PROGRESS",
        [],
    )
    assert call.post(f"{path}/resume").json()["status"] == "IN_PROGRESS"
    assert call.post(f"{path}/start").json()["status"] == "IN_PROGRESS"


def test_a_file_goes_to_a_package(call: Any, filled: str) -> None:
    csv = b"phone,message\n79991234567,hello\n"
    made = call("POST", f"/api/contracts/upload?packageId={filled}&name=x", raw=csv, content_type="text/csv")
    assert made.status_code == 201, made.content
    assert call.get(f"/api/contracts/{made.json()['id']}").json()["packageId"] == filled
