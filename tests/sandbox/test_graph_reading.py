"""What clients read: the number, its health, lists and templates."""

from tests.sandbox.running import PHONE, WABA, Running


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
