"""What is in a message of a person. It may be any object a developer sent in: nothing about its shape is sure."""

from typing import Any

from wa_sandbox.ledger.threads import Bubble
from wa_sandbox.page.contents import contact_tile, location_tile
from wa_sandbox.page.files import file_tile
from wa_sandbox.page.html import Html, bdi, h, join
from wa_sandbox.page.icons import icon
from wa_sandbox.page.state import Look
from wa_sandbox.page.wording import part, rows, said, word

MEDIA = ("image", "video", "audio", "document", "sticker")


def from_person(look: Look, bubble: Bubble) -> Html:
    """The inside of a bubble of the person. After an edit the new words count."""
    body = bubble.shown or {}
    kind = word(body, "type")
    inner = part(body, kind)
    if not body or kind == "text":
        referral = part(body, "referral")
        return join(_referral(referral) if referral else None, said(bubble.text))
    if kind in MEDIA:
        return _media(look, kind, inner, bubble)
    if kind == "location":
        return location_tile(inner)
    if kind == "contacts":
        return join(_contact(card) for card in rows(body, "contacts"))
    if kind == "button":
        return join(said(word(inner, "text")), _small("tapped", word(inner, "payload")))
    if kind == "interactive":
        return _interactive(inner, bubble)
    return _order(inner) if kind == "order" else _notice(kind, body, inner)


def _media(look: Look, kind: str, inner: dict[str, Any], bubble: Bubble) -> Html:
    tile = file_tile(
        look, kind, word(inner, "id"), "", word(inner, "filename"), voice=bool(inner.get("voice"))
    )
    caption = bubble.text if bubble.edited else word(inner, "caption")
    return join(tile, said(caption) if caption else None)


def _notice(kind: str, body: dict[str, Any], inner: dict[str, Any]) -> Html:
    if kind == "system":
        return h("p", icon("alert"), bdi(word(inner, "body", "system message")), class_="notice")
    if kind == "request_welcome":
        return h("p", icon("person"), "opened the chat for the first time", class_="notice")
    what = word(part(body, "unsupported"), "type") or kind or "unknown"
    return h("p", icon("alert"), bdi(f"a message of type {what}"), class_="notice")


def _interactive(inner: dict[str, Any], bubble: Bubble) -> Html:
    kind = word(inner, "type")
    reply = part(inner, kind)
    if kind in ("button_reply", "list_reply"):
        description = word(reply, "description")
        return join(
            said(word(reply, "title")),
            h("p", description, class_="footer", dir="auto") if description else None,
            _small("tapped", word(reply, "id")),
        )
    if kind == "nfm_reply":
        answer = h("code", word(reply, "response_json"), class_="answer", dir="auto")
        return join(h("p", icon("form"), bdi(word(reply, "body", "Sent")), class_="products"), answer)
    return said(bubble.text)


def _order(inner: dict[str, Any]) -> Html:
    items = rows(inner, "product_items")
    lines = [
        h(
            "li",
            f"{word(i, 'quantity')} × ",
            bdi(word(i, "product_retailer_id")),
            f" · {word(i, 'item_price')} {word(i, 'currency')}",
        )
        for i in items
    ]
    words = word(inner, "text")
    top = h("p", icon("basket"), f"Order of {len(items)}", class_="products")
    return join(top, h("ul", lines, class_="order"), said(words) if words else None)


def _contact(card: dict[str, Any]) -> Html:
    phones = [word(phone, "phone") for phone in rows(card, "phones")]
    return contact_tile(word(part(card, "name"), "formatted_name"), phones)


def _referral(referral: dict[str, Any]) -> Html:
    words = h(
        "span", h("b", bdi(word(referral, "headline"))), bdi(word(referral, "body")), class_="file-words"
    )
    return h("div", h("small", f"from an {word(referral, 'source_type', 'ad')}"), words, class_="file advert")


def _small(what: str, value: str) -> Html | None:
    return h("small", f"{what}: ", bdi(value), class_="tapped") if value else None
