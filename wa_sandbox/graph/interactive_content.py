"""Interactive messages: what may be in them and how long it may be, and what the phone shows.

Limits from Meta's pages of each kind (provider facts A1). The words of the 131008 and 131009 details follow
recordings where some were found; the rest are the sandbox's own.
"""

from collections.abc import Callable
from typing import Any, Final

from wa_sandbox.graph.media_content import MediaUse, header_media
from wa_sandbox.graph.words import invalid, lacking, not_one_of, object_in, objects_in, text_in

BODY_AT_MOST: Final = 1024
LIST_BODY_AT_MOST: Final = 4096
HEADER_AT_MOST: Final = 60
FOOTER_AT_MOST: Final = 60
BUTTON_AT_MOST: Final = 20
URL_AT_MOST: Final = 2000
SECTION_TITLE_AT_MOST: Final = 24

Action = Callable[[dict[str, Any]], dict[str, Any]]


def read_interactive(payload: dict[str, Any]) -> tuple[str, dict[str, Any], list[MediaUse]]:
    """The text, what a phone shows, and the header's media. Raises Refusal."""
    kind = str(text_in(payload, "type", "interactive['type']", at_most=60)).lower()
    action = ACTIONS.get(kind)
    if action is None:
        raise not_one_of("interactive['type']", (name.upper() for name in ACTIONS), kind)
    at_most = LIST_BODY_AT_MOST if kind == "list" else BODY_AT_MOST
    body = _words(payload, "body", at_most, required=kind not in ("product", "call_permission_request"))
    shown: dict[str, Any] = {"type": "interactive", "kind": kind, "text": body}
    header, media = _header(payload, kind)
    if header:
        shown["header"] = header
    footer = _words(payload, "footer", FOOTER_AT_MOST, required=False)
    if footer:
        shown["footer"] = footer
    shown.update(action(object_in(payload, "action", "interactive['action']")))
    return body or f"[{kind}]", shown, [*media, *shown.pop("_media", [])]


def _words(payload: dict[str, Any], part: str, at_most: int, *, required: bool) -> str:
    holder = payload.get(part)
    if holder is None:
        if required:
            raise lacking(f"Interactive {part} is required.")
        return ""
    if not isinstance(holder, dict):
        raise invalid(f"Interactive {part} must be an object with a text.")
    where = f"interactive['{part}']['text']"
    return text_in(holder, "text", where, at_most=at_most, required=required) or ""


def _header(payload: dict[str, Any], kind: str) -> tuple[dict[str, Any], list[MediaUse]]:
    header = payload.get("header")
    if header is None:
        if kind == "product_list":
            raise lacking("A header of type text is required for messages with several products.")
        return {}, []
    if not isinstance(header, dict):
        raise invalid("Interactive header must be an object.")
    what = str(header.get("type", "")).lower()
    allowed = ("text",) if kind in ("list", "product_list") else ("text", "image", "video", "document")
    if kind in ("product", "location_request_message", "catalog_message", "carousel"):
        raise invalid(f"A header is not supported in messages of type {kind}.")
    if what not in allowed:
        raise not_one_of("interactive['header']['type']", (name.upper() for name in allowed), what)
    if what == "text":
        words = text_in(header, "text", "interactive['header']['text']", at_most=HEADER_AT_MOST)
        return {"type": "text", "text": words}, []
    use = header_media(header, what, "interactive['header']")
    return {"type": what, "media": {"kind": what, "id": use.media_id, "link": use.link}}, [use]


def _buttons(action: dict[str, Any]) -> dict[str, Any]:
    buttons = objects_in(action, "buttons", "interactive['action']['buttons']")
    if len(buttons) > 3:
        raise invalid("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    return {"buttons": _replies(buttons, "reply")}


def _replies(buttons: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    shown = []
    for button in buttons:
        if button.get("type") != name:
            raise invalid(f"Button type must be {name}.")
        reply = object_in(button, name, f"interactive['action']['buttons']['{name}']")
        title, reply_id = reply.get("title"), reply.get("id")
        if not isinstance(title, str) or not 1 <= len(title) <= BUTTON_AT_MOST:
            raise invalid(f"Button title length invalid. Min length: 1, Max length: {BUTTON_AT_MOST}")
        if not isinstance(reply_id, str) or not 1 <= len(reply_id) <= 256:
            raise invalid("Button id length invalid. Min length: 1, Max length: 256")
        shown.append({"kind": "reply", "text": title, "id": reply_id})
    for key, words in (("id", "ids"), ("text", "titles")):
        if len({button[key] for button in shown}) < len(shown):
            raise invalid(f"Duplicated {words} are found in buttons.")
    return shown


def _list(action: dict[str, Any]) -> dict[str, Any]:
    button = text_in(action, "button", "interactive['action']['button']", at_most=BUTTON_AT_MOST)
    sections = objects_in(action, "sections", "interactive['action']['sections']")
    if len(sections) > 10:
        raise invalid("Total section count exceed max allowed count: 10")
    shown, ids = [], []
    for section in sections:
        title = text_in(
            section,
            "title",
            "interactive['action']['sections']['title']",
            at_most=SECTION_TITLE_AT_MOST,
            required=len(sections) > 1,
        )
        rows = []
        for row in objects_in(section, "rows", "interactive['action']['sections']['rows']"):
            where = "interactive['action']['sections']['rows']"
            rows.append(
                {
                    "id": text_in(row, "id", f"{where}['id']", at_most=200),
                    "title": text_in(row, "title", f"{where}['title']", at_most=24),
                    "description": text_in(
                        row, "description", f"{where}['description']", at_most=72, required=False
                    ),
                }
            )
        ids += [row["id"] for row in rows]
        shown.append({"title": title, "rows": rows})
    if len(ids) > 10:
        raise invalid("Total row count exceed max allowed count: 10")
    if len(set(ids)) < len(ids):
        raise invalid("Duplicated row id is found in sections.")
    return {"list": {"button": button, "sections": shown}}


def _cta_url(action: dict[str, Any]) -> dict[str, Any]:
    parameters = _parameters(action, "cta_url")
    where = "interactive['action']['parameters']"
    text = text_in(parameters, "display_text", f"{where}['display_text']", at_most=BUTTON_AT_MOST)
    url = str(text_in(parameters, "url", f"{where}['url']", at_most=URL_AT_MOST))
    if not url.startswith(("http://", "https://")):
        raise invalid(f"{where}['url'] is not a valid URL.")
    return {"buttons": [{"kind": "url", "text": text, "url": url}]}


def _flow(action: dict[str, Any]) -> dict[str, Any]:
    parameters = _parameters(action, "flow")
    where = "interactive['action']['parameters']"
    if str(parameters.get("flow_message_version", "")) not in ("3", "4"):
        raise not_one_of(f"{where}['flow_message_version']", ("3",), parameters.get("flow_message_version"))
    if bool(parameters.get("flow_id")) == bool(parameters.get("flow_name")):
        raise invalid(f"{where} needs exactly one of flow_id and flow_name.")
    if str(parameters.get("mode", "published")).lower() not in ("published", "draft"):
        raise not_one_of(f"{where}['mode']", ("DRAFT", "PUBLISHED"), parameters.get("mode"))
    text = text_in(parameters, "flow_cta", f"{where}['flow_cta']", at_most=30)
    token = str(parameters.get("flow_token") or "unused")
    return {"buttons": [{"kind": "flow", "text": text, "flow_token": token}]}


def _product(action: dict[str, Any]) -> dict[str, Any]:
    where = "interactive['action']"
    return {
        "products": [text_in(action, "product_retailer_id", f"{where}['product_retailer_id']", at_most=100)],
        "catalog_id": text_in(action, "catalog_id", f"{where}['catalog_id']", at_most=100),
    }


def _product_list(action: dict[str, Any]) -> dict[str, Any]:
    catalog_id = text_in(action, "catalog_id", "interactive['action']['catalog_id']", at_most=100)
    products = []
    sections = objects_in(action, "sections", "interactive['action']['sections']")
    if len(sections) > 10:
        raise invalid("Total section count exceed max allowed count: 10")
    for section in sections:
        text_in(
            section,
            "title",
            "interactive['action']['sections']['title']",
            at_most=SECTION_TITLE_AT_MOST,
            required=len(sections) > 1,
        )
        where = "interactive['action']['sections']['product_items']"
        for item in objects_in(section, "product_items", where):
            products.append(
                text_in(item, "product_retailer_id", f"{where}['product_retailer_id']", at_most=100)
            )
    if len(products) > 30:
        raise invalid("Total product count exceed max allowed count: 30")
    return {"products": products, "catalog_id": catalog_id}


def _named(name: str, button: dict[str, Any]) -> Action:
    def read(action: dict[str, Any]) -> dict[str, Any]:
        given = action.get("name")
        if given != name:
            raise not_one_of("interactive['action']['name']", (name,), given)
        return {"buttons": [button]}

    return read


def _voice_call(action: dict[str, Any]) -> dict[str, Any]:
    parameters = action.get("parameters") or {}
    text = parameters.get("display_text") if isinstance(parameters, dict) else None
    return {"buttons": [{"kind": "call", "text": str(text or "Call now")[:BUTTON_AT_MOST]}]}


def _address(action: dict[str, Any]) -> dict[str, Any]:
    parameters = _parameters(action, "address_message")
    country = text_in(parameters, "country", "interactive['action']['parameters']['country']", at_most=2)
    return {"buttons": [{"kind": "address", "text": "Provide address", "country": country}]}


def _order(name: str, text: str) -> Action:
    def read(action: dict[str, Any]) -> dict[str, Any]:
        where = "interactive['action']['parameters']['reference_id']"
        reference = text_in(_parameters(action, name), "reference_id", where, at_most=60)
        return {"buttons": [{"kind": "pay", "text": text, "id": reference}]}

    return read


def _carousel(action: dict[str, Any]) -> dict[str, Any]:
    cards = objects_in(action, "cards", "interactive['action']['cards']")
    if not 2 <= len(cards) <= 10:
        raise invalid("Invalid cards count. Min allowed cards: 2, Max allowed cards: 10")
    shown: list[dict[str, Any]] = []
    media: list[MediaUse] = []
    for card in cards:
        one: dict[str, Any] = {"text": _words(card, "body", 160, required=False)}
        header = card.get("header")
        if isinstance(header, dict):
            what = str(header.get("type", "")).lower()
            if what not in ("image", "video"):
                raise not_one_of("interactive['action']['cards']['header']['type']", ("IMAGE", "VIDEO"), what)
            use = header_media(header, what, "interactive['action']['cards']['header']")
            one["header"] = {"type": what, "media": {"kind": what, "id": use.media_id, "link": use.link}}
            media.append(use)
        inner = card.get("action") or {}
        if isinstance(inner, dict) and "buttons" in inner:
            buttons = objects_in(inner, "buttons", "interactive['action']['cards']['action']['buttons']")
            one["buttons"] = _replies(buttons, "quick_reply")
        elif isinstance(inner, dict) and inner.get("name") == "cta_url":
            one.update(_cta_url(inner))
        elif isinstance(inner, dict) and "product_retailer_id" in inner:
            one.update(_product(inner))
        shown.append(one)
    return {"cards": shown, "_media": media}


def _catalog(action: dict[str, Any]) -> dict[str, Any]:
    if action.get("name") != "catalog_message":
        raise not_one_of("interactive['action']['name']", ("catalog_message",), action.get("name"))
    button = {"kind": "catalog", "text": "View catalog"}
    parameters = action.get("parameters")
    if isinstance(parameters, dict) and parameters.get("thumbnail_product_retailer_id"):
        where = "interactive['action']['parameters']['thumbnail_product_retailer_id']"
        button["product"] = str(text_in(parameters, "thumbnail_product_retailer_id", where, at_most=100))
    return {"buttons": [button]}


def _parameters(action: dict[str, Any], name: str) -> dict[str, Any]:
    if action.get("name") != name:
        raise not_one_of("interactive['action']['name']", (name,), action.get("name"))
    return object_in(action, "parameters", "interactive['action']['parameters']")


ACTIONS: Final[dict[str, Action]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _cta_url,
    "flow": _flow,
    "product": _product,
    "product_list": _product_list,
    "catalog_message": _catalog,
    "location_request_message": _named("send_location", {"kind": "location", "text": "Send location"}),
    "address_message": _address,
    "carousel": _carousel,
    "order_details": _order("review_and_pay", "Review and pay"),
    "order_status": _order("review_order", "Review order"),
    "voice_call": _voice_call,
    "call_permission_request": _named("call_permission_request", {"kind": "call", "text": "Allow calls"}),
    "request_contact_info": _named("request_contact_info", {"kind": "contact", "text": "Share contact"}),
}
