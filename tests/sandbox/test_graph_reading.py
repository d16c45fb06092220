"""What clients read: the number, its health, lists and templates."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox.pywa_client import PORTFOLIO
from tests.sandbox.running import PHONE, WABA, Running

APP = "500100200300400"
NAME = "Sandbox Trading"


def test_the_phone_number(shared: Running) -> None:
    body = shared.call("GET", f"/v25.0/{PHONE}").body
    assert body["id"] == PHONE
    assert body["display_phone_number"] == "+1 555-078-3881"
    assert body["quality_rating"] == "GREEN"
    fields = "whatsapp_business_manager_messaging_limit,throughput,health_status"
    body = shared.call("GET", f"/v25.0/{PHONE}?fields={fields}").body
    assert body["whatsapp_business_manager_messaging_limit"] == "TIER_100K"
    assert body["health_status"]["can_send_message"] == "AVAILABLE"
    assert set(body) == {*fields.split(","), "id"}


def test_an_unknown_field(shared: Running) -> None:
    assert shared.call("GET", f"/v25.0/{PHONE}?fields=colour_of_the_door").body == {"id": PHONE}
    reply = shared.call("GET", f"/v25.0/{PHONE}?fields=[colour]")
    assert (reply.status, reply.code) == (400, 100)
    assert "nonexisting field" in reply.body["error"]["message"]


def test_health_is_the_worst_of_its_parts(shared: Running) -> None:
    shared.admin("PUT", f"/phone_numbers/{PHONE}", {"quality": "RED"})
    limited = shared.call("GET", f"/v25.0/{PHONE}?fields=health_status").body["health_status"]
    shared.admin("PUT", f"/wabas/{WABA}", {"state": "locked"})
    blocked = shared.call("GET", f"/v25.0/{PHONE}?fields=health_status").body["health_status"]
    shared.admin("PUT", f"/wabas/{WABA}", {"state": "ok"})
    shared.admin("PUT", f"/phone_numbers/{PHONE}", {"quality": None})
    assert (limited["can_send_message"], blocked["can_send_message"]) == ("LIMITED", "BLOCKED")
    assert limited["entities"][0]["additional_info"]
    assert blocked["entities"][1]["errors"][0]["error_code"] == 131031


NODES = {
    "phone": (PHONE, ["PHONE_NUMBER", "WABA", "BUSINESS", "APP"]),
    "account": (WABA, ["WABA", "BUSINESS", "APP"]),
    "template": ("900100000000001", ["MESSAGE_TEMPLATE", "WABA", "BUSINESS", "APP"]),
    "business": (PORTFOLIO, ["BUSINESS", "APP"]),
    "app": (APP, ["APP"]),
}


@pytest.mark.parametrize("name", NODES)
def test_every_node_has_its_health(box: Running, name: str) -> None:
    node, entities = NODES[name]
    path = f"/v25.0/{node}?fields=health_status"
    assert set(box.call("GET", path).body) == {"health_status", "id"}
    well = box.call("GET", path).body["health_status"]
    assert well["can_send_message"] == "AVAILABLE"
    assert [part["entity_type"] for part in well["entities"]] == entities
    box.admin("PUT", f"/wabas/{WABA}", {"state": "locked"})
    locked = box.call("GET", path).body["health_status"]
    assert locked["can_send_message"] == ("BLOCKED" if "WABA" in entities else "AVAILABLE")
    assert "health_status" not in box.call("GET", f"/v25.0/{node}").body


@pytest.mark.parametrize(("status", "code"), [("PAUSED", 132015), ("DISABLED", 132016), ("PENDING", 132001)])
def test_the_health_of_a_template_says_why(box: Running, status: str, code: int) -> None:
    made = box.admin(
        "POST",
        "/templates",
        {
            "waba_id": WABA,
            "name": f"ill_{status.lower()}",
            "language": "en",
            "status": status,
            "components": [{"type": "BODY", "text": "Hello"}],
        },
    )
    health = box.call("GET", f"/v25.0/{made['id']}?fields=health_status").body["health_status"]
    box.admin("DELETE", f"/templates/{made['id']}")
    assert health["can_send_message"] == "BLOCKED"
    assert health["entities"][0]["errors"][0]["error_code"] == code


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            "id,owner_business_info{id,name}",
            {"id": WABA, "owner_business_info": {"id": PORTFOLIO, "name": NAME}},
        ),
        ("owner_business_info{name}", {"id": WABA, "owner_business_info": {"name": NAME}}),
        (
            "owner_business_info{ name , colour }, currency",
            {"owner_business_info": {"name": NAME}, "currency": "USD"},
        ),
        ("owner_business_info", {"owner_business_info": {"id": PORTFOLIO, "name": NAME}}),
        ("currency.limit(1,2){a},timezone_id", {"currency": "USD", "timezone_id": "1"}),
        (
            "health_status{entities{id}}",
            {"health_status": {"entities": [{"id": WABA}, {"id": PORTFOLIO}, {"id": APP}]}},
        ),
    ],
)
def test_keys_of_a_field_are_chosen_in_braces(shared: Running, fields: str, expected: dict[str, Any]) -> None:
    query = urlencode({"fields": fields})
    assert shared.call("GET", f"/v25.0/{WABA}?{query}").body == {"id": WABA, **expected}


@pytest.mark.parametrize("fields", ["owner_business_info{id", "id}", "owner_business_info{id)"])
def test_braces_that_do_not_match_are_refused(shared: Running, fields: str) -> None:
    reply = shared.call("GET", f"/v25.0/{WABA}?{urlencode({'fields': fields})}")
    assert (reply.status, reply.code) == (400, 2500)


@pytest.mark.parametrize("limit", ["²", "٣", "-1", "0", "1.5", "x", ""])
def test_a_limit_that_is_no_number_is_refused(shared: Running, limit: str) -> None:
    reply = shared.call("GET", f"/v25.0/{WABA}/phone_numbers?{urlencode({'limit': limit})}")
    assert (reply.status, reply.code) == (400, 100)


@pytest.mark.parametrize(("limit", "rows"), [("002", 2), ("9" * 5000, 4)])
def test_a_limit_that_is_a_number_holds(shared: Running, limit: str, rows: int) -> None:
    assert len(shared.call("GET", f"/v25.0/{WABA}/phone_numbers?limit={limit}").body["data"]) == rows


def test_lists_are_paged(shared: Running) -> None:
    seen, path = [], f"/v25.0/{WABA}/phone_numbers?limit=2&fields=id"
    while path:
        body = shared.call("GET", path).body
        seen += [row["id"] for row in body["data"]]
        path = body["paging"].get("next", "").removeprefix(shared.url)
    assert len(seen) == len(set(seen)) == 4


def test_templates_are_found_by_name_language_and_status(shared: Running) -> None:
    base = f"/v25.0/{WABA}/message_templates?summary=total_count,message_template_limit"
    body = shared.call("GET", base + "&name=qafila_message&language=he&status=APPROVED").body
    assert [(row["name"], row["language"]) for row in body["data"]] == [("qafila_message", "he")]
    assert body["summary"]["total_count"] == 1
    assert body["summary"]["message_template_limit"] >= 250
    assert shared.call("GET", base + "&name=qafila_message&status=REJECTED").body["data"] == []
    one = shared.call("GET", f"/v25.0/{body['data'][0]['id']}").body
    assert one["components"][0]["text"] == "{{1}}"


def test_the_business_profile_has_what_is_asked(shared: Running) -> None:
    body = shared.call("GET", f"/v25.0/{PHONE}/whatsapp_business_profile?fields=about,vertical").body
    assert set(body["data"][0]) == {"about", "vertical", "messaging_product"}
