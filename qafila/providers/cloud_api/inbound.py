"""What people send us, and what the business itself sends from its phone app, out of Meta's webhooks.

Kinds: ``text``; ``button`` (quick reply of a template or of an interactive message), ``list``, ``form``; ``image``,
``video``, ``audio``, ``voice``, ``document``, ``sticker``; ``reaction`` (text: the emoji, empty when taken back);
``location``, ``contacts``, ``order``; ``edit`` (text: the new words), ``revoke``; ``welcome`` (the chat was opened);
``system`` (the person changed the number: alias ``new_phone``; nobody wrote anything); ``unsupported`` for the rest.
"""

from __future__ import annotations

from typing import Any

from qafila.providers.cloud_api import inbound_parts
from qafila.providers.interface import EchoEvent, InboundEvent
from qafila.providers.reading import Unreadable, identifier, is_number, member, moment, words

_SILENT = frozenset({"system", "edit", "revoke", "welcome"})
"""Nobody wrote anything new: whether Meta opens a window for these is not said, so none is counted on."""


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
    said = identifier(one.get("type"), "no_type", 64)
    provider_id = identifier(one.get("id"), "no_id")
    at = moment(one.get("timestamp"))
    part = inbound_parts.read(said, one)
    said_from, user_id = words(one.get("from")), words(one.get("from_user_id"))
    contact = contacts.get(said_from) or contacts.get(user_id) or contacts.get("") or {}
    address, aliases = _who(said_from, user_id, words(one.get("from_parent_user_id")), contact)
    if part.kind == "system":
        moved_to = words(member(one, "system", "wa_id")) or words(member(one, "system", "new_wa_id"))
        if moved_to:
            aliases["new_phone"] = moved_to
    return InboundEvent(
        sender_ref=identifier(sender_ref, "no_sender"),
        provider_id=provider_id,
        at=at,
        kind=part.kind,
        address=address,
        text=part.text,
        name=words(member(contact, "profile", "name")),
        aliases=aliases,
        reply_to=_reply_to(one, part),
        choice=part.choice,
        detail={**part.detail, **inbound_parts.around(one)},
        unknown=part.unknown,
        opens_window=part.kind not in _SILENT,
        payload=one,
    )


def echo(one: dict[str, Any], sender_ref: str, contacts: dict[str, dict[str, Any]]) -> EchoEvent:
    """One message that the business sent from its phone app. Raises :class:`Unreadable`."""
    said = identifier(one.get("type"), "no_type", 64)
    provider_id = identifier(one.get("id"), "no_id")
    at = moment(one.get("timestamp"))
    part = inbound_parts.read(said, one)
    to, user_id = words(one.get("to")), words(one.get("to_user_id"))
    contact = contacts.get(to) or contacts.get(user_id) or {}
    address, aliases = _who(to, user_id, words(one.get("to_parent_user_id")), contact)
    return EchoEvent(
        sender_ref=identifier(sender_ref, "no_sender"),
        provider_id=provider_id,
        at=at,
        kind=part.kind,
        address=address,
        text=part.text,
        aliases=aliases,
        reply_to=_reply_to(one, part),
        detail=part.detail,
        payload=one,
    )


def _who(said: str, user_id: str, parent_id: str, contact: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The phone number (or "") and the other identities of a person. Raises :class:`Unreadable`."""
    address = said if is_number(said) else ""
    user_id = user_id or words(contact.get("user_id")) or ("" if address else said)
    aliases = {
        "bsuid": user_id,
        "parent_bsuid": parent_id or words(contact.get("parent_user_id")),
        "username": words(member(contact, "profile", "username")),
    }
    if not address and not user_id:
        address = words(contact.get("wa_id"))
    if not address and not user_id:
        raise Unreadable("no_person")
    return address, {key: value for key, value in aliases.items() if value}


def _reply_to(one: dict[str, Any], part: inbound_parts.Part) -> str | None:
    """The message that it answers, reacts to, edits or takes back."""
    found = words(member(one, "context", "id")) or words(member(one, "reaction", "message_id"))
    return found or str(part.detail.get("original") or "") or None
