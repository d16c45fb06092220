"""What a message of a person says, type by type, in the words that are the same for every vendor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from qafila.providers.reading import Unreadable, load, mapping, member, words

LONGEST_FORM = 64 * 1024


class Part(NamedTuple):
    """Kind, words, what was pressed, and the rest; see ``interface.InboundEvent``."""

    kind: str
    text: str = ""
    choice: str = ""
    detail: dict[str, Any] = {}
    unknown: str = ""


def read(said: str, one: dict[str, Any]) -> Part:
    """The part that makes the type. Raises :class:`Unreadable` where it is missing."""
    reader = _READERS.get(said)
    if reader is None:
        return Part("unsupported", detail=_problem(one), unknown="" if said == "unsupported" else said)
    return reader(said, one)


def around(one: dict[str, Any]) -> dict[str, Any]:
    """What stands beside the content, whatever its type: the ad it came from, whether it was forwarded, a product."""
    found: dict[str, Any] = {}
    if referral := _referral(one.get("referral")):
        found["referral"] = referral
    for key in ("forwarded", "frequently_forwarded"):
        if member(one, "context", key) is True:
            found[key] = True
    product = member(one, "context", "referred_product")
    if isinstance(product, dict):
        found["product"] = _chosen(product, {"catalog": "catalog_id", "product": "product_retailer_id"})
    return found


def _text(said: str, one: dict[str, Any]) -> Part:
    body = mapping(one.get("text"), "no_text").get("body")
    if not isinstance(body, str):
        raise Unreadable("no_text")
    return Part("text", body)


def _media(said: str, one: dict[str, Any]) -> Part:
    part = mapping(one.get(said), f"no_{said}")
    names = {"ref": "id", "mime": "mime_type", "sha256": "sha256", "filename": "filename", "link": "url"}
    media = _chosen(part, names)
    kind = "voice" if part.get("voice") is True else said
    if part.get("animated") is True:
        media["animated"] = True
    return Part(kind, words(part.get("caption")), detail={"media": media})


def _button(said: str, one: dict[str, Any]) -> Part:
    """A quick reply of a template: its payload is what we gave it at sending, or its title."""
    part = mapping(one.get("button"), "no_button")
    return Part("button", words(part.get("text")), words(part.get("payload")))


def _interactive(said: str, one: dict[str, Any]) -> Part:
    part = mapping(one.get("interactive"), "no_interactive")
    which = words(part.get("type"))
    reply = part.get(which)
    title = words(member(reply, "title"))
    match which:
        case "button_reply":
            return Part("button", title, words(member(reply, "id")))
        case "list_reply":
            description = words(member(reply, "description"))
            detail = {"description": description} if description else {}
            return Part("list", title, words(member(reply, "id")), detail)
        case "nfm_reply":
            return Part("form", words(member(reply, "body")), detail={"form": _form(reply)})
        case "call_permission_reply":
            return Part("unsupported")
    return Part("unsupported", title or words(member(reply, "body")), unknown=f"interactive.{which[:40]}")


def _form(reply: Any) -> dict[str, Any]:
    """The answers that a person gave in a form: Meta sends them as JSON in a text."""
    found: dict[str, Any] = {"name": words(member(reply, "name"))}
    raw = words(member(reply, "response_json"))
    if len(raw) <= LONGEST_FORM:
        try:
            answers = load(raw.encode("utf-8", "replace"))
        except Unreadable:
            answers = None
        if isinstance(answers, dict):
            found["answers"] = answers
    return found


def _reaction(said: str, one: dict[str, Any]) -> Part:
    part = mapping(one.get("reaction"), "no_reaction")
    return Part("reaction", words(part.get("emoji")))


def _location(said: str, one: dict[str, Any]) -> Part:
    part = mapping(one.get("location"), "no_location")
    place: dict[str, Any] = _chosen(part, {"name": "name", "address": "address", "link": "url"})
    for key in ("latitude", "longitude"):
        if isinstance(part.get(key), int | float) and not isinstance(part.get(key), bool):
            place[key] = part[key]
    return Part("location", place.get("name", "") or place.get("address", ""), detail={"location": place})


def _contacts(said: str, one: dict[str, Any]) -> Part:
    cards = one.get("contacts")
    listed = [card for card in cards if isinstance(card, dict)] if isinstance(cards, list) else []
    return Part("contacts", detail={"contacts": listed})


def _order(said: str, one: dict[str, Any]) -> Part:
    part = mapping(one.get("order"), "no_order")
    items = part.get("product_items")
    rows = [
        {
            "product": words(item.get("product_retailer_id")),
            "quantity": item.get("quantity"),
            "price": item.get("item_price"),
            "currency": words(item.get("currency")),
        }
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict)
    ]
    order = {"catalog": words(part.get("catalog_id")), "items": rows}
    return Part("order", words(part.get("text")), detail={"order": order})


def _system(said: str, one: dict[str, Any]) -> Part:
    part = mapping(one.get("system"), "no_system")
    return Part("system", words(part.get("body")), detail={"system": words(part.get("type"))})


def _edit(said: str, one: dict[str, Any]) -> Part:
    """The new words of an earlier message."""
    inner = member(one, "edit", "message")
    detail: dict[str, Any] = {"original": words(member(one, "edit", "original_message_id"))}
    kind = words(member(inner, "type"))
    if not isinstance(inner, dict) or kind in ("edit", "revoke") or kind not in _READERS:
        return Part("edit", detail=detail)
    part = _READERS[kind](kind, inner)
    return Part("edit", part.text, detail={**detail, **part.detail, "as": part.kind})


def _revoke(said: str, one: dict[str, Any]) -> Part:
    return Part("revoke", detail={"original": words(member(one, "revoke", "original_message_id"))})


def _welcome(said: str, one: dict[str, Any]) -> Part:
    """The person opened the chat for the first time; nothing was written yet."""
    return Part("welcome")


def _referral(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        return {}
    names = {
        "source": "source_id",
        "source_type": "source_type",
        "url": "source_url",
        "headline": "headline",
        "body": "body",
        "media_type": "media_type",
        "image": "image_url",
        "video": "video_url",
        "thumbnail": "thumbnail_url",
        "click": "ctwa_clid",
    }
    chosen = _chosen(found, names)
    if welcome := words(member(found, "welcome_message", "text")):
        chosen["welcome"] = welcome
    return chosen


def _problem(one: dict[str, Any]) -> dict[str, Any]:
    errors = one.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    code = member(first, "code")
    if not isinstance(code, int) or isinstance(code, bool):
        return {}
    return {"problem": {"code": str(code), "title": words(member(first, "title"))}}


def _chosen(found: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Texts under our names, those that are there."""
    return {ours: value for ours, theirs in names.items() if (value := words(found.get(theirs)))}


_READERS: dict[str, Callable[[str, dict[str, Any]], Part]] = {
    "text": _text,
    "image": _media,
    "video": _media,
    "audio": _media,
    "document": _media,
    "sticker": _media,
    "button": _button,
    "interactive": _interactive,
    "reaction": _reaction,
    "location": _location,
    "contacts": _contacts,
    "order": _order,
    "system": _system,
    "edit": _edit,
    "revoke": _revoke,
    "request_welcome": _welcome,
}
