"""What people send us, out of Meta's webhooks.

Kinds: ``text``; ``button`` (quick reply of a template or of an interactive message), ``list``, ``form``; ``image``,
``video``, ``audio``, ``voice``, ``document``, ``sticker``; ``reaction`` (text: the emoji, empty when taken back);
``location``, ``contacts``, ``order``; ``edit``, ``revoke``; ``system`` (the person changed the number: alias
``new_phone``; nobody wrote anything); ``unsupported`` for the rest, whose type stands in the payload.
"""

from __future__ import annotations

from typing import Any

from qafila.providers.interface import InboundEvent
from qafila.providers.reading import Unreadable, identifier, is_number, mapping, member, moment, words

_INTERACTIVE = {"button_reply": "button", "list_reply": "list", "nfm_reply": "form"}
_PLAIN = frozenset({"contacts", "edit", "revoke"})
_WORDS: dict[str, tuple[str, ...]] = {
    "text": ("body",),
    "button": ("text",),
    "interactive": (),
    "image": ("caption",),
    "video": ("caption",),
    "document": ("caption",),
    "audio": (),
    "sticker": (),
    "reaction": ("emoji",),
    "location": ("name", "address"),
    "order": ("text",),
    "system": ("body",),
}
"""Types with an object of their own name, and where their words stand in it, the first that is there."""


def people(contacts: Any) -> dict[str, dict[str, Any]]:
    """The contacts of a webhook under each of their ids; a contact alone also under the empty one."""
    found: dict[str, dict[str, Any]] = {}
    listed = [one for one in contacts if isinstance(one, dict)] if isinstance(contacts, list) else []
    for one in listed:
        for key in ("wa_id", "user_id"):
            if known_as := words(one.get(key)):
                found[known_as] = one
    if len(listed) == 1:
        found[""] = listed[0]
    return found


def message(one: dict[str, Any], sender_ref: str, contacts: dict[str, dict[str, Any]]) -> InboundEvent:
    """One message. Raises :class:`Unreadable`."""
    kind_said = identifier(one.get("type"), "no_type", 64)
    provider_id = identifier(one.get("id"), "no_id")
    at = moment(one.get("timestamp"))
    kind, text = _content(kind_said, one)
    said_from = words(one.get("from"))
    user_id = words(one.get("from_user_id"))
    contact = contacts.get(said_from) or contacts.get(user_id) or contacts.get("") or {}
    address = said_from if is_number(said_from) else ""
    user_id = user_id or words(contact.get("user_id")) or ("" if address else said_from)
    aliases = {
        "bsuid": user_id,
        "parent_bsuid": words(one.get("from_parent_user_id")) or words(contact.get("parent_user_id")),
        "username": words(member(contact, "profile", "username")),
        "new_phone": words(member(one, "system", "wa_id")) if kind == "system" else "",
    }
    if not address and not user_id:
        address = words(contact.get("wa_id"))
    if not address and not user_id:
        raise Unreadable("no_person")
    return InboundEvent(
        sender_ref=identifier(sender_ref, "no_sender"),
        provider_id=provider_id,
        at=at,
        kind=kind,
        address=address,
        text=text,
        name=words(member(contact, "profile", "name")),
        aliases={key: value for key, value in aliases.items() if value},
        reply_to=_reply_to(one),
        payload=one,
    )


def _content(said: str, one: dict[str, Any]) -> tuple[str, str]:
    """Our kind and the words. Raises :class:`Unreadable` where a part that makes the type is missing."""
    if said in _PLAIN:
        return said, ""
    if said not in _WORDS:
        return "unsupported", ""
    part = mapping(one.get(said), f"no_{said}")
    found = next((text for key in _WORDS[said] if (text := words(part.get(key)))), "")
    if said == "text" and not isinstance(part.get("body"), str):
        raise Unreadable("no_text")
    if said == "interactive":
        which = words(part.get("type"))
        reply = part.get(which)
        return _INTERACTIVE.get(which, "unsupported"), words(member(reply, "title")) or words(
            member(reply, "body")
        )
    return ("voice" if part.get("voice") is True else said), found


def _reply_to(one: dict[str, Any]) -> str | None:
    return words(member(one, "context", "id")) or words(member(one, "reaction", "message_id")) or None
