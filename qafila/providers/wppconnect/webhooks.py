"""What a WPPConnect server sends: flat JSON ``{"event": E, "session": S, …}``, one event each, unsigned, never repeated.

``onack`` receipts, ``onmessage`` what people wrote, ``onselfmessage`` what was written on the phone itself,
``status-find`` the link; the rest is kept. Texts of receipts and pictures are not kept twice, codes
that link a phone never (:func:`storable`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from qafila.providers.chats import Person, key, person
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
from qafila.providers.own_ids import attempt_id
from qafila.providers.reading import (
    Unreadable,
    excerpt,
    identifier,
    load,
    mapping,
    member,
    moment,
    words,
)

_RECEIPTS: Final = {1: Receipt.SENT, 2: Receipt.DELIVERED, 3: Receipt.READ, 4: Receipt.READ}
_KINDS: Final = {
    "chat": "text",
    "ptt": "voice",
    "audio": "audio",
    "image": "image",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "vcard": "contacts",
    "multi_vcard": "contacts",
    "buttons_response": "button",
    "template_button_reply": "button",
    "list_response": "list",
}
_WORDS: Final = ("chat", "buttons_response", "template_button_reply", "list_response")
"""Types whose body is what the person said; elsewhere it is a picture or a card."""
_FILES: Final = ("voice", "audio", "image", "video", "document", "sticker")
_SHOWS_CODE: Final = re.compile(rb'"event"\s*:\s*"(qrcode|phoneCode)"')
"""In the bytes, whether they are good JSON or not: within a text of it a quotation mark stands behind a backslash."""
_LINK: Final = {
    "isLogged": "connected",
    "inChat": "connected",
    "qrReadSuccess": "connected",
    "phoneNotConnected": "disconnected",
    "browserClose": "disconnected",
    "serverClose": "disconnected",
    "autocloseCalled": "disconnected",
    "desconnectedMobile": "logged_out",
    "disconnectedMobile": "logged_out",
    "notLogged": "logged_out",
    "UNPAIRED": "logged_out",
    "UNPAIRED_IDLE": "logged_out",
    "TOS_BLOCK": "banned",
    "SMB_TOS_BLOCK": "banned",
    "PROXYBLOCK": "disconnected",
}
"""The server's word for the link to what it means for us. ``TOS_BLOCK`` is WhatsApp's ban; read in its source, never seen."""
_STATES: Final = {
    "CONNECTED": "connected",
    "CLOSED": "logged_out",
    "QRCODE": "logged_out",
    "PHONECODE": "logged_out",
}
"""The same for the state of a session that is asked for. One that was linked and stays closed has lost its phone (logged out, or
banned), or its server was started anew without it: a person must look."""


def parse(raw: bytes) -> list[Event]:
    """The event of a webhook. Never raises on content."""
    try:
        found = mapping(load(raw), "not_an_object")
        event = identifier(found.get("event"), "no_event", 64)
        session = identifier(found.get("session"), "no_session", 64)
    except Unreadable as exc:
        return [BadItem(exc.reason, excerpt(raw))]
    try:
        return [_READERS.get(event, _other)(event, session, found)]
    except Unreadable as exc:
        return [BadItem(exc.reason, found)]


def storable(raw: bytes) -> bytes:
    """A webhook without a code that links a phone: of such a one only its event and its session. Never raises."""
    shows = _SHOWS_CODE.search(raw)
    if shows is None:
        return raw
    kept = {"event": shows[1].decode()}
    try:
        found = mapping(load(raw), "not_an_object")
        if _READERS.get(words(found.get("event")), _code) is not _code:
            return raw
        kept["session"] = identifier(found.get("session"), "no_session", 64)
    except Unreadable:  # what it is cannot be told, but that it shows a code
        pass
    return json.dumps(kept).encode()


def _ack(event: str, session: str, found: dict[str, Any]) -> Event:
    from_us, chat, own = key(found.get("id"))
    level = found.get("ack")
    if not isinstance(level, int) or isinstance(level, bool):
        raise Unreadable("no_receipt")
    kept = {name: found.get(name) for name in ("event", "id", "ack", "type", "t")}
    if not from_us or level == 0 or level > max(_RECEIPTS):
        return OtherEvent("phone.pending", session, payload=kept)
    who = person(chat, found.get("to"))
    failed = None
    if level < 0:
        failed = ProviderError(Failure.UNKNOWN, f"ack_{level}", "WhatsApp Web says that the message failed.")
    return StatusEvent(
        sender_ref=session,
        provider_id=own,
        receipt=Receipt.FAILED if failed else _RECEIPTS[level],
        at=UNTIMED,  # ``t`` is when the message was made
        address=who.address if who else "",
        attempt_id=attempt_id(own),
        error=failed,
        payload=kept,
    )


def _message(event: str, session: str, found: dict[str, Any]) -> Event:
    from_us, chat, own = key(found.get("id"))
    if from_us and chat:
        return _self(event, session, found)
    who = person(found.get("from"), found.get("chatId"), member(found, "sender", "id"), chat)
    if found.get("isGroupMsg") is True or who is None:
        return OtherEvent("phone.group_message", session, payload={"id": own})
    kind, text, detail, unknown = _said(found)
    return InboundEvent(
        sender_ref=session,
        provider_id=_whole_id(found, who, own),
        at=moment(found.get("t") or found.get("timestamp")),
        kind=kind,
        address=who.address,
        text=text,
        name=(words(found.get("notifyName")) or words(member(found, "sender", "pushname")))[:200],
        aliases=who.aliases,
        reply_to=_quoted(found),
        detail=detail,
        unknown=unknown,
        payload=_kept(found),
    )


def _self(event: str, session: str, found: dict[str, Any]) -> Event:
    """Written on the phone, or sent by us: our own messages are in the books already."""
    _, chat, own = key(found.get("id"))
    who = person(found.get("to"), chat)
    if attempt_id(own) or who is None or found.get("isGroupMsg") is True:
        return OtherEvent("phone.own_message", session, payload={"id": own})
    kind, text, detail, _ = _said(found)
    return EchoEvent(
        sender_ref=session,
        provider_id=own,
        at=moment(found.get("t") or found.get("timestamp")),
        kind=kind,
        address=who.address,
        text=text,
        aliases=who.aliases,
        reply_to=_quoted(found),
        detail=detail,
        payload=_kept(found),
    )


def _link(event: str, session: str, found: dict[str, Any]) -> Event:
    said = words(found.get("status")) or words(found.get("state"))
    code = _LINK.get(said)
    notices = (LinkNotice(code, session, detail=said[:200]),) if code else ()
    return OtherEvent("phone.link", session, payload={"status": said[:200]}, notices=notices)


def notices_of(session: str, state: str) -> tuple[LinkNotice, ...]:
    """What the state of a session, as the server tells it when asked, means for us."""
    code = _STATES.get(state) or _LINK.get(state)
    return (LinkNotice(code, session, detail=state[:200]),) if code else ()


def _closed(event: str, session: str, found: dict[str, Any]) -> Event:
    code = "logged_out" if event == "logoutsession" else "disconnected"
    notice = LinkNotice(code, session, detail=event)
    return OtherEvent("phone.link", session, payload={"status": event}, notices=(notice,))


def _code(event: str, session: str, found: dict[str, Any]) -> Event:
    """A QR code or a code gives the account away: it is not kept."""
    return OtherEvent("phone.code", session)


def _other(event: str, session: str, found: dict[str, Any]) -> Event:
    known = {"onpresencechanged", "incomingcall", "unreadmessages", "onupdatelabel", "onparticipantschanged"}
    return OtherEvent("phone.other" if event in known else f"wppconnect.{event}"[:64], session, payload=found)


def _said(found: dict[str, Any]) -> tuple[str, str, dict[str, Any], str]:
    """Kind, text, detail, and the type's name where nobody here knows it."""
    said = identifier(found.get("type"), "no_type", 64)
    kind = _KINDS.get(said, "unsupported")
    text = words(found.get("body")) if said in _WORDS else words(found.get("caption"))
    detail: dict[str, Any] = {}
    if kind in _FILES:
        detail["media"] = {
            "ref": str(words(found.get("id")) or words(member(found, "id", "_serialized")))[:400],
            "mime": words(found.get("mimetype"))[:100],
            "filename": words(found.get("filename"))[:200],
            "voice": kind == "voice",
        }
    if kind == "location":
        detail["location"] = {"latitude": found.get("lat"), "longitude": found.get("lng")}
    return kind, text, detail, "" if kind != "unsupported" else said


def _whole_id(found: dict[str, Any], who: Person, own: str) -> str:
    """With the chat in it: reading and quoting need that."""
    chat = f"{who.address}@c.us" if who.address else f"{who.aliases['lid']}@lid"
    return f"false_{chat}_{own}"[:200]


def _quoted(found: dict[str, Any]) -> str | None:
    quoted = found.get("quotedMsgId") or found.get("quotedStanzaID")
    try:
        return key(quoted)[2] if quoted else None
    except Unreadable:
        return None


def _kept(found: dict[str, Any]) -> dict[str, Any]:
    """The webhook without pictures in it."""
    without = {"event", "session", "deprecatedMms3Url", "mediaData", "sender", "content"}
    if found.get("type") not in _WORDS:
        without.add("body")
    return {name: value for name, value in found.items() if name not in without}


_READERS: Final[dict[str, Callable[[str, str, dict[str, Any]], Event]]] = {
    "onack": _ack,
    "onmessage": _message,
    "onselfmessage": _self,
    "status-find": _link,
    "onstatechange": _link,
    "closesession": _closed,
    "logoutsession": _closed,
    "qrcode": _code,
    "phoneCode": _code,
}
