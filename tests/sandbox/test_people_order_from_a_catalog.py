"""Products and catalogs: pywa sends them, a person orders or asks, pywa reads that; the cart is switched off and on."""

from collections.abc import Iterator
from typing import Any

import pytest
from pywa import WhatsApp, errors, types

from tests.sandbox.pywa_client import Complaints, client_of, listening
from tests.sandbox.receiving import Receiver
from tests.sandbox.running import PHONE, Reply, Running, Start, numbers
from wa_sandbox.people.replies import price_of

WHO = "15556660001"
Shop = tuple[Running, WhatsApp, Receiver, list[Any], Complaints]


@pytest.fixture(scope="module")
def open_shop(start_one: Start) -> Iterator[Shop]:
    config = {"phone_numbers": numbers(1), "people": {"overrides": {WHO: "by_hand"}}}
    box = start_one("--speed", "50", "--seed", "3", "--webhook-concurrency", "1", config=config)
    box.admin("PATCH", "/limits", {"enforce": False})
    wa = client_of(box)
    with listening(wa) as (receiver, updates, complaints):
        box.admin("PUT", "/webhook", {"url": receiver.url, "fields": ["messages"]})
        yield box, wa, receiver, updates, complaints


@pytest.fixture
def shop(open_shop: Shop) -> Iterator[Shop]:
    box, wa, _, updates, complaints = open_shop
    box.admin("POST", "/inbound", {"from": WHO, "text": "What do you have?"})
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    updates.clear()
    yield open_shop
    wa.update_commerce_settings(is_cart_enabled=True, is_catalog_visible=False)
    assert complaints.lines == []


def tap(box: Running, wamid: str, choice: int | str | None = None) -> Reply:
    return box.call("POST", f"/admin/people/{WHO}/tap", {"wamid": wamid, "choice": choice})


def came(shop: Shop, kind: Any) -> Any:
    """The last message of the person, as pywa read it."""
    _, _, receiver, updates, _ = shop
    receiver.wait(lambda: [one for one in updates if isinstance(one, types.Message) and one.type == kind])
    return next(one for one in reversed(updates) if isinstance(one, types.Message))


def test_a_product_is_ordered_and_asked_about(shop: Shop) -> None:
    box, wa, _, _, _ = shop
    sent = wa.send_product(WHO, catalog_id="77", sku="tea", body="Try this")
    assert tap(box, sent.id).status == 201
    message = came(shop, types.MessageType.ORDER)
    assert (message.order.catalog_id, message.reply_to_message.id) == ("77", sent.id)
    (bought,) = message.order.products
    assert (bought.sku, bought.quantity, bought.currency) == ("tea", 1, "USD")
    assert bought.price == price_of(3, "77", "tea") != price_of(4, "77", "tea")
    assert tap(box, sent.id, "Message business").status == 201
    message = came(shop, types.MessageType.TEXT)
    about = message.reply_to_message.referred_product
    assert (about.catalog_id, about.sku, message.reply_to_message.id) == ("77", "tea", sent.id)


def test_any_product_of_a_list_is_ordered(shop: Shop) -> None:
    box, wa, _, _, _ = shop
    sections = [
        types.ProductsSection(title="Hot", skus=["tea", "soup"]),
        types.ProductsSection(title="Cold", skus=["ice"]),
    ]
    sent = wa.send_products(WHO, catalog_id="77", product_sections=sections, title="Menu", body="Choose")
    bubble = box.admin("GET", f"/conversations/{PHONE}/{WHO}")["bubbles"][-1]
    assert [choice["product"] for choice in bubble["choices"] if choice["kind"] == "product"] == [
        "tea",
        "soup",
        "ice",
    ]
    assert tap(box, sent.id, "ice").status == 201
    assert [one.sku for one in came(shop, types.MessageType.ORDER).order.products] == ["ice"]
    assert tap(box, sent.id, "enquiry:soup").status == 201
    assert came(shop, types.MessageType.TEXT).reply_to_message.referred_product.sku == "soup"
    assert tap(box, sent.id, "cake").status == 400


@pytest.mark.parametrize("thumbnail", ["cake", None])
def test_something_of_the_catalog_is_ordered(shop: Shop, thumbnail: str | None) -> None:
    box, wa, _, _, _ = shop
    sent = wa.send_catalog(WHO, body="All we have", thumbnail_product_sku=thumbnail)
    assert tap(box, sent.id).status == 201
    order = came(shop, types.MessageType.ORDER).order
    assert order.catalog_id == wa.get_commerce_settings().catalog_id
    assert order.products[0].sku == (thumbnail or "sandbox-product")
    assert order.total_price >= 1


def test_the_cart_is_switched_off(shop: Shop) -> None:
    box, wa, _, _, _ = shop
    first = wa.get_commerce_settings()
    assert (first.is_cart_enabled, first.is_catalog_visible) == (True, False)
    assert wa.update_commerce_settings(is_cart_enabled=False)
    assert wa.update_commerce_settings(is_catalog_visible=True)
    later = wa.get_commerce_settings()
    assert (later.is_cart_enabled, later.is_catalog_visible) == (False, True)
    assert later.catalog_id == first.catalog_id
    sent = wa.send_product(WHO, catalog_id="77", sku="tea")
    refused = tap(box, sent.id)
    assert (refused.status, "cart" in refused.body["error"]["message"]) == (400, True)
    assert tap(box, sent.id, "Message business").status == 201


def test_settings_in_the_form_of_graph(shop: Shop) -> None:
    box, wa, _, _, _ = shop
    path = f"/v25.0/{PHONE}/whatsapp_commerce_settings"
    row = box.call("GET", path).body["data"][0]
    assert row == {"id": row["id"], "is_cart_enabled": True, "is_catalog_visible": False}
    assert box.call("POST", path, {"is_cart_enabled": False}).body == {"success": True}
    assert box.call("GET", path + "?fields=is_cart_enabled").body["data"][0]["is_cart_enabled"] is False
    for body in ({}, {"is_cart_enabled": "perhaps"}):
        refused = box.call("POST", path, body)
        assert (refused.status, refused.code) == (400, 100)
    with pytest.raises(errors.WhatsAppError):
        wa.api.update_commerce_settings(phone_id=PHONE, data={"is_catalog_visible": 7})
