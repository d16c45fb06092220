"""A number that may not send: sending and health name the same code; and what registering it refuses."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.running import WABA, Reply, Running

HOUR = 3600
RIGHT, WRONG = "123456", "654321"


@pytest.fixture
def number(box: Running) -> Iterator[str]:
    """A number of this test's own, registered with a PIN."""
    record = {"waba_id": WABA, "display_phone_number": "+1 555-078-3977", "throughput": None, "pin": RIGHT}
    made = str(box.admin("POST", "/phone_numbers", record)["id"])
    yield made
    box.admin("DELETE", f"/phone_numbers/{made}")


def of_number(box: Running, number: str) -> dict[str, Any]:
    """The part of a number's health that is its own."""
    found = box.call("GET", f"/v25.0/{number}?fields=health_status").body["health_status"]
    own: dict[str, Any] = found["entities"][0]
    assert own["entity_type"] == "PHONE_NUMBER"
    assert found["can_send_message"] == own["can_send_message"]
    return own


@pytest.mark.parametrize(
    ("record", "code", "status"),
    [
        ({"status": "PENDING"}, 133010, 400),
        ({"status": "DISCONNECTED"}, 133010, 400),
        ({"status": "BANNED"}, 131031, 403),
        ({"status": "RESTRICTED"}, 131048, 400),
        ({"status": "MAINTENANCE"}, 131057, 500),
        ({"name_status": "DECLINED"}, 131037, 400),
        ({"name_status": "EXPIRED"}, 131037, 400),
    ],
)
def test_health_and_sending_name_the_same_trouble(
    box: Running, number: str, record: dict[str, str], code: int, status: int
) -> None:
    assert box.template("15551239201", phone=number).status == 200
    assert of_number(box, number)["can_send_message"] == "AVAILABLE"
    box.admin("PUT", f"/phone_numbers/{number}", record)
    refused = box.template("15551239201", phone=number)
    own = of_number(box, number)
    assert (refused.code, refused.status) == (code, status)
    assert own["can_send_message"] == "BLOCKED"
    (error,) = own["errors"]
    assert error["error_code"] == code
    assert error["error_description"] == refused.body["error"]["error_data"]["details"] != ""
    assert error["possible_solution"]
    assert [row["to"] for row in box.rows()] == ["15551239201"], "what was refused is not in the books"


def test_low_quality_limits_a_number_or_stops_it(box: Running, number: str) -> None:
    box.admin("PUT", f"/phone_numbers/{number}", {"quality": "RED"})
    assert box.template("15551239202", phone=number).status == 200
    assert of_number(box, number)["can_send_message"] == "LIMITED"
    box.admin("PATCH", "/limits", {"restrict_when_red": True})
    assert box.template("15551239202", phone=number).code == 131048
    assert of_number(box, number)["errors"][0]["error_code"] == 131048


def register(box: Running, number: str, pin: str) -> Reply:
    return box.call("POST", f"/v25.0/{number}/register", {"messaging_product": "whatsapp", "pin": pin})


@pytest.mark.parametrize(("product", "words"), [(None, "is required"), ("sms", "must be one of {WHATSAPP}")])
def test_registering_names_the_product(box: Running, number: str, product: str | None, words: str) -> None:
    body = {"pin": RIGHT} if product is None else {"pin": RIGHT, "messaging_product": product}
    refused = box.call("POST", f"/v25.0/{number}/register", body)
    assert (refused.status, refused.code) == (400, 100)
    assert words in refused.body["error"]["message"]


def test_five_wrong_pins_and_no_more_guesses(box: Running, number: str) -> None:
    assert [register(box, number, WRONG).code for _ in range(5)] == [133005] * 5
    sixth = register(box, number, WRONG)
    assert (sixth.status, sixth.code) == (400, 133008)
    box.call("POST", f"/v25.0/{number}", {"pin": WRONG})
    assert register(box, number, WRONG).body == {"success": True}, "a new PIN ends it"


def test_the_right_pin_ends_the_count_of_wrong_ones(box: Running, number: str) -> None:
    pins = [WRONG] * 4 + [RIGHT] + [WRONG] * 2
    assert [register(box, number, pin).code for pin in pins] == [133005] * 4 + [None] + [133005] * 2


def test_ten_registrations_in_three_days(box: Running, number: str) -> None:
    assert {register(box, number, RIGHT).status for _ in range(9)} == {200}
    box.admin("POST", "/clock", {"advance_seconds": 71 * HOUR})
    assert register(box, number, RIGHT).status == 200
    eleventh = register(box, number, RIGHT)
    assert (eleventh.status, eleventh.code) == (400, 133016)
    assert box.call("POST", f"/v25.0/{number}/deregister", {}).code == 133016
    box.admin("POST", "/clock", {"advance_seconds": HOUR + 1})
    assert register(box, number, RIGHT).status == 200
    assert box.template("15551239203", phone=number).status == 200


def test_a_restriction_is_told_and_refuses_what_it_forbids(box: Running, number: str) -> None:
    """Meta's kinds: no conversations are begun; then no answers either. Both end by themselves."""
    person, ends = "15551239204", int(box.admin("GET", "/clock")["now"]) + HOUR
    begin = "RESTRICTED_BIZ_INITIATED_MESSAGING"
    answer = "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"

    def restrict(**kinds: int) -> None:
        box.admin("PUT", f"/wabas/{WABA}", {"restrictions": kinds})

    def of_account() -> str:
        found = box.call("GET", f"/v25.0/{number}?fields=health_status").body["health_status"]
        (own,) = (entity for entity in found["entities"] if entity["entity_type"] == "WABA")
        return str(own["can_send_message"])

    try:
        restrict(**{begin: ends})
        assert box.template(person, phone=number).code == 368
        assert of_account() == "LIMITED"
        box.admin("POST", f"/people/{person}/text", {"text": "Hello", "phone_number_id": number})
        assert box.template(person, phone=number).status == 200, "that answers a person"
        restrict(**{begin: ends, answer: ends})
        assert box.template(person, phone=number).code == 368
        assert of_account() == "BLOCKED"
        box.admin("POST", "/clock", {"advance_seconds": HOUR + 1})
        assert box.template(person, phone=number).status == 200
        assert of_account() == "AVAILABLE"
        refused = box.call("PUT", f"/admin/wabas/{WABA}", {"restrictions": {begin: "soon"}})
        assert refused.status == 400
    finally:
        restrict()
