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
