"""Every kind of content as Meta's documents have it, and everything that Meta would refuse refused before the call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qafila.providers import contents_json
from qafila.providers.contents import (
    AddressRequest,
    Buttons,
    CallRequest,
    CatalogMessage,
    Choice,
    Contacts,
    Content,
    Form,
    Frame,
    LinkButton,
    Location,
    LocationRequest,
    Media,
    MediaKind,
    Menu,
    Product,
    ProductList,
    ProductSection,
    Reaction,
    Section,
    Template,
    Text,
)
from qafila.providers.interface import Failure, Outgoing, ProviderError
from tests.providers.cloud_api.side import CloudSide
from tests.providers.conformance import ADDRESS

YES, NO = Choice("y", "Yes"), Choice("n", "No")
PICTURE = Media(MediaKind.IMAGE, link="https://example.com/a.jpg")

SHAPES: list[tuple[str, Content, str, Any]] = [
    ("text", Text("Hi", preview_url=True), "text", {"body": "Hi", "preview_url": True}),
    (
        "image by id",
        Media(MediaKind.IMAGE, ref="449", caption="Taj"),
        "image",
        {"id": "449", "caption": "Taj"},
    ),
    ("video by link", Media(MediaKind.VIDEO, link="https://x.org/v"), "video", {"link": "https://x.org/v"}),
    ("voice", Media(MediaKind.AUDIO, ref="1", voice=True), "audio", {"id": "1", "voice": True}),
    (
        "document",
        Media(MediaKind.DOCUMENT, ref="1", filename="a.pdf", caption="The bill"),
        "document",
        {"id": "1", "filename": "a.pdf", "caption": "The bill"},
    ),
    ("sticker", Media(MediaKind.STICKER, ref="1"), "sticker", {"id": "1"}),
    ("reaction", Reaction("wamid.1", "👍"), "reaction", {"message_id": "wamid.1", "emoji": "👍"}),
    ("reaction taken back", Reaction("wamid.1", ""), "reaction", {"message_id": "wamid.1", "emoji": ""}),
    (
        "location",
        Location(30.5, 31.25, "Cairo", "Tahrir 1"),
        "location",
        {"latitude": 30.5, "longitude": 31.25, "name": "Cairo", "address": "Tahrir 1"},
    ),
    (
        "contacts",
        Contacts([{"name": {"formatted_name": "A", "last_name": "A"}}]),
        "contacts",
        [{"name": {"formatted_name": "A", "last_name": "A"}}],
    ),
    (
        "buttons",
        Buttons("Sure?", [YES, NO], Frame(PICTURE, "Shop")),
        "interactive",
        {
            "type": "button",
            "header": {"type": "image", "image": {"link": "https://example.com/a.jpg"}},
            "body": {"text": "Sure?"},
            "footer": {"text": "Shop"},
            "action": {
                "buttons": [
                    {"type": "reply", "reply": {"id": "y", "title": "Yes"}},
                    {"type": "reply", "reply": {"id": "n", "title": "No"}},
                ]
            },
        },
    ),
    (
        "list",
        Menu("Pick", "Menu", [Section("", [Choice("r1", "R", "d")])], Frame("Today")),
        "interactive",
        {
            "type": "list",
            "header": {"type": "text", "text": "Today"},
            "body": {"text": "Pick"},
            "action": {
                "button": "Menu",
                "sections": [{"rows": [{"id": "r1", "title": "R", "description": "d"}]}],
            },
        },
    ),
    (
        "link button",
        LinkButton("See", "Open", "https://example.com/x?a=1"),
        "interactive",
        {
            "type": "cta_url",
            "body": {"text": "See"},
            "action": {
                "name": "cta_url",
                "parameters": {"display_text": "Open", "url": "https://example.com/x?a=1"},
            },
        },
    ),
    (
        "form",
        Form("Book", "Go", "77", token="t", screen="S", data={"a": 1}, draft=True),
        "interactive",
        {
            "type": "flow",
            "body": {"text": "Book"},
            "action": {
                "name": "flow",
                "parameters": {
                    "flow_message_version": "3",
                    "flow_id": "77",
                    "flow_cta": "Go",
                    "flow_action": "navigate",
                    "flow_token": "t",
                    "mode": "draft",
                    "flow_action_payload": {"screen": "S", "data": {"a": 1}},
                },
            },
        },
    ),
    (
        "form by its name",
        Form("Book", "Go", "booking", by_name=True),
        "interactive",
        {
            "type": "flow",
            "body": {"text": "Book"},
            "action": {
                "name": "flow",
                "parameters": {
                    "flow_message_version": "3",
                    "flow_name": "booking",
                    "flow_cta": "Go",
                    "flow_action": "data_exchange",
                },
            },
        },
    ),
    (
        "location request",
        LocationRequest("Where?"),
        "interactive",
        {
            "type": "location_request_message",
            "body": {"text": "Where?"},
            "action": {"name": "send_location"},
        },
    ),
    (
        "product",
        Product("1948", "tea-1", "Fresh today", Frame(footer="Shop")),
        "interactive",
        {
            "type": "product",
            "body": {"text": "Fresh today"},
            "footer": {"text": "Shop"},
            "action": {"catalog_id": "1948", "product_retailer_id": "tea-1"},
        },
    ),
    (
        "product alone",
        Product("1948", "tea-1"),
        "interactive",
        {"type": "product", "action": {"catalog_id": "1948", "product_retailer_id": "tea-1"}},
    ),
    (
        "products",
        ProductList(
            "Pick",
            "1948",
            [ProductSection("Tea", ["t1", "t2"]), ProductSection("Coffee", ["c1"])],
            Frame("New", "Shop"),
        ),
        "interactive",
        {
            "type": "product_list",
            "header": {"type": "text", "text": "New"},
            "body": {"text": "Pick"},
            "footer": {"text": "Shop"},
            "action": {
                "catalog_id": "1948",
                "sections": [
                    {
                        "title": "Tea",
                        "product_items": [{"product_retailer_id": "t1"}, {"product_retailer_id": "t2"}],
                    },
                    {"title": "Coffee", "product_items": [{"product_retailer_id": "c1"}]},
                ],
            },
        },
    ),
    (
        "products of one section need no title",
        ProductList("Pick", "1948", [ProductSection("", ["t1"])], Frame("New")),
        "interactive",
        {
            "type": "product_list",
            "header": {"type": "text", "text": "New"},
            "body": {"text": "Pick"},
            "action": {
                "catalog_id": "1948",
                "sections": [{"product_items": [{"product_retailer_id": "t1"}]}],
            },
        },
    ),
    (
        "catalog",
        CatalogMessage("Look around", "tea-1", Frame(footer="Shop")),
        "interactive",
        {
            "type": "catalog_message",
            "body": {"text": "Look around"},
            "footer": {"text": "Shop"},
            "action": {
                "name": "catalog_message",
                "parameters": {"thumbnail_product_retailer_id": "tea-1"},
            },
        },
    ),
    (
        "catalog with the first product's picture",
        CatalogMessage("Look around"),
        "interactive",
        {"type": "catalog_message", "body": {"text": "Look around"}, "action": {"name": "catalog_message"}},
    ),
    (
        "call request",
        CallRequest("May we call you?"),
        "interactive",
        {
            "type": "call_permission_request",
            "body": {"text": "May we call you?"},
            "action": {"name": "call_permission_request"},
        },
    ),
    (
        "address request",
        AddressRequest(
            "Where to?",
            "IN",
            {"city": "Pune"},
            {"in_pin_code": "Nobody delivers there."},
            [{"id": "home", "value": {"name": "Ann"}}],
            Frame(footer="Shop"),
        ),
        "interactive",
        {
            "type": "address_message",
            "body": {"text": "Where to?"},
            "footer": {"text": "Shop"},
            "action": {
                "name": "address_message",
                "parameters": {
                    "country": "IN",
                    "values": {"city": "Pune"},
                    "validation_errors": {"in_pin_code": "Nobody delivers there."},
                    "saved_addresses": [{"id": "home", "value": {"name": "Ann"}}],
                },
            },
        },
    ),
]


async def sent(side: CloudSide, content: Content, reply_to: str | None = None) -> dict[str, Any]:
    await side.provider.send(side.credentials, Outgoing(ADDRESS, content, "a-1", reply_to))
    found: dict[str, Any] = json.loads(side.cloud.received[-1].body)
    return found


@pytest.mark.parametrize(
    ("content", "kind", "shaped"), [row[1:] for row in SHAPES], ids=[r[0] for r in SHAPES]
)
async def test_shape(side: CloudSide, content: Content, kind: str, shaped: Any) -> None:
    body = await sent(side, content, "wamid.IN")
    assert body["type"] == kind
    assert body[kind] == shaped
    assert body["biz_opaque_callback_data"] == "a-1"
    assert ("context" in body) == (kind != "reaction")


async def test_a_template_with_every_component(side: CloudSide) -> None:
    components: list[dict[str, Any]] = [
        {"type": "HEADER", "parameters": [{"type": "image", "image": {"link": "https://x.org/i.png"}}]},
        {"type": "limited_time_offer", "parameters": [
            {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1}}]},
        {"type": "button", "sub_type": "QUICK_REPLY", "index": 0, "parameters": [{"type": "payload", "payload": "STOP"}]},
        {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "abc"}]},
        {"type": "button", "sub_type": "copy_code", "index": 2, "parameters": [{"type": "coupon_code", "coupon_code": "X1"}]},
        {"type": "button", "sub_type": "flow", "index": 3, "parameters": [{"type": "action", "action": {"flow_token": "t"}}]},
        {"type": "carousel", "cards": [{"components": [
            {"type": "header", "parameters": [{"type": "video", "video": {"id": "9"}}]},
            {"type": "button", "sub_type": "quick_reply", "index": 0, "parameters": [{"type": "payload", "payload": "p"}]},
        ]}]},
    ]  # fmt: skip
    body = await sent(side, Template("sale", "en_US", {"name": "Ann\nB"}, components))
    found = body["template"]
    assert found["language"] == {"code": "en_US"}
    kinds = [(one["type"], one.get("sub_type"), one.get("index")) for one in found["components"]]
    assert kinds == [
        ("header", None, None),
        ("limited_time_offer", None, None),
        ("button", "quick_reply", "0"),
        ("button", "url", "1"),
        ("button", "copy_code", "2"),
        ("button", "flow", "3"),
        ("carousel", None, None),
        ("body", None, None),
    ]
    assert found["components"][-1]["parameters"] == [
        {"type": "text", "parameter_name": "name", "text": "Ann B"}
    ]
    assert found["components"][6]["cards"][0]["card_index"] == 0


async def test_currency_and_date_in_a_body(side: CloudSide) -> None:
    parameters = [
        {"type": "currency", "currency": {"fallback_value": "$1", "code": "USD", "amount_1000": 1000}},
        {"type": "date_time", "date_time": {"fallback_value": "Feb 25"}},
    ]
    body = await sent(side, Template("bill", "en", (), [{"type": "body", "parameters": parameters}]))
    assert body["template"]["components"] == [{"type": "body", "parameters": parameters}]


def template(*components: dict[str, Any], body: Any = ()) -> Template:
    return Template("t", "en", body, components)


def button(**values: Any) -> dict[str, Any]:
    return {"type": "button", "sub_type": "url", "index": 0, "parameters": [], **values}


REFUSED: list[tuple[str, Content]] = [
    ("content_empty", Text("")),
    ("content_empty", Text(" \n")),
    ("content_too_long", Text("x" * 4097)),
    ("text_not_encodable", Text("\ud83d")),
    ("content_malformed", Media(MediaKind.IMAGE)),
    ("content_malformed", Media(MediaKind.IMAGE, ref="1", link="https://x.org")),
    ("content_malformed", Media(MediaKind.IMAGE, link="ftp://x.org/a")),
    ("content_malformed", Media(MediaKind.IMAGE, link="https:///a")),
    ("content_malformed", Media(MediaKind.IMAGE, link="https://x.org/a b")),
    ("content_malformed", Media(MediaKind.STICKER, ref="1", caption="no")),
    ("content_malformed", Media(MediaKind.IMAGE, ref="1", filename="a.jpg")),
    ("content_malformed", Media(MediaKind.VIDEO, ref="1", voice=True)),
    ("content_too_long", Media(MediaKind.IMAGE, ref="1", caption="x" * 1025)),
    ("content_empty", Reaction("", "👍")),
    ("content_too_long", Reaction("wamid.1", "x" * 33)),
    ("content_malformed", Location(91, 0)),
    ("content_malformed", Location(0, float("nan"))),
    ("content_empty", Location(0, 0, address="somewhere")),
    ("content_empty", Contacts([])),
    ("content_malformed", Contacts([{"name": "A"}])),
    ("content_malformed", Contacts([{"name": {"formatted_name": "A"}}])),
    ("content_malformed", Contacts([{"name": {"formatted_name": "A", "last_name": "A"}, "phones": {}}])),
    ("content_empty", Buttons("Hi", [])),
    ("content_empty", Buttons("", [YES])),
    ("content_too_long", Buttons("x" * 1025, [YES])),
    ("content_too_many", Buttons("Hi", [Choice(str(n), str(n)) for n in range(4)])),
    ("content_twice", Buttons("Hi", [YES, Choice("y", "Yep")])),
    ("content_twice", Buttons("Hi", [YES, Choice("z", "Yes")])),
    ("content_too_long", Buttons("Hi", [Choice("y", "x" * 21)])),
    ("content_too_long", Buttons("Hi", [Choice("y" * 257, "Y")])),
    ("content_too_long", Buttons("Hi", [YES], Frame("x" * 61))),
    ("content_too_long", Buttons("Hi", [YES], Frame(footer="x" * 61))),
    ("content_malformed", Buttons("Hi", [YES], Frame(Media(MediaKind.AUDIO, ref="1")))),
    ("content_malformed", Menu("Hi", "Menu", [Section("", [YES])], Frame(PICTURE))),
    ("content_empty", Menu("Hi", "Menu", [])),
    ("content_empty", Menu("Hi", "", [Section("", [YES])])),
    ("content_empty", Menu("Hi", "Menu", [Section("A", [YES]), Section("", [NO])])),
    ("content_empty", Menu("Hi", "Menu", [Section("A", [YES]), Section("B", [])])),
    ("content_too_many", Menu("Hi", "Menu", [Section("", [Choice(str(n), "x") for n in range(11)])])),
    ("content_twice", Menu("Hi", "Menu", [Section("A", [YES]), Section("B", [Choice("y", "Other")])])),
    ("content_too_long", Menu("Hi", "Menu", [Section("", [Choice("y", "Y", "x" * 73)])])),
    ("content_malformed", LinkButton("Hi", "Go", "javascript:alert(1)")),
    ("content_too_long", LinkButton("Hi", "x" * 21, "https://x.org")),
    ("content_malformed", Form("Hi", "Go", "1", data={"a": 1})),
    ("content_empty", LocationRequest("")),
    ("content_empty", Product("", "tea-1")),
    ("content_empty", Product("1948", " ")),
    ("content_too_long", Product("1948", "x" * 101)),
    ("content_too_long", Product("1948", "tea-1", "x" * 1025)),
    ("content_malformed", Product("1948", "tea-1", frame=Frame("New"))),
    ("content_empty", ProductList("Pick", "1948", [ProductSection("", ["t1"])])),
    ("content_empty", ProductList("Pick", "1948", [ProductSection("", ["t1"])], Frame(" "))),
    ("content_malformed", ProductList("Pick", "1948", [ProductSection("", ["t1"])], Frame(PICTURE))),
    ("content_empty", ProductList("", "1948", [ProductSection("", ["t1"])], Frame("New"))),
    ("content_empty", ProductList("Pick", "1948", [], Frame("New"))),
    ("content_empty", ProductList("Pick", "1948", [ProductSection("A", ["1"]), ProductSection("B", [])], Frame("New"))),
    ("content_empty", ProductList("Pick", "1948", [ProductSection("A", ["1"]), ProductSection("", ["2"])], Frame("New"))),
    ("content_too_long", ProductList("Pick", "1948", [ProductSection("x" * 25, ["1"])], Frame("New"))),
    ("content_too_many", ProductList("Pick", "1948", [ProductSection(str(n), ["1"]) for n in range(11)], Frame("New"))),
    ("content_too_many", ProductList("Pick", "1948", [ProductSection("", [str(n) for n in range(31)])], Frame("New"))),
    ("content_empty", CatalogMessage("")),
    ("content_malformed", CatalogMessage("Look", frame=Frame(PICTURE))),
    ("content_too_long", CatalogMessage("Look", frame=Frame(footer="x" * 61))),
    ("content_too_long", CallRequest("x" * 1025)),
    ("content_empty", AddressRequest("", "IN")),
    ("content_malformed", AddressRequest("Where?", "India")),
    ("content_malformed", AddressRequest("Where?", "in")),
    ("content_too_long", AddressRequest("Where?", "IN", {"city": "x" * 1001})),
    ("content_twice", AddressRequest("Where?", "IN", saved=[{"id": "1", "value": {}}] * 2)),
    ("content_malformed", Template("Not Good", "en")),
    ("content_malformed", Template("t", "english please")),
    ("content_malformed", template({"type": "footer"})),
    ("content_malformed", template({"parameters": []})),
    ("content_malformed", template({"type": "body", "parameters": {}})),
    ("content_malformed", template({"type": "body", "parameters": ["x"]})),
    ("content_malformed", template({"type": "body", "parameters": [{"type": "text", "text": 7}]})),
    ("content_malformed", template({"type": "body", "parameters": [{"type": "poem", "poem": "x"}]})),
    ("content_malformed", template({"type": "body", "parameters": [{"type": "currency", "currency": {}}]})),
    ("content_malformed", template({"type": "header", "parameters": [{"type": "image", "image": {}}]})),
    ("content_malformed", template({"type": "header", "parameters": [{"type": "location", "location": {}}]})),
    ("content_twice", template({"type": "body", "parameters": []}, body=["a"])),
    ("content_twice", template({"type": "header"}, {"type": "header"})),
    ("content_malformed", template(button(sub_type="jump"))),
    ("content_malformed", template(button(index="first"))),
    ("content_malformed", template(button(index=10))),
    ("content_malformed", template(button(index=True))),
    ("content_twice", template(button(), button(sub_type="quick_reply"))),
    (
        "content_too_long",
        template(button(sub_type="copy_code", parameters=[{"type": "coupon_code", "coupon_code": "x" * 21}])),
    ),
    ("content_malformed", template({"type": "carousel", "cards": [7]})),
    ("content_malformed", template({"type": "carousel", "cards": [{}]})),
    ("content_empty", template({"type": "carousel", "cards": []})),
]  # fmt: skip


@pytest.mark.parametrize(("code", "content"), REFUSED)
async def test_what_meta_would_refuse_is_refused_before_the_call(
    side: CloudSide, code: str, content: Content
) -> None:
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, Outgoing(ADDRESS, content, "a-1"))
    assert (caught.value.failure, caught.value.code) == (Failure.CONTENT, code)
    assert caught.value.detail.endswith(".")
    assert len(side.cloud.received) == 0


MALFORMED: list[dict[str, Any]] = [
    {"kind": "poem"},
    {},
    {"kind": 7},
    {"kind": "buttons"},
    {"kind": "buttons", "buttons": [7]},
    {"kind": "buttons", "buttons": [{"id": "a"}]},
    {"kind": "buttons", "buttons": [{"id": "a", "title": "A"}], "header": {"kind": "poem"}},
    {"kind": "buttons", "buttons": [{"id": "a", "title": "A"}], "header": 7},
    {"kind": "list", "button": "x"},
    {"kind": "list", "button": "x", "sections": [{"title": "A"}]},
    {"kind": "link_button", "title": "x"},
    {"kind": "form", "title": "x"},
    {"kind": "product", "catalog": "1"},
    {"kind": "product", "catalog": 1, "product": "2"},
    {"kind": "product_list", "catalog": "1", "header": "New"},
    {"kind": "product_list", "catalog": "1", "header": "New", "sections": [{"title": "A"}]},
    {"kind": "product_list", "catalog": "1", "header": "New", "sections": [{"title": "A", "products": [7]}]},
    {"kind": "catalog_message", "product": 7},
    {"kind": "address_request"},
    {"kind": "address_request", "country": "IN", "values": ["Pune"]},
    {"kind": "address_request", "country": "IN", "errors": {"city": 7}},
    {"kind": "address_request", "country": "IN", "saved": [{"id": "1", "value": "Pune"}]},
    {"kind": "address_request", "country": "IN", "saved": [{"value": {}}]},
    {"kind": "location", "latitude": "30", "longitude": 31},
    {"kind": "location", "latitude": True, "longitude": 31},
    {"kind": "contacts", "cards": "x"},
    {"kind": "reaction"},
    {"kind": "template", "name": "t"},
    {"kind": "template", "name": "t", "language": "en", "components": "x"},
    {"kind": "image", "ref": 7},
]


@pytest.mark.parametrize("content", MALFORMED)
def test_malformed_content_of_the_ledger_is_a_content_fault(content: dict[str, Any]) -> None:
    with pytest.raises(ProviderError) as caught:
        contents_json.read(content, "body")
    assert caught.value.failure is Failure.CONTENT
    assert caught.value.code in ("content_unknown", "content_malformed")


def test_what_the_ledger_keeps_of_products_and_requests_is_read_whole() -> None:
    def read(body: str, **content: Any) -> Content:
        return contents_json.read(content, body)

    frame = Frame(footer="Shop")
    assert read("", kind="product", catalog="1", product="t1") == Product("1", "t1")
    assert read("Hi", kind="product", catalog="1", product="t1", footer="Shop") == Product(
        "1", "t1", "Hi", frame
    )
    sections = [{"title": "Tea", "products": ["t1", "t2"]}, {"products": ["c1"]}]
    assert read("Pick", kind="product_list", catalog="1", header="New", sections=sections) == ProductList(
        "Pick", "1", [ProductSection("Tea", ["t1", "t2"]), ProductSection("", ["c1"])], Frame("New")
    )
    assert read("Look", kind="catalog_message") == CatalogMessage("Look")
    assert read("Look", kind="catalog_message", product="t1", footer="Shop") == CatalogMessage(
        "Look", "t1", frame
    )
    assert read("", kind="call_request") == CallRequest()
    saved = [{"id": "home", "value": {"city": "Pune"}}]
    assert read(
        "Where?", kind="address_request", country="IN", values={"city": "Pune"}, saved=saved
    ) == AddressRequest("Where?", "IN", {"city": "Pune"}, {}, saved)


def test_a_message_among_texts_may_be_something_else() -> None:
    text = {"kind": "text"}
    own = {"content": {"kind": "image", "ref": "9"}}
    assert contents_json.read(text, "Hi", None) == Text("Hi")
    assert contents_json.read(text, "Hi", ["x"]) == Text("Hi")
    assert contents_json.read(text, "Look", own) == Media(MediaKind.IMAGE, ref="9", caption="Look")
    assert contents_json.is_free_form(contents_json.own_content(text, own))
    carried = {"content": {"kind": "template", "name": "t", "language": "en", "params": ["a"]}}
    assert contents_json.read(text, "", carried) == Template("t", "en", ["a"])
    assert not contents_json.is_free_form(contents_json.own_content(text, carried))


def test_a_template_is_filled_by_the_message() -> None:
    content = {"kind": "template", "name": "t", "language": "en", "variable": None}
    assert contents_json.read(content, "Hi", None) == Template("t", "en", ["Hi"])
    assert contents_json.read({**content, "variable": "v"}, "Hi", None) == Template("t", "en", {"v": "Hi"})
    assert contents_json.read(content, "Hi", ["a", "b"]) == Template("t", "en", ["a", "b"])
