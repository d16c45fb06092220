"""`POST /messages`: what is accepted, and what is refused with which words."""

from typing import Any

import pytest

from tests.sandbox.running import PHONE, WABA, Running, Start

BODY = [{"type": "body", "parameters": [{"type": "text", "text": "x"}]}]


def template(name: str = "qafila_message", code: str = "en", components: Any = BODY) -> dict[str, Any]:
    return {
        "to": "15551239001",
        "type": "template",
        "template": {"name": name, "language": {"code": code}, "components": components},
    }


def link(*values: str, index: str = "0") -> dict[str, Any]:
    parameters = [{"type": "text", "text": value} for value in values]
    return {"type": "button", "sub_type": "url", "index": index, "parameters": parameters}


@pytest.fixture(scope="module", autouse=True)
def templates(shared: Running) -> None:
    def add(name: str, components: list[dict[str, Any]], **more: Any) -> None:
        record = {"waba_id": WABA, "name": name, "language": "en", "components": components, **more}
        shared.admin("POST", "/templates", record)

    body = [{"type": "BODY", "text": "Dear {{1}}, code {{2}}"}]
    add("two", body)
    add("paused", body, status="PAUSED")
    add("disabled", body, status="DISABLED")
    add("pending", body, status="PENDING")
    add("named", [{"type": "BODY", "text": "Hi {{name}}"}], parameter_format="NAMED")
    add("picture", [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Look"}])
    add("long", [{"type": "BODY", "text": "{{1}}"}, {"type": "FOOTER", "text": "bye"}])
    url = {"type": "URL", "text": "Open", "url": "https://example.com/{{1}}"}
    add("link", [{"type": "BODY", "text": "Go"}, {"type": "BUTTONS", "buttons": [url]}])
    copied = [{"type": "QUICK_REPLY", "text": "Stop"}, {"type": "COPY_CODE", "example": "SAVE20"}]
    add("copied", [{"type": "BODY", "text": "Go"}, {"type": "BUTTONS", "buttons": copied}])


@pytest.mark.parametrize("to", ["15551239101", "+15551239101", "+1 (555) 123-9101", "1-555-123.9101"])
def test_the_recipient_is_echoed_and_normalised(shared: Running, to: str) -> None:
    reply = shared.template(to)
    assert reply.status == 200
    contact = reply.body["contacts"][0]
    assert (contact["input"], contact["wa_id"]) == (to, "15551239101")
    assert reply.body["messages"][0]["message_status"] == "accepted"
    assert reply.wamid.startswith("wamid.HBgL")


def test_ids_differ(shared: Running) -> None:
    assert len({shared.template("15551239102").wamid for _ in range(20)}) == 20


def test_a_user_id_may_stand_for_the_number(shared: Running) -> None:
    user_id = shared.template("15551239103").body["contacts"][0]["user_id"]
    body = {key: value for key, value in template().items() if key != "to"} | {"recipient": user_id}
    reply = shared.send(body)
    assert reply.body["contacts"][0]["wa_id"] == "15551239103"


def test_a_user_id_is_known_to_its_own_portfolio_only(start: Start) -> None:
    who, theirs = "15551239104", "20654035224299"
    box = start()
    box.admin("PUT", "/portfolios/77", {"name": "Second"})
    box.admin("PUT", "/wabas/78", {"portfolio_id": "77"})
    box.admin("PUT", f"/phone_numbers/{theirs}", {"waba_id": "78", "display_phone_number": "+1 555-078-3999"})
    box.template(who)
    ids = box.admin("GET", f"/people/{who}")["user_ids"]
    first, second = ids["100100100100100"], ids["77"]

    def sent(user_id: str, phone: str) -> int | None:
        return box.send({"recipient": user_id, "type": "text", "text": {"body": "hello"}}, phone).code

    assert sent(second, theirs) == 131009, "only the other portfolio met this person"
    assert sent(first, PHONE) is None
    assert sent(first, theirs) == 131009
    box.admin("POST", "/inbound", {"from": who, "text": "hi", "phone_number_id": theirs})
    assert sent(second, theirs) is None
    assert sent(second, PHONE) == 131009


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"to": "15551239001", "type": "text"}, 100, "(#100) The parameter text is required."),
        (
            {"to": "15551239001", "type": "text", "text": {}},
            100,
            "(#100) The parameter text['body'] is required.",
        ),
        ({"type": "text", "text": {"body": "x"}}, 100, "(#100) The parameter to is required."),
        ({"to": "0015551239001", "text": {"body": "x"}}, 100, "(#100) Invalid parameter"),
        ({"to": "abc", "text": {"body": "x"}}, 100, "(#100) Invalid parameter"),
        ({"to": "15551239001", "type": "text", "text": {"body": "x" * 4097}}, 100, "4096"),
        ({"to": "15551239001", "type": "smoke"}, 100, "(#100) Param type must be one of"),
        ({"to": "15550783881", "text": {"body": "x"}}, 131021, "Recipient cannot be sender"),
        (
            {"messaging_product": "sms"},
            100,
            '(#100) Param messaging_product must be one of {WHATSAPP} - got "sms".',
        ),
        ({"messaging_product": None}, 100, "(#100) The parameter messaging_product is required."),
        ({"status": "read", "message_id": "wamid.unknown"}, 131009, "Parameter value is not valid"),
    ],
)
def test_malformed(shared: Running, body: dict[str, Any], code: int, words: str) -> None:
    reply = shared.send(body)
    assert (reply.status, reply.code) == (400, code)
    assert words in reply.body["error"]["message"]


@pytest.mark.parametrize("raw", [b"{", b"[1]", b'"x"', b"\xff\xfe", b"null"])
def test_bodies_that_are_no_object(shared: Running, raw: bytes) -> None:
    reply = shared.call("POST", f"/v25.0/{PHONE}/messages", raw)
    assert (reply.status, reply.code) == (400, 100)


@pytest.mark.parametrize(
    ("body", "code", "details"),
    [
        (template("none"), 132001, "template name (none) does not exist in en"),
        (template(code="fr"), 132001, "template name (qafila_message) does not exist in fr"),
        (template("pending"), 132001, "does not exist"),
        (template("paused"), 132015, "paused"),
        (template("disabled"), 132016, "disabled"),
        (template("two"), 132000, "body: number of localizable_params (1) does not match the expected number of params (2)"),
        (template(components=[]), 132000, "body: number of localizable_params (0)"),
        (template("named"), 132012, "Parameter name is missing"),
        (template(components=[{"type": "body", "parameters": [{"type": "text", "parameter_name": "a", "text": "x"}]}]), 132012, "names were given"),
        (template("picture", components=[{"type": "header", "parameters": [{"type": "text", "text": "x"}]}]), 132012, "expected IMAGE"),
        (template("picture"), 132012, "header: Format mismatch, expected IMAGE, received UNKNOWN"),
        (template("picture", components=[{"type": "header", "parameters": [{"type": "image"}] * 2}]), 132000, "header: "),
        (template("link", components=[]), 131008, "buttons: Button at index 0 of type Url requires a parameter"),
        (template("copied", components=[]), 131008, "buttons: Button at index 1 of type copy_code requires a non-empty parameter coupon_code"),
        (template("link", components=[link("x", "y")]), 132000, "buttons[0]: number of localizable_params (2)"),
        (template("link", components=[link("x", index="9" * 5000)]), 132012, "there is no button with index 999999999"),
        (template("long", components=[{"type": "body", "parameters": [{"type": "text", "text": "x" * 1100}]}]), 132005, "too long"),
        (template(components=[{"type": "body", "parameters": [{"type": "text", "text": "a\nb"}]}]), 132018, "new-line/tab"),
        (template(components=[{"type": "body", "parameters": [{"type": "text", "text": "a     b"}]}]), 132018, "4 consecutive"),
        (template(components=[{"type": "body", "parameters": [{"type": "text", "text": ""}]}]), 100, "mandatory"),
    ],
)  # fmt: skip
def test_templates_that_do_not_fit(shared: Running, body: dict[str, Any], code: int, details: str) -> None:
    reply = shared.send(body)
    assert reply.code == code
    assert details in reply.body["error"]["error_data"]["details"]


@pytest.mark.parametrize(
    ("name", "components"),
    [
        (
            "named",
            [{"type": "BODY", "parameters": [{"type": "text", "parameter_name": "name", "text": "Ann"}]}],
        ),
        (
            "picture",
            [
                {
                    "type": "header",
                    "parameters": [{"type": "image", "image": {"link": "https://example.com/a.png"}}],
                }
            ],
        ),
        (
            "link",
            [
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": 0,
                    "parameters": [{"type": "text", "text": "x"}],
                }
            ],
        ),
        ("qafila_message", [{"type": "body", "parameters": [{"type": "text", "text": "x" * 5000}]}]),
    ],
)
def test_templates_that_fit(shared: Running, name: str, components: Any) -> None:
    assert shared.send(template(name, components=components)).status == 200


@pytest.mark.parametrize(
    ("kind", "record", "code", "status"),
    [
        ("wabas", {"state": "locked"}, 131031, 403),
        ("wabas", {"state": "policy"}, 368, 403),
        ("wabas", {"state": "payment"}, 131042, 400),
        ("phone_numbers", {"status": "DISCONNECTED"}, 133010, 400),
        ("phone_numbers", {"allowed_recipients": ["1"]}, 131030, 400),
    ],
)
def test_an_account_or_number_that_may_not_send(
    shared: Running, kind: str, record: dict[str, Any], code: int, status: int
) -> None:
    before = {"state": "ok"} if kind == "wabas" else {"status": "CONNECTED", "allowed_recipients": None}
    path = f"/{kind}/{WABA if kind == 'wabas' else PHONE}"
    shared.admin("PUT", path, record)
    try:
        reply = shared.template("15551239001")
    finally:
        shared.admin("PUT", path, before)
    assert (reply.code, reply.status) == (code, status)


def test_reading_and_typing_need_a_message_received(shared: Running) -> None:
    inbound = shared.admin("POST", "/inbound", {"from": "15551239104", "text": "hi"})["id"]
    body = {"status": "read", "message_id": inbound, "typing_indicator": {"type": "text"}}
    assert shared.send(body).body == {"success": True}
