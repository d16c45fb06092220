"""What clients read: the number, its health, lists and templates."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox.pywa_client import PORTFOLIO
from tests.sandbox.running import PHONE, WABA, Reply, Running

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


def test_edges_are_asked_for_as_fields(shared: Running) -> None:
    number = shared.call("GET", f"/v25.0/{PHONE}?fields=verified_name").body
    asked = "name,phone_numbers.limit(5){verified_name},message_templates{name,status}"
    waba = shared.call("GET", f"/v25.0/{WABA}?fields={asked}").body
    assert set(waba) == {"id", "name", "phone_numbers", "message_templates"}
    assert number in waba["phone_numbers"]["data"]
    assert set(waba["message_templates"]["data"][0]) == {"id", "name", "status"}
    cursor = waba["message_templates"]["paging"]["cursors"]["after"]
    assert shared.call("GET", f"/v25.0/{WABA}/message_templates?after={cursor}").status == 200
    deep = "owned_whatsapp_business_accounts{name,phone_numbers{verified_name}}"
    portfolio = shared.call("GET", f"/v25.0/100100100100100?fields={deep}").body
    (account,) = portfolio["owned_whatsapp_business_accounts"]["data"]
    assert (account["name"], account["id"], number in account["phone_numbers"]["data"]) == (
        waba["name"],
        WABA,
        True,
    )
    assert "phone_numbers" not in shared.call("GET", f"/v25.0/{WABA}").body


def test_lists_are_paged(shared: Running) -> None:
    seen, path = [], f"/v25.0/{WABA}/phone_numbers?limit=2&fields=id"
    while path:
        body = shared.call("GET", path).body
        seen += [row["id"] for row in body["data"]]
        path = body["paging"].get("next", "").removeprefix(shared.url)
    assert len(seen) == len(set(seen)) == 4


@pytest.fixture
def five(box: Running) -> Iterator[list[str]]:
    """The ids of five templates of this test's own."""
    record = {"waba_id": WABA, "language": "en", "components": [{"type": "BODY", "text": "Hello"}]}
    made = [str(box.admin("POST", "/templates", {**record, "name": f"paged_{n}"})["id"]) for n in range(5)]
    yield made
    for template in made:
        box.call("DELETE", f"/admin/templates/{template}")


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_row_that_goes_between_pages_takes_no_other_with_it(
    box: Running, five: list[str], gone: int
) -> None:
    path = f"/v25.0/{WABA}/message_templates?name=paged_&limit=2&fields=id"
    first = box.call("GET", path).body
    assert [row["id"] for row in first["data"]] == five[:2]
    box.admin("DELETE", f"/templates/{five[gone]}")
    second = box.call("GET", first["paging"]["next"].removeprefix(box.url)).body
    assert [row["id"] for row in second["data"]] == [one for one in five[2:] if one != five[gone]][:2]
    back = box.call("GET", second["paging"]["previous"].removeprefix(box.url)).body
    assert [row["id"] for row in back["data"]] == [one for one in five[:2] if one != five[gone]]


@pytest.mark.parametrize("cursor", ["x", "cm93OjU=", "cm93Onh4OjE=", "cm93Og=="])
def test_a_cursor_that_is_none_is_refused(box: Running, cursor: str) -> None:
    refused = box.call("GET", f"/v25.0/{WABA}/message_templates?after={cursor}")
    assert (refused.status, refused.code) == (400, 100)


IDS = [PHONE, *(f"20654035224292{n}" for n in range(1, 4))]


@pytest.fixture
def unlike(box: Running) -> Iterator[Running]:
    """The four numbers, of which two are tried out, and one has another name."""
    for number, record in ((IDS[1], {"account_mode": "SANDBOX"}), (IDS[2], {"account_mode": "SANDBOX"})):
        box.admin("PUT", f"/phone_numbers/{number}", record)
    box.admin("PUT", f"/phone_numbers/{IDS[2]}", {"verified_name": "A shop"})
    yield box
    box.fresh()


def listed(box: Running, **query: str) -> Reply:
    return box.call("GET", f"/v25.0/{WABA}/phone_numbers?{urlencode({'fields': 'id', **query})}")


def where(field: Any, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([where("account_mode", "EQUAL", "SANDBOX")], [1, 2]),
        ([where("account_mode", "EQUAL", "LIVE")], [0, 3]),
        ([where("account_mode", "IN", ["LIVE", "SANDBOX"])], [0, 1, 2, 3]),
        ([where("account_mode", "EQUAL", "SANDBOX"), where("verified_name", "EQUAL", "A shop")], [2]),
        ([where("is_pin_enabled", "EQUAL", False)], [0, 1, 2, 3]),
        ([where("id", "IN", [IDS[3], IDS[0]])], [0, 3]),
        ([where("username", "EQUAL", "nobody")], []),
    ],
)
def test_numbers_are_filtered(unlike: Running, filters: list[dict[str, Any]], expected: list[int]) -> None:
    ids = [IDS[n] for n in expected]
    assert [row["id"] for row in listed(unlike, filtering=json.dumps(filters)).body["data"]] == ids
    quoted = str(filters)  # with single quotes, as in some of Meta's examples
    if "False" not in quoted:
        assert [row["id"] for row in listed(unlike, filtering=quoted).body["data"]] == ids


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("['last_onboarded_time_ascending']", [0, 1, 2, 3]),
        ("id_descending", [3, 2, 1, 0]),
        ('["verified_name_ascending"]', [2, 0, 1, 3]),
        ('["account_mode_descending","id_descending"]', [2, 1, 3, 0]),
    ],
)
def test_numbers_are_sorted(unlike: Running, sort: str, expected: list[int]) -> None:
    assert [row["id"] for row in listed(unlike, sort=sort).body["data"]] == [IDS[n] for n in expected]


def test_what_is_filtered_and_sorted_is_paged(unlike: Running) -> None:
    filters = json.dumps([where("account_mode", "EQUAL", "SANDBOX")])
    first = listed(unlike, filtering=filters, sort="id_descending", limit="1").body
    second = unlike.call("GET", first["paging"]["next"].removeprefix(unlike.url)).body
    assert [row["id"] for row in (*first["data"], *second["data"])] == [IDS[2], IDS[1]]
    assert "next" not in second["paging"]


@pytest.mark.parametrize(
    "query",
    [
        {"filtering": "{"},
        {"filtering": '{"field":"id"}'},
        {"filtering": json.dumps([where("colour", "EQUAL", "red")])},
        {"filtering": json.dumps([where("throughput", "EQUAL", "STANDARD")])},
        {"filtering": json.dumps([where("id", "CONTAIN", "1")])},
        {"filtering": json.dumps([where("id", "IN", "1")])},
        {"filtering": json.dumps([where("id", "EQUAL", ["1"])])},
        {"filtering": '[{"field":"id","operator":"EQUAL"}]'},
        {"filtering": json.dumps([where(["id"], "EQUAL", "1")])},
        {"sort": "colour_ascending"},
        {"sort": "id"},
        {"sort": "['id_ascending'"},
    ],
)
def test_filters_and_orders_that_are_none_are_refused(shared: Running, query: dict[str, str]) -> None:
    refused = listed(shared, **query)
    assert (refused.status, refused.code) == (400, 100), refused.body


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
