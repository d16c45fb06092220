"""The user's calls for directions (requirements §4), and the number that serves each with its explanation."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db
PATH = "/api/directions"


def _made(call: Any, name: str, number: Any = None, **more: Any) -> dict[str, Any]:
    given = {"name": name, "whatsapp_phone_number_id": number, **more}
    answer = call.post(PATH, given)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def test_directions_in_the_users_shape(call: Any, sender: Sender, phone_linked_sender: Sender) -> None:
    own = _made(call, "Implants", str(phone_linked_sender.public_id), colour="#1F8A70")
    assert list(own)[:4] == ["id", "name", "whatsapp_phone_number_id", "whatsapp_phone_number"]
    _made(call, "Braces")
    listed = call.get(PATH).json()
    assert list(listed) == ["directions"]
    braces, implants = listed["directions"]
    assert implants == own
    assert own["whatsapp_phone_number"] == phone_linked_sender.phone
    assert (braces["whatsapp_phone_number_id"], braces["whatsapp_phone_number"]) == (None, None)
    assert braces["resolved"] == {
        "whatsapp_phone_number_id": str(sender.public_id),
        "whatsapp_phone_number": sender.phone,
        "source": "default",
        "explanation": [
            "The direction Braces has no number of its own.",
            f"The default number is Main ({sender.phone}).",
            f"{sender.phone} is used.",
        ],
    }


def test_it_switches_by_itself_and_back(call: Any, sender: Sender, phone_linked_sender: Sender) -> None:
    number = str(phone_linked_sender.public_id)
    line = _made(call, "Implants", number)
    assert line["resolved"]["whatsapp_phone_number_id"] == number
    call.post(f"/api/accounts/{number}/pause")
    now = call.get(f"{PATH}/{line['id']}/resolve").json()
    assert now["resolved"]["whatsapp_phone_number"] == sender.phone
    assert any("is paused" in step for step in now["resolved"]["explanation"])
    assert now["resolved_for_ads"]["whatsapp_phone_number_id"] == number
    call("PUT", f"/api/whatsapp-numbers/{number}", {"is_active": False})
    off = call.get(f"{PATH}/{line['id']}/resolve").json()
    assert off["resolved_for_ads"]["whatsapp_phone_number"] == sender.phone
    call.post(f"/api/accounts/{number}/resume")
    assert call.get(f"{PATH}/{line['id']}/resolve").json()["resolved"]["source"] == "direction"


def test_another_number_stands_in_before_the_default(
    call: Any, sender: Sender, phone_linked_sender: Sender, mine: str
) -> None:
    from django.db import connection

    spare = call.post(
        "/api/whatsapp-numbers", {"userAccountId": mine, "phone_number": "+201000000055", "label": "Spare"}
    ).json()
    other, field = str(phone_linked_sender.public_id), "fallback_whatsapp_phone_number_id"
    line = _made(call, "Implants", other, **{field: spare["id"]})
    assert (line[field], line["fallback_whatsapp_phone_number"]) == (spare["id"], "+201000000055")
    Sender.objects.filter(public_id=spare["id"]).update(
        provider_account=sender.provider_account, ref="3", state="ready"
    )
    call.post(f"/api/accounts/{other}/pause")
    path = f"{PATH}/{line['id']}"
    now = call.get(f"{path}/resolve").json()["resolved"]
    assert (now["whatsapp_phone_number_id"], now["source"]) == (spare["id"], "fallback")
    assert any("Spare" in step and "stands in" in step for step in now["explanation"])

    # What the user's clients send says nothing of it, and changes nothing of it.
    assert call("PUT", path, {"whatsapp_phone_number_id": None}).json()[field] == spare["id"]
    kept = call("DELETE", f"/api/whatsapp-numbers/{spare['id']}")
    assert kept.json()["error"]["code"] == "number_used_by_directions"
    foreign = call("PUT", path, {field: str(uuid.uuid4())})
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (404, "not_found")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM senders_sender WHERE public_id = %s", [spare["id"]])
    assert call.get(PATH).json()["directions"][0][field] is None
    assert call("PUT", path, {field: other}).json()[field] == other
    assert call("PUT", path, {field: None}).json()[field] is None


def test_it_is_changed_and_deleted(call: Any, sender: Sender) -> None:
    line = _made(call, "Implants", str(sender.public_id))
    path = f"{PATH}/{line['id']}"
    kept = call("PUT", path, {"name": "Teeth"}).json()
    assert (kept["name"], kept["whatsapp_phone_number_id"]) == ("Teeth", str(sender.public_id))
    assert call("PUT", path, {"whatsapp_phone_number_id": None}).json()["whatsapp_phone_number_id"] is None
    for body, refusal in (
        ({"name": " "}, (422, "name_missing")),
        ({"colour": "red"}, (422, "colour_invalid")),
        ({"whatsapp_phone_number_id": str(uuid.uuid4())}, (404, "not_found")),
        ({"whatsapp_phone_number": "+1"}, (422, "unknown_field")),
    ):
        answer = call("PUT", path, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == refusal
    assert call.post(PATH, {"name": "teeth"}).json()["error"]["code"] == "direction_name_taken"
    assert call("DELETE", path).json() == {"id": line["id"], "deleted": True}
    assert call.get(PATH).json() == {"directions": []}


def test_a_number_that_went_is_shown_with_what_serves_instead(call: Any, sender: Sender, mine: str) -> None:
    from django.db import connection

    other = call.post(
        "/api/whatsapp-numbers", {"userAccountId": mine, "phone_number": "+201000000055"}
    ).json()
    line = _made(call, "Implants", other["id"])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM senders_sender WHERE public_id = %s", [other["id"]])
    (seen,) = call.get(PATH).json()["directions"]
    assert (seen["id"], seen["whatsapp_phone_number_id"], seen["whatsapp_phone_number"]) == (
        line["id"],
        None,
        None,
    )
    assert seen["gone_phone_number"] == "+201000000055"
    assert seen["resolved"]["whatsapp_phone_number"] == sender.phone


def test_the_explanation_is_in_the_readers_language(call: Any, sender: Sender) -> None:
    line = _made(call, "Implants")
    said = call.get(f"{PATH}/{line['id']}/resolve", Accept_Language="ru").json()["resolved"]["explanation"]
    assert len(said) == 3


@pytest.fixture
def mine(business: Any) -> str:
    return str(business.public_id)


def _contract(call: Any, **fields: Any) -> Any:
    rows = [{"phoneNumber": "79991234567", "message": "hi"}]
    return call.post("/api/contracts", {"name": "March", "recipients": rows, **fields})


def test_a_contract_for_a_direction_keeps_number_and_reasons(
    call: Any, sender: Sender, phone_linked_sender: Sender
) -> None:
    number = str(phone_linked_sender.public_id)
    line = _made(call, "Implants", number)
    call.post(f"/api/accounts/{number}/pause")
    made = _contract(call, directionId=line["id"])
    assert made.status_code == 201, made.content
    call.post(f"/api/accounts/{number}/resume")
    seen = call.get(f"/api/contracts/{made.json()['id']}").json()
    assert (seen["accountId"], seen["directionId"]) == (str(sender.public_id), line["id"])
    assert made.json()["explanation"] == seen["explanation"]
    assert any("is paused" in step for step in seen["explanation"])
    (used,) = call.get(f"/api/whatsapp-numbers/{sender.public_id}/history").json()["campaigns"]
    assert used["explanation"] == seen["explanation"]
    assert _contract(call, directionId=line["id"], name="Next").json()["explanation"][-1].startswith("+")
    assert call("DELETE", f"{PATH}/{line['id']}").status_code == 200
    assert call.get(f"/api/contracts/{made.json()['id']}").json()["explanation"] == seen["explanation"]


def _begun(call: Any, made: Any) -> dict[str, Any]:
    answer = call.post(f"/api/contracts/{made.json()['id']}/start")
    assert answer.status_code == 200, answer.content
    started: dict[str, Any] = answer.json()
    return started


def test_a_contract_that_never_began_does_not_wait_for_a_number_that_was_lost(
    call: Any, sender: Sender, phone_linked_sender: Sender
) -> None:
    from qafila.campaigns.models import Campaign
    from qafila.dispatch.addressing import put_first
    from qafila.ledger.models import Message

    lost, other = str(sender.public_id), str(phone_linked_sender.public_id)
    call("PUT", f"/api/whatsapp-numbers/{other}", {"is_default": True})
    line = _made(call, "Implants", lost)
    made = _contract(call, directionId=line["id"])
    assert call.get(f"/api/contracts/{made.json()['id']}").json()["accountId"] == lost
    # Somebody puts a message first: it names the number that is lost then.
    messages = Message.objects.filter(batch_id=Campaign.objects.get(public_id=made.json()["id"]).batch_id)
    first = list(messages.values_list("pk", flat=True)[:1])
    assert put_first(business_id=sender.business_id, message_ids=first) == 1
    Sender.objects.filter(pk=sender.pk).update(state="stopped", state_reason="cloud_api.131031")
    started = _begun(call, made)
    assert (started["status"], started["accountId"]) == ("IN_PROGRESS", other)
    assert any("cannot send" in step for step in started["explanation"])
    assert started["explanation"][-1].startswith(phone_linked_sender.phone)
    assert call.get(f"/api/contracts/{made.json()['id']}").json()["explanation"] == started["explanation"]
    batch = Campaign.objects.get(public_id=made.json()["id"]).batch
    assert (batch.target_kind, batch.target_id) == (1, phone_linked_sender.pk)
    assert not messages.exclude(sender_id=0, pinned_to=0).exists(), (
        "a lane of the new number would never see it"
    )

    # Once it has begun it stays where it is, whatever happens to its number.
    Sender.objects.filter(pk=sender.pk).update(state="ready", state_reason="")
    call.post(f"/api/contracts/{started['id']}/pause")
    call.post(f"/api/accounts/{other}/pause")
    assert _begun(call, made)["accountId"] == other


def test_a_contract_goes_back_to_its_directions_number_where_that_is_back_before_the_start(
    call: Any, sender: Sender, phone_linked_sender: Sender
) -> None:
    own, other = str(sender.public_id), str(phone_linked_sender.public_id)
    call("PUT", f"/api/whatsapp-numbers/{own}", {"is_default": True})
    line = _made(call, "Implants", other)
    call.post(f"/api/accounts/{other}/pause")
    made = _contract(call, directionId=line["id"])
    call.post(f"/api/accounts/{other}/resume")
    assert _begun(call, made)["accountId"] == other


def test_a_contract_stays_where_the_others_could_not_send_what_was_written(
    call: Any, sender: Sender, phone_linked_sender: Sender
) -> None:
    """Free text of a linked phone would reach next to nobody over an official number; a template needs one that has it."""
    own = str(phone_linked_sender.public_id)
    line = _made(call, "Implants", own)
    made = _contract(call, directionId=line["id"])
    call.post(f"/api/accounts/{own}/pause")
    assert _begun(call, made)["accountId"] == own

    braces = _made(call, "Braces", str(sender.public_id))
    call("PUT", f"/api/whatsapp-numbers/{own}", {"is_default": True})
    call.post(f"/api/accounts/{own}/resume")
    template = {"name": "offer", "language": "en"}
    made = _contract(call, directionId=braces["id"], name="April", template=template)
    assert made.status_code == 201, made.content
    call.post(f"/api/accounts/{sender.public_id}/pause")
    assert _begun(call, made)["accountId"] == str(sender.public_id)


def test_what_an_owner_gave_to_another_number_stays_there(
    call: Any, sender: Sender, phone_linked_sender: Sender
) -> None:
    line = _made(call, "Implants", str(sender.public_id))
    made = _contract(call, directionId=line["id"])
    other = str(phone_linked_sender.public_id)
    assert call("PUT", f"/api/contracts/{made.json()['id']}", {"accountId": other}).status_code == 200
    assert _begun(call, made)["accountId"] == other


def test_a_contract_without_a_number_is_not_made(call: Any, sender: Sender) -> None:
    from qafila.campaigns.models import Campaign

    line = _made(call, "Implants")
    call.post(f"/api/accounts/{sender.public_id}/pause")
    refused = _contract(call, directionId=line["id"])
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "direction_has_no_number")
    assert "is paused" in refused.json()["error"]["cause"]
    both = _contract(call, directionId=line["id"], accountId=str(sender.public_id))
    assert (both.status_code, both.json()["error"]["code"]) == (422, "one_target_only")
    nobody = _contract(call, directionId=str(uuid.uuid4()))
    assert (nobody.status_code, nobody.json()["error"]["code"]) == (404, "direction_not_found")
    assert not Campaign.objects.exists()


def test_an_open_message_for_a_direction_goes_over_the_number_that_serves(
    call: Any, sender: Sender, phone_linked_sender: Sender
) -> None:
    line = _made(call, "Implants", str(phone_linked_sender.public_id))
    body = {"message_type": "text", "content": "Hello", "recipients": ["+79991234567"]}
    opened = call.post(f"{PATH}/{line['id']}/messages/open", body)
    assert opened.status_code == 201, opened.content
    made = opened.json()
    assert (made["total_recipients"], made["direction_id"]) == (1, line["id"])
    seen = call.get(f"/api/v1/messages/open/{made['id']}").json()
    assert seen["account_id"] == str(phone_linked_sender.public_id)
    assert seen["explanation"] == made["explanation"] != []
    for one in (sender, phone_linked_sender):
        call.post(f"/api/accounts/{one.public_id}/pause")
    refused = call.post(f"{PATH}/{line['id']}/messages/open", body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "direction_has_no_number")
