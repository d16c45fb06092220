"""What an Evolution API server sends: ``{"event": "messages.upsert", "instance": "…", "data": {…}, …}``.

The body also holds the instance's key (``apikey``) and our own address with its secret (``destination``): :func:`storable`
takes both out before it is written down, and whatever shows a QR code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from qafila.providers.chats import person, serialized
from qafila.providers.interface import (
    UNTIMED,
    BadItem,
    EchoEvent,
    Event,
    Failure,
    InboundEvent,
    OtherEvent,
    ProviderError,
    Receipt,
    StatusEvent,
)
from qafila.providers.notices import LinkNotice
from qafila.providers.reading import Unreadable, identifier, load, mapping, member, moment, words

_RECEIPTS: Final = {
    "SERVER_ACK": Receipt.SENT,
    "DELIVERY_ACK": Receipt.DELIVERED,
    "READ": Receipt.READ,
    "PLAYED": Receipt.READ,
    "ERROR": Receipt.FAILED,
}
_TEXTS: Final = {
    "conversation": ("conversation",),
    "extendedTextMessage": ("extendedTextMessage", "text"),
    "buttonsResponseMessage": ("buttonsResponseMessage", "selectedDisplayText"),
    "templateButtonReplyMessage": ("templateButtonReplyMessage", "selectedDisplayText"),
    "listResponseMessage": ("listResponseMessage", "title"),
    "reactionMessage": ("reactionMessage", "text"),
    "imageMessage": ("imageMessage", "caption"),
    "videoMessage": ("videoMessage", "caption"),
    "documentMessage": ("documentMessage", "caption"),
}
_KINDS: Final = {
    "conversation": "text",
    "extendedTextMessage": "text",
    "buttonsResponseMessage": "button",
    "templateButtonReplyMessage": "button",
    "listResponseMessage": "list",
    "reactionMessage": "reaction",
    "imageMessage": "image",
    "videoMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
    "stickerMessage": "sticker",
    "locationMessage": "location",
    "contactMessage": "contacts",
    "contactsArrayMessage": "contacts",
}
_SECRET: Final = re.compile(
    rb'("(?:apikey|destination)"\s*:\s*)"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL
)
"""In the bytes, whether they are good JSON or not: within a text of it a quotation mark stands behind a backslash."""
_SHOWS_CODE: Final = re.compile(rb'"event"\s*:\s*"(?:qrcode|QRCODE)[._](?:updated|UPDATED)"')
_LOGGED_OUT: Final = (401,)
_BANNED: Final = (402, 403, 406)
"""Reasons of a closed connection after which the server itself does not connect again."""


def parse(raw: bytes) -> list[Event]:
    """The events of a webhook. Never raises on content."""
    try:
        found = mapping(load(raw), "not_an_object")
        event = _event(found)
        instance = identifier(found.get("instance"), "no_instance", 64)
        data = found.get("data")
    except Unreadable as exc:
        return [BadItem(exc.reason, f"{len(raw)} bytes")]
    listed = data if isinstance(data, list) else [data]
    return [_one(event, instance, one) for one in listed] or [OtherEvent(_kind(event), instance)]


def _event(found: dict[str, Any]) -> str:
    return identifier(found.get("event"), "no_event", 64).lower().replace("_", ".")


def storable(raw: bytes) -> bytes:
    """A webhook without the instance's key, our secret address and QR codes; all else to the byte. Never raises."""
    if _SHOWS_CODE.search(raw):
        kept: dict[str, Any] = {"event": "qrcode.updated", "data": {}}
        try:
            found = mapping(load(raw), "not_an_object")
            if _event(found) in _READERS and _event(found) != kept["event"]:
                return _SECRET.sub(rb'\1""', raw)
            kept["instance"] = identifier(found.get("instance"), "no_instance", 64)
        except Unreadable:  # what it is cannot be told, but that it shows a code
            pass
        return json.dumps(kept).encode()
    return _SECRET.sub(rb'\1""', raw)


def _one(event: str, instance: str, data: Any) -> Event:
    try:
        return _READERS.get(event, _other)(event, instance, mapping(data, "data_not_an_object"))
    except Unreadable as exc:
        return BadItem(exc.reason, data)


def _update(event: str, instance: str, data: dict[str, Any]) -> Event:
    """``messages.update``: a receipt. It carries no time."""
    inner = data.get("key")
    own = identifier(data.get("keyId") or member(inner, "id"), "no_id", 200)
    from_us = data.get("fromMe", member(inner, "fromMe"))
    said = words(data.get("status")).upper()
    kept = {"keyId": own, "status": said[:32], "fromMe": from_us is True}
    if from_us is not True or said not in _RECEIPTS:
        return OtherEvent("phone.pending", instance, payload=kept)
    receipt = _RECEIPTS[said]
    who = person(data.get("remoteJid"), member(inner, "remoteJid"), member(inner, "remoteJidAlt"))
    failed = receipt is Receipt.FAILED
    return StatusEvent(
        sender_ref=instance,
        provider_id=own,
        receipt=receipt,
        at=UNTIMED,
        address=who.address if who else "",
        error=ProviderError(Failure.UNKNOWN, "status_error", "WhatsApp refused the message.")
        if failed
        else None,
        payload=kept,
    )


def _upsert(event: str, instance: str, data: dict[str, Any]) -> Event:
    inner = mapping(data.get("key"), "no_key")
    own = identifier(inner.get("id"), "no_id", 160)
    chat = words(inner.get("remoteJid"))
    who = person(inner.get("remoteJidAlt"), chat, inner.get("senderPn"))
    if who is None:
        return OtherEvent("phone.group_message", instance, payload={"id": own})
    said = identifier(data.get("messageType"), "no_type", 64)
    message = data.get("message")
    text = words(member(message, *_TEXTS[said])) if said in _TEXTS else ""
    kind = _KINDS.get(said, "unsupported")
    common: dict[str, Any] = {
        "sender_ref": instance,
        "at": moment(data.get("messageTimestamp")),
        "kind": kind,
        "address": who.address,
        "text": text,
        "aliases": who.aliases,
        "reply_to": words(member(data, "contextInfo", "stanzaId"))[:200] or None,
        "detail": _detail(kind, said, message),
        "payload": _kept(data, kind),
    }
    if inner.get("fromMe") is True:
        return EchoEvent(provider_id=own, **common)
    return InboundEvent(
        provider_id=serialized(False, chat[:60], own)[:200],
        name=words(data.get("pushName"))[:200],
        unknown="" if kind != "unsupported" else said,
        **common,
    )


def _detail(kind: str, said: str, message: Any) -> dict[str, Any]:
    if kind in {"image", "video", "audio", "document", "sticker"}:
        return {
            "media": {
                "ref": "",
                "mime": words(member(message, said, "mimetype"))[:100],
                "filename": words(member(message, said, "fileName"))[:200],
                "voice": member(message, said, "ptt") is True,
            }
        }
    if kind == "location":
        return {
            "location": {
                "latitude": member(message, said, "degreesLatitude"),
                "longitude": member(message, said, "degreesLongitude"),
            }
        }
    return {}


def _kept(data: dict[str, Any], kind: str) -> dict[str, Any]:
    """Without files and keys to them."""
    kept = ["key", "pushName", "status", "messageType", "messageTimestamp", "source", "contextInfo"]
    if kind == "text":
        kept.append("message")
    return {name: data[name] for name in kept if name in data}


def _connection(event: str, instance: str, data: dict[str, Any]) -> Event:
    state, reason = words(data.get("state")), data.get("statusReason")
    payload = {"state": state[:32], "statusReason": reason if isinstance(reason, int) else None}
    code = {"open": "connected", "close": "disconnected", "connecting": ""}.get(state, "")
    if state == "close" and reason in _LOGGED_OUT:
        code = "logged_out"
    elif state == "close" and reason in _BANNED:
        code = "banned"
    notices = (LinkNotice(code, instance, detail=f"{state} {reason}"[:200]),) if code else ()
    return OtherEvent("phone.link", instance, payload=payload, notices=notices)


def notices_of(instance: str, state: str) -> tuple[LinkNotice, ...]:
    """What ``connectionState`` means. It gives no reason; the server itself connects again after every break that is not the
    end, so an instance that stays closed has lost its phone."""
    code = {"open": "connected", "close": "logged_out"}.get(state)
    return (LinkNotice(code, instance, detail=state),) if code else ()


def _gone(event: str, instance: str, data: dict[str, Any]) -> Event:
    notice = LinkNotice("logged_out", instance, detail=event)
    return OtherEvent("phone.link", instance, payload={"event": event}, notices=(notice,))


def _own(event: str, instance: str, data: dict[str, Any]) -> Event:
    """``send.message``: what was sent over the API. Ours is in the books already."""
    return OtherEvent("phone.own_message", instance, payload={"id": words(member(data, "key", "id"))[:200]})


def _code(event: str, instance: str, data: dict[str, Any]) -> Event:
    """A QR code gives the account away: it is not kept."""
    return OtherEvent("phone.code", instance)


def _other(event: str, instance: str, data: dict[str, Any]) -> Event:
    return OtherEvent(_kind(event), instance)


def _kind(event: str) -> str:
    known = ("presence.", "contacts.", "chats.", "groups.", "group.", "call", "labels.", "messages.")
    return "phone.other" if event.startswith(known) else f"evolution.{event}"[:64]


_READERS: Final[dict[str, Callable[[str, str, dict[str, Any]], Event]]] = {
    "messages.update": _update,
    "messages.upsert": _upsert,
    "connection.update": _connection,
    "logout.instance": _gone,
    "remove.instance": _gone,
    "send.message": _own,
    "qrcode.updated": _code,
}
