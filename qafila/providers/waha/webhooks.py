"""What a WAHA server sends: ``{"event": "message.ack", "session": "…", "payload": {…}, …}``, signed with HMAC-SHA-512."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from qafila.providers.chats import key, person, serialized
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
    MAX_TIMESTAMP,
    Unreadable,
    excerpt,
    identifier,
    load,
    mapping,
    member,
    moment,
    words,
)

_RECEIPTS: Final = {
    -1: Receipt.FAILED,
    1: Receipt.SENT,
    2: Receipt.DELIVERED,
    3: Receipt.READ,
    4: Receipt.READ,
}
_LINK: Final = {
    "WORKING": "connected",
    "STOPPED": "disconnected",
    "FAILED": "logged_out",
    "SCAN_QR_CODE": "logged_out",
}


def parse(raw: bytes) -> list[Event]:
    """The event of a webhook. Never raises on content."""
    try:
        found = mapping(load(raw), "not_an_object")
        event = identifier(found.get("event"), "no_event", 64)
        session = identifier(found.get("session"), "no_session", 64)
    except Unreadable as exc:
        return [BadItem(exc.reason, excerpt(raw))]
    try:
        payload = mapping(found.get("payload"), "payload_not_an_object")
        return [_READERS.get(event, _other)(event, session, payload, _sent_at(found.get("timestamp")))]
    except Unreadable as exc:
        return [BadItem(exc.reason, found)]


def _ack(event: str, session: str, payload: dict[str, Any], at: datetime | None) -> Event:
    from_us, chat, own = key(payload.get("id"))
    level = payload.get("ack")
    if not isinstance(level, int) or isinstance(level, bool):
        raise Unreadable("no_receipt")
    kept = {name: payload.get(name) for name in ("id", "ack", "ackName")}
    if payload.get("fromMe", from_us) is not True or level not in _RECEIPTS:
        return OtherEvent("phone.pending", session, at=at, payload=kept)
    receipt = _RECEIPTS[level]
    who = person(payload.get("to"), chat)
    failed = receipt is Receipt.FAILED
    return StatusEvent(
        sender_ref=session,
        provider_id=own,
        receipt=receipt,
        at=at or UNTIMED,
        address=who.address if who else "",
        attempt_id=attempt_id(own),
        error=ProviderError(Failure.UNKNOWN, "ack_-1", "WhatsApp refused the message.") if failed else None,
        payload=kept,
    )


def _message(event: str, session: str, payload: dict[str, Any], at: datetime | None) -> Event:
    from_us, chat, own = key(payload.get("id"))
    from_us = payload.get("fromMe") is True or (from_us and bool(chat))
    who = person(payload.get("to") if from_us else payload.get("from"), chat)
    if who is None or words(payload.get("participant")):
        return OtherEvent("phone.group_message", session, at=at, payload={"id": own})
    media = payload.get("media")
    kind, detail = _kind(payload, media)
    common: dict[str, Any] = {
        "sender_ref": session,
        "at": moment(payload.get("timestamp")),
        "kind": kind,
        "address": who.address,
        "text": words(payload.get("body")),
        "aliases": who.aliases,
        "reply_to": words(member(payload, "replyTo", "id"))[:200] or None,
        "detail": detail,
        "payload": {name: value for name, value in payload.items() if name not in {"_data", "media"}},
    }
    if from_us:
        if attempt_id(own) or payload.get("source") == "api":
            return OtherEvent("phone.own_message", session, at=at, payload={"id": own})
        return EchoEvent(provider_id=own, **common)
    name = words(member(payload, "_data", "notifyName")) or words(member(payload, "_data", "pushName"))
    return InboundEvent(
        provider_id=serialized(False, chat[:60] or f"{who.address}@c.us", own)[:200],
        name=name[:200],
        **common,
    )


def _kind(payload: dict[str, Any], media: Any) -> tuple[str, dict[str, Any]]:
    if payload.get("location"):
        place = payload["location"]
        return "location", {
            "location": {"latitude": member(place, "latitude"), "longitude": member(place, "longitude")}
        }
    if payload.get("vCards"):
        return "contacts", {}
    if payload.get("hasMedia") is not True:
        return "text", {}
    mime = words(member(media, "mimetype"))[:100]
    kind = mime.partition("/")[0]
    kind = kind if kind in {"image", "video", "audio"} else "document"
    found = {"ref": "", "mime": mime, "filename": words(member(media, "filename"))[:200], "voice": False}
    return kind, {"media": found}


def _session(event: str, session: str, payload: dict[str, Any], at: datetime | None) -> Event:
    said = words(payload.get("status"))
    notices = notices_of(session, said, None)
    return OtherEvent("phone.link", session, at=at, payload={"status": said[:32]}, notices=notices)


def notices_of(session: str, state: str, lock: Any) -> tuple[LinkNotice, ...]:
    """What a session's state means, and its ``me.reachoutTimelock``: no new conversations for a while. Where there is none it
    says nothing: servers were seen that are locked and do not know it."""
    code, found = _LINK.get(state), []
    if code:
        found.append(LinkNotice(code, session, detail=state[:200]))
    active, kind = member(lock, "isActive"), words(member(lock, "enforcementType"))[:64]
    if active is True:
        until = _ends(member(lock, "timeEnforcementEnds"))
        found.append(LinkNotice("time_locked", session, detail=kind, until=until))
    elif active is False:
        found.append(LinkNotice("unlocked", session, detail=kind))
    return tuple(found)


def _ends(value: Any) -> datetime | None:
    """A moment as its engines write one: ISO 8601, or seconds or milliseconds since 1970."""
    if isinstance(value, str) and not value.isdecimal():
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        at = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    at = at / 1000 if at > MAX_TIMESTAMP else at
    return datetime.fromtimestamp(at, UTC) if 0 < at < MAX_TIMESTAMP else None


def _other(event: str, session: str, payload: dict[str, Any], at: datetime | None) -> Event:
    known = ("message.", "presence.", "group.", "label.", "call.", "chat.", "event.", "poll.", "engine.")
    return OtherEvent("phone.other" if event.startswith(known) else f"waha.{event}"[:64], session, at=at)


def _sent_at(value: Any) -> datetime | None:
    """Milliseconds since 1970."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < MAX_TIMESTAMP * 1000:
        return datetime.fromtimestamp(value / 1000, UTC)
    return None


_READERS: Final[dict[str, Callable[[str, str, dict[str, Any], datetime | None], Event]]] = {
    "message": _message,
    "message.any": _message,
    "message.ack": _ack,
    "session.status": _session,
}
