"""What the gateway tells: ``{"gateway": "baileys", "session": "…", "events": [{"id", "type", "at", …}, …]}``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from qafila.providers.baileys.errors import of_code
from qafila.providers.interface import (
    BadItem,
    EchoEvent,
    Event,
    InboundEvent,
    OtherEvent,
    Receipt,
    StatusEvent,
)
from qafila.providers.notices import LinkNotice
from qafila.providers.reading import (
    Unreadable,
    excerpt,
    identifier,
    is_number,
    items,
    load,
    mapping,
    member,
    moment,
    words,
)

MOST_ID: Final = 200
_RECEIPTS: Final = {one.value: one for one in Receipt}
_GONE: Final = frozenset(
    {"logged_out", "replaced", "bad_session", "restart_loop", "client_outdated", "multidevice_mismatch"}
)
_BANNED: Final = frozenset({"banned", "temporarily_banned"})
_AT_LEAST: Final = {"FIRST_WARNING": 0.8, "SECOND_WARNING": 0.9}
"""What WhatsApp's warnings count as where they come without numbers: it warns when little of the quota is left."""


def parse(raw: bytes) -> list[Event]:
    """The events of a webhook, in its order. Never raises on content."""
    try:
        found = mapping(load(raw), "not_an_object")
        session = identifier(found.get("session"), "no_session", 64)
        events = items(found.get("events"), "events_not_a_list")
        if not events:
            raise Unreadable("no_events")
    except Unreadable as exc:
        return [BadItem(exc.reason, excerpt(raw))]
    return [_event(session, one) for one in events]


def _event(session: str, one: Any) -> Event:
    try:
        found = mapping(one, "event_not_an_object")
        said = identifier(found.get("type"), "no_type", 64)
        return _READERS.get(said, _other)(session, found, moment(found.get("at")))
    except Unreadable as exc:
        return BadItem(exc.reason, one)


def _status(session: str, found: dict[str, Any], at: datetime) -> Event:
    message = mapping(found.get("message"), "no_message")
    receipt = _RECEIPTS.get(words(message.get("status")))
    if receipt is None:
        raise Unreadable("no_receipt")
    code = words(message.get("code"))[:64] or "no_reason"
    return StatusEvent(
        sender_ref=session,
        provider_id=identifier(message.get("provider_id"), "no_id", MOST_ID),
        receipt=receipt,
        at=at,
        address=_digits(message.get("to")),
        attempt_id=words(message.get("id"))[:128] or None,
        error=of_code(code, refused=True) if receipt is Receipt.FAILED else None,
        payload=message,
    )


def _received(session: str, found: dict[str, Any], at: datetime) -> Event:
    common = _message(session, found, at)
    message = mapping(found.get("message"), "no_message")
    kind = common["kind"]
    return InboundEvent(
        **common,
        name=words(message.get("name"))[:200],
        choice=words(message.get("choice")),
        unknown=words(message.get("unknown"))[:64],
        opens_window=kind not in {"revoke", "edit"},
    )


def _echo(session: str, found: dict[str, Any], at: datetime) -> Event:
    return EchoEvent(**_message(session, found, at))


def _message(session: str, found: dict[str, Any], at: datetime) -> dict[str, Any]:
    message = mapping(found.get("message"), "no_message")
    phone, lid = _digits(message.get("from")), _digits(message.get("lid"))
    if not phone and not lid:
        raise Unreadable("no_person")
    return {
        "sender_ref": session,
        "provider_id": identifier(message.get("provider_id"), "no_id", MOST_ID),
        "at": at,
        "kind": identifier(message.get("kind"), "no_kind", 32),
        "address": phone,
        "text": words(message.get("text")),
        "aliases": {"lid": lid} if lid else {},
        "reply_to": words(message.get("reply_to"))[:MOST_ID] or None,
        "detail": _detail(message),
        "payload": message,
    }


def _detail(message: dict[str, Any]) -> dict[str, Any]:
    """What else it says, in the words that are the same for every vendor."""
    detail: dict[str, Any] = {}
    media = message.get("media")
    if isinstance(media, dict):
        detail["media"] = {
            "mime": words(media.get("mime"))[:128],
            "filename": words(media.get("filename"))[:255],
            "voice": media.get("voice") is True,
        }
    if isinstance(message.get("location"), dict):
        detail["location"] = message["location"]
    if isinstance(message.get("contacts"), list):
        detail["contacts"] = message["contacts"]
    if message.get("forwarded") is True:
        detail["forwarded"] = True
    if original := words(message.get("original"))[:MOST_ID]:
        detail["original"] = original
    return detail


def _state(session: str, found: dict[str, Any], at: datetime) -> Event:
    state, reason = words(found.get("state")), words(found.get("reason"))[:64]
    notice = link_notice(session, state, reason)
    kept = {"state": state, "reason": reason}
    return OtherEvent("phone.state", session, at=at, payload=kept, notices=(notice,) if notice else ())


def _locked(session: str, found: dict[str, Any], at: datetime) -> Event:
    lock = mapping(found.get("time_lock"), "no_time_lock")
    notice = lock_notice(session, lock)
    return OtherEvent("phone.time_lock", session, at=at, payload=lock, notices=(notice,) if notice else ())


def _capped(session: str, found: dict[str, Any], at: datetime) -> Event:
    capping = mapping(found.get("capping"), "no_capping")
    notice = quota_notice(session, capping)
    return OtherEvent("phone.capping", session, at=at, payload=capping, notices=(notice,))


def link_notice(session: str, state: str, reason: str) -> LinkNotice | None:
    """What a state of the session and its reason mean for the link; None: nothing."""
    code = ""
    if state == "open":
        code = "connected"
    elif reason in _BANNED:
        code = "banned"
    elif (
        state == "stopped" and (reason in _GONE or reason.startswith("unknown_"))
    ) or reason == "logged_out":
        code = "logged_out"
    elif state == "waiting":
        code = "disconnected"
    return LinkNotice(code, session, detail=reason) if code else None


def lock_notice(session: str, lock: Any) -> LinkNotice | None:
    """``{"active", "until", "type"}``: no new conversations, or that this is over."""
    active, kind = member(lock, "active"), words(member(lock, "type"))[:64]
    if active is True:
        return LinkNotice("time_locked", session, detail=kind, until=_until(member(lock, "until")))
    return LinkNotice("unlocked", session, detail=kind) if active is False else None


def quota_notice(session: str, capping: Any) -> LinkNotice:
    """``{"status", "total", "used", "until"}``: the quota of new conversations."""
    status, until = words(member(capping, "status"))[:32], _until(member(capping, "until"))
    if status == "CAPPED":
        return LinkNotice("capped", session, detail=status, until=until, used=1.0)
    used = _share(member(capping, "used"), member(capping, "total"))
    if used is None:
        used = _AT_LEAST.get(status)
    return LinkNotice("chats_counted", session, detail=status, until=until, used=used)


def _share(used: Any, total: Any) -> float | None:
    """How much of a quota is used, 0 to 1; None where the numbers do not say."""
    for one in (used, total):
        if not isinstance(one, int | float) or isinstance(one, bool):
            return None
    return min(1.0, used / total) if total >= 1 and used >= 0 else None


def _other(session: str, found: dict[str, Any], at: datetime) -> Event:
    return OtherEvent(f"phone.{words(found.get('type'))}", session, at=at, payload=found)


def _digits(value: Any) -> str:
    text = words(value)
    return text if is_number(text) and len(text) <= 20 else ""


def _until(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(words(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_READERS: Final[dict[str, Callable[[str, dict[str, Any], datetime], Event]]] = {
    "message.status": _status,
    "message.received": _received,
    "message.echo": _echo,
    "session.state": _state,
    "session.time_lock": _locked,
    "session.capping": _capped,
}
