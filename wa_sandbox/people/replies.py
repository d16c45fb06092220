"""What can be tapped in a message of the business, and what a phone then sends: a reply, a place, a contact, an order.

Sources: Meta's pages on interactive messages, carts and commerce settings; provider facts A6. What is in a catalog, and what
it costs, nobody knows here: a product has the price that the seed gives it.
"""

import hashlib
from typing import Any, Final

import orjson

from wa_sandbox.ledger.threads import Bubble
from wa_sandbox.people.identity import name_of

Body = dict[str, Any]

# The kinds of buttons that are answered with a message; others open a page, a call or nothing.
TAPPED: Final = ("reply", "quick_reply", "flow", "address", "location", "contact", "catalog")
# What a product offers, in this order: putting it into the cart and sending that, and asking about it.
OFFERS: Final = (("product", "Order {}"), ("enquiry", "Message business"))
FROM_A_CATALOG: Final = "sandbox-product"
PLACE: Final[Body] = {
    "latitude": 37.4611978,
    "longitude": -122.2164385,
    "name": "The office",
    "address": "1 Sandbox Street",
    "url": "https://example.com/office",
}


def choices(bubble: Bubble) -> list[Body]:
    """What can be tapped, in order: buttons (of cards too), the rows of a list, then each product's `OFFERS`."""
    shown = bubble.shown or {}
    holders = [shown, *(shown.get("cards") or [])]
    found = [
        button for holder in holders for button in holder.get("buttons") or [] if button["kind"] in TAPPED
    ]
    sections = (shown.get("list") or {}).get("sections") or []
    found += [{"kind": "row", **row} for section in sections for row in section["rows"]]
    for holder in holders:
        for product in holder.get("products") or []:
            about = {"product": product, "catalog_id": holder.get("catalog_id")}
            order, enquiry = (
                {"kind": kind, "id": f"{kind}:{product}", "text": words.format(product), **about}
                for kind, words in OFFERS
            )
            found += [order, enquiry]
    return found


def names_of(choice: Body) -> set[Any]:
    """What a choice can be called by: id, payload, title, product."""
    named = {choice.get(key) for key in ("id", "payload", "text", "title")}
    return named | {choice.get("product")} if choice["kind"] == "product" else named


def answer_of(choice: Body, wa_id: str, *, seed: int, catalog_id: str, currency: str) -> Body:
    """The message a tap sends, without from, id, timestamp and the message it answers.

    `catalog_id`: of the business, for what names none itself. `currency`: of the account.
    """
    kind = choice["kind"]
    if kind == "location":
        return {"type": "location", "location": dict(PLACE)}
    if kind == "contact":
        return {"type": "contacts", "contacts": [contact_card(wa_id)]}
    if kind in ("product", "catalog", "enquiry"):
        catalog_id = choice.get("catalog_id") or catalog_id
        product = choice.get("product") or FROM_A_CATALOG
        if kind == "enquiry":
            about = {"catalog_id": catalog_id, "product_retailer_id": product}
            return {
                "type": "text",
                "text": {"body": "Is this available?"},
                "context": {"referred_product": about},
            }
        return _order(product, seed=seed, catalog_id=catalog_id, currency=currency)
    if kind == "quick_reply":
        return {"type": "button", "button": {"payload": choice["payload"], "text": choice["text"]}}
    if kind == "row":
        row = {key: choice[key] for key in ("id", "title", "description") if choice.get(key)}
        return {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": row}}
    if kind == "reply":
        reply = {"id": choice["id"], "title": choice["text"]}
        return {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": reply}}
    answers = {"flow_token": choice.get("flow_token", "unused"), "answer": "yes"}
    name = "flow" if kind == "flow" else "address_message"
    flow = {"name": name, "body": "Sent", "response_json": orjson.dumps(answers).decode()}
    return {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": flow}}


def contact_card(wa_id: str) -> Body:
    """The contact of a person, as they share it themselves."""
    return {
        "name": {"formatted_name": name_of(wa_id), "first_name": name_of(wa_id).split()[0]},
        "phones": [{"phone": f"+{wa_id}", "wa_id": wa_id, "type": "MOBILE"}],
    }


def catalog_of(waba_id: str) -> str:
    """The id of the catalog that is connected to an account."""
    return str(10**14 + _number("catalog", waba_id) % (9 * 10**14))


def price_of(seed: int, catalog_id: str, product: str) -> float:
    """What a product costs, from 1.00 to 99.99: the same for the same seed. A whole amount is a whole number, as at Meta."""
    cents = 100 + _number("price", seed, catalog_id, product) % 9_900
    return cents // 100 if cents % 100 == 0 else cents / 100


def _order(product: str, *, seed: int, catalog_id: str, currency: str) -> Body:
    item = {
        "product_retailer_id": product,
        "quantity": 1,
        "item_price": price_of(seed, catalog_id, product),
        "currency": currency,
    }
    return {"type": "order", "order": {"catalog_id": catalog_id, "text": "", "product_items": [item]}}


def _number(*parts: object) -> int:
    text = ":".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
