"""Interactive messages, places, contacts, reactions, contexts: what is refused and with which code."""

from typing import Any

import pytest

from tests.sandbox.running import Running
from wa_sandbox.graph.errors import CODES

TO = "15555550001"
BUTTON = {"type": "reply", "reply": {"id": "a", "title": "A"}}
ROW = {"id": "r", "title": "R"}


def interactive(kind: str, action: Any, **more: Any) -> dict[str, Any]:
    return {
        "to": TO,
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": "b"}, "action": action} | more,
    }


def parameters(name: str, **values: Any) -> dict[str, Any]:
    return {"name": name, "parameters": values}


def reply(title: str = "A", reply_id: str = "a") -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": reply_id, "title": title}}


ITEMS = {"product_items": [{"product_retailer_id": "2"}]}


def products(*sections: dict[str, Any]) -> dict[str, Any]:
    header = {"type": "text", "text": "h"}
    return interactive("product_list", {"catalog_id": "1", "sections": list(sections)}, header=header)


def rows(count: int) -> list[dict[str, str]]:
    return [{"id": str(n), "title": str(n)} for n in range(count)]


FLOW = {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Go"}
GOOD = [
    interactive("button", {"buttons": [BUTTON]}, header={"type": "text", "text": "h"}, footer={"text": "f"}),
    interactive(
        "button", {"buttons": [BUTTON]}, header={"type": "image", "image": {"link": "https://example.com/a"}}
    ),
    interactive("list", {"button": "m", "sections": [{"rows": [ROW]}]}),
    interactive("list", {"button": "m", "sections": [{"rows": [ROW]}]}, body={"text": "b" * 4096}),
    interactive("cta_url", parameters("cta_url", display_text="o", url="https://example.com")),
    interactive("flow", parameters("flow", **FLOW)),
    interactive("product", {"catalog_id": "1", "product_retailer_id": "2"}),
    products(ITEMS),
    products({"title": "x" * 24, **ITEMS}, {"title": "Two", **ITEMS}),
    interactive("catalog_message", {"name": "catalog_message"}),
    interactive("location_request_message", {"name": "send_location"}),
    interactive("address_message", parameters("address_message", country="IN")),
    interactive("order_details", parameters("review_and_pay", reference_id="r")),
    {"to": TO, "type": "location", "location": {"latitude": "1.5", "longitude": -180}},
    {"to": TO, "type": "contacts", "contacts": [{"name": {"formatted_name": "A B", "first_name": "A"}}]},
    {"to": TO, "type": "text", "text": {"body": "x"}, "context": {"message_id": "wamid.x"}},
    {"to": TO, "type": "text", "text": {"body": "x", "preview_url": True}, "recipient_type": "individual"},
]
BAD: list[tuple[dict[str, Any], int, str]] = [
    (
        interactive("button", {"buttons": [reply(str(n), str(n)) for n in range(4)]}),
        131009,
        "Max allowed buttons: 3",
    ),
    (interactive("button", {"buttons": [reply("x" * 21)]}), 131009, "title length"),
    (interactive("button", {"buttons": [reply(), reply()]}), 131009, "Duplicated"),
    (interactive("button", {"buttons": []}), 100, "buttons"),
    (interactive("button", {"buttons": [BUTTON]}, body=None), 131008, "body is required"),
    (interactive("button", {"buttons": [BUTTON]}, body={"text": "b" * 1025}), 100, "1024"),
    (interactive("button", {"buttons": [BUTTON]}, footer={"text": "f" * 61}), 100, "60"),
    (interactive("button", {"buttons": [BUTTON]}, header={"type": "audio"}), 100, "must be one of"),
    (
        interactive("button", {"buttons": [BUTTON]}, header={"type": "image", "image": {"id": "9"}}),
        100,
        "attachment ID",
    ),
    (interactive("list", {"button": "m", "sections": [{"rows": rows(11)}]}), 131009, "Total row count"),
    (interactive("list", {"button": "m", "sections": [{"rows": [ROW, ROW]}]}), 131009, "Duplicated row"),
    (interactive("list", {"button": "m" * 21, "sections": [{"rows": [ROW]}]}), 100, "20"),
    (interactive("list", {"button": "m", "sections": [{"rows": [ROW]}] * 2}), 100, "title"),
    (
        interactive("cta_url", parameters("cta_url", display_text="o", url="example.com")),
        131009,
        "not a valid URL",
    ),
    (interactive("cta_url", {"name": "other"}), 100, "must be one of"),
    (interactive("flow", parameters("flow", **{**FLOW, "flow_name": "n"})), 131009, "exactly one"),
    (
        interactive("flow", parameters("flow", **{**FLOW, "flow_message_version": "1"})),
        100,
        "flow_message_version",
    ),
    (interactive("product_list", {"catalog_id": "1", "sections": []}), 131008, "header"),
    (products({"title": "x" * 25, **ITEMS}), 100, "at most 24 characters"),
    (products({"title": "One", **ITEMS}, ITEMS), 100, "['title'] is required"),
    (interactive("carousel", {"cards": [{}]}), 131009, "Min allowed cards: 2"),
    (interactive("poll", {}), 100, "must be one of"),
    ({"to": TO, "type": "location", "location": {"latitude": 91, "longitude": 0}}, 100, "between"),
    ({"to": TO, "type": "location", "location": {"latitude": "x", "longitude": 0}}, 100, "number"),
    ({"to": TO, "type": "contacts", "contacts": []}, 100, "contacts"),
    ({"to": TO, "type": "contacts", "contacts": {}}, 100, "array"),
    ({"to": TO, "type": "contacts", "contacts": [{"name": {"formatted_name": "A"}}]}, 131009, "first_name"),
    ({"to": TO, "type": "reaction", "reaction": {"emoji": "x"}}, 100, "message_id"),
    ({"to": TO, "text": {"body": "x"}, "context": {}}, 100, "context"),
    ({"to": TO, "text": {"body": "x"}, "context": {"message_id": "7"}}, 131009, "message id"),
    ({"to": TO, "text": {"body": "x"}, "recipient_type": "group"}, 131051, "group"),
    ({"to": TO, "text": {"body": "x"}, "recipient_identity_key_hash": "no"}, 137000, ""),
]


@pytest.fixture(scope="module", autouse=True)
def open_window(shared: Running) -> None:
    shared.fresh()
    shared.admin("PATCH", "/limits", {"enforce": False})
    shared.admin("POST", "/inbound", {"from": TO, "text": "hi"})


@pytest.mark.parametrize("body", GOOD, ids=lambda body: str(body.get("interactive", body).get("type")))
def test_what_is_taken(shared: Running, body: dict[str, Any]) -> None:
    reply = shared.send(body)
    assert reply.status == 200, reply.body


@pytest.mark.parametrize(("body", "code", "words"), BAD, ids=range(len(BAD)))
def test_what_is_refused(shared: Running, body: dict[str, Any], code: int, words: str) -> None:
    reply = shared.send(body)
    error = reply.body["error"]
    assert (reply.status, error["code"]) == (400, code)
    assert words in error["message"] + error.get("error_data", {}).get("details", "")


def test_a_reaction_is_only_ever_sent(shared: Running) -> None:
    inbound = shared.admin("POST", "/inbound", {"from": TO, "text": "hi"})["id"]
    sent = shared.send(
        {"to": TO, "type": "reaction", "reaction": {"message_id": inbound, "emoji": "👍"}}
    ).wamid
    lost = shared.send(
        {"to": TO, "type": "reaction", "reaction": {"message_id": "wamid.no", "emoji": "👍"}}
    ).wamid
    shared.until(lambda: shared.admin("GET", "/idle")["idle"])
    assert shared.admin("GET", f"/ledger/messages/{sent}")["status"] == "sent"
    assert shared.admin("GET", f"/ledger/messages/{lost}")["code"] == 131009


def test_the_right_identity_hash_is_taken(shared: Running) -> None:
    right = shared.admin("GET", f"/people/{TO}")["identity_key_hash"]
    assert shared.send({"to": TO, "text": {"body": "x"}, "recipient_identity_key_hash": right}).status == 200


# Written by hand a second time, from the list of codes; every other code answers 400.
STATUSES = {
    401: {0, 104, 190},
    403: {3, 10, *range(200, 300), 368, 130497, 131005, 131031},
    404: {803, 132001},
    429: {4, 17, 80007, 80008},
    500: {1, 2, 131000, 131045, 131057, 133000},
    503: {131016, 133004},
}


@pytest.mark.parametrize("code", sorted(CODES))
def test_any_code_by_the_number(shared: Running, code: int) -> None:
    reply = shared.text(f"15500{code:06d}")
    expected = next((status for status, codes in STATUSES.items() if code in codes), 400)
    assert (reply.code, reply.status) == (code, expected)
    assert reply.body["error"]["message"].endswith(CODES[code].title)


def test_the_codes_that_have_a_status_of_their_own_are_all_known() -> None:
    assert set().union(*STATUSES.values()) <= set(CODES)
    assert {131044, 131055, 131060, 132018} <= set(CODES)


def test_the_marketing_endpoint_takes_marketing_templates_only(shared: Running) -> None:
    shared.admin(
        "POST",
        "/templates",
        {"waba_id": "102290129340398", "name": "promo", "language": "en", "category": "MARKETING"}
        | {"components": [{"type": "BODY", "text": "Hi"}]},
    )

    def send(name: str, **more: Any) -> Any:
        template = {"name": name, "language": {"code": "en"}}
        body = {"messaging_product": "whatsapp", "to": TO, "type": "template", "template": template} | more
        return shared.call("POST", "/v25.0/106540352242922/marketing_messages", body)

    assert send("promo", message_activity_sharing=True, product_policy="STRICT").status == 200
    assert send("promo", product_policy="X").code == 100
    assert send("promo", type="text", text={"body": "x"}).code == 100
    shared.admin("PUT", f"/templates/{template_id(shared, 'promo')}", {"category": "UTILITY"})
    assert send("promo").code == 131055


def template_id(box: Running, name: str) -> str:
    return next(row["id"] for row in box.admin("GET", "/templates")["data"] if row["name"] == name)
