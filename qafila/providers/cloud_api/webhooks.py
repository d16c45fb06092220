"""Meta's webhooks: the envelope, receipts, and everything about accounts, numbers and templates.

One webhook may hold up to 1,000 things. Each is read for itself: what cannot be read becomes a :class:`BadItem` with a
reason, what is unknown an :class:`OtherEvent`; neither stops the rest. The same bytes always give the same events, so
duplicates and another order are harmless to whoever keys on their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from qafila.providers.cloud_api import errors, inbound, news
from qafila.providers.interface import BadItem, Event, OtherEvent, Receipt, StatusEvent
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

OBJECT = "whatsapp_business_account"

_RECEIPTS = {
    "sent": Receipt.SENT,
    "delivered": Receipt.DELIVERED,
    "read": Receipt.READ,
    # A voice message that was played was read.
    "played": Receipt.READ,
    "failed": Receipt.FAILED,
}


def parse(body: bytes) -> list[Event]:
    """The events in a webhook's body, in its order. Never raises on content."""
    try:
        found = mapping(load(body), "not_an_object")
        about = identifier(found.get("object"), "no_object", 64)
    except Unreadable as exc:
        return [BadItem(exc.reason, excerpt(body))]
    if about != OBJECT:
        return [OtherEvent(kind=about, payload=found)]
    entries = found.get("entry")
    if not isinstance(entries, list) or not entries:
        return [BadItem("no_entries", found)]
    return [event for entry in entries for event in _entry(entry)]


def _entry(entry: Any) -> Iterator[Event]:
    try:
        changes = items(mapping(entry, "entry_not_an_object").get("changes"), "changes_not_a_list")
        if not changes:
            raise Unreadable("no_changes")
    except Unreadable as exc:
        yield BadItem(exc.reason, entry)
        return
    account = words(entry.get("id"))
    for change in changes:
        try:
            field = identifier(mapping(change, "change_not_an_object").get("field"), "no_field", 128)
            value = mapping(change.get("value"), "value_not_an_object")
        except Unreadable as exc:
            yield BadItem(exc.reason, change)
            continue
        yield from _FIELDS.get(field, _other)(field, value, account, _optional_moment(entry.get("time")))


def _each(value: dict[str, Any], key: str, read: Callable[[dict[str, Any]], Event]) -> Iterator[Event]:
    """Reads each object of a list for itself."""
    try:
        found = items(value.get(key), f"{key}_not_a_list")
    except Unreadable as exc:
        yield BadItem(exc.reason, value)
        return
    for one in found:
        try:
            yield read(mapping(one, f"{key}_item_not_an_object"))
        except Unreadable as exc:
            yield BadItem(exc.reason, one)


def _messages(field: str, value: dict[str, Any], account: str, at: datetime | None) -> Iterator[Event]:
    sender_ref = words(member(value, "metadata", "phone_number_id"))
    known = False
    if "statuses" in value:
        known = True
        yield from _each(value, "statuses", lambda one: _status(one, sender_ref, account))
    if "messages" in value:
        known = True
        people = inbound.people(value.get("contacts"))
        yield from _each(value, "messages", lambda one: inbound.message(one, sender_ref, people))
    if "errors" in value:
        known = True
        yield from _each(value, "errors", lambda one: OtherEvent("errors", sender_ref, account, at, one))
    if not known:
        yield OtherEvent(field, sender_ref, account, at, value)


def _status(one: dict[str, Any], sender_ref: str, account: str) -> Event:
    said = identifier(one.get("status"), "no_status", 64)
    at = moment(one.get("timestamp"))
    receipt = _RECEIPTS.get(said)
    if receipt is None:
        return OtherEvent(f"statuses.{said}", sender_ref, account, at, one)
    # In a group recipient_id is the group; the person has a field of its own.
    address = words(one.get("recipient_participant_id")) or words(one.get("recipient_id"))
    return StatusEvent(
        sender_ref=identifier(sender_ref, "no_sender"),
        provider_id=identifier(one.get("id"), "no_id"),
        receipt=receipt,
        at=at,
        address=address if is_number(address) else "",
        attempt_id=words(one.get("biz_opaque_callback_data")) or None,
        error=errors.from_receipt(one.get("errors")) if receipt is Receipt.FAILED else None,
        price=_price(one),
        payload=one,
    )


def _price(one: dict[str, Any]) -> dict[str, Any]:
    """What the message costs and in which conversation it stands, as far as the receipt says so."""
    billable = member(one, "pricing", "billable")
    found = {
        "billable": billable if isinstance(billable, bool) else None,
        "model": words(member(one, "pricing", "pricing_model"))[:16],
        "type": words(member(one, "pricing", "type"))[:32],
        "category": words(member(one, "pricing", "category"))[:32],
        "conversation": words(member(one, "conversation", "id"))[:128],
        "origin": words(member(one, "conversation", "origin", "type"))[:32],
        "expires": _seconds(member(one, "conversation", "expiration_timestamp")),
    }
    return {key: value for key, value in found.items() if value not in (None, "")}


def _seconds(value: Any) -> int | None:
    at = _optional_moment(value)
    return int(at.timestamp()) if at else None


def _echoes(field: str, value: dict[str, Any], account: str, at: datetime | None) -> Iterator[Event]:
    """What a person of the business wrote in the Business app: not over us, and no answer of a customer's either."""
    sender_ref = words(member(value, "metadata", "phone_number_id"))
    if "message_echoes" not in value:
        return _other(field, value, account, at)
    people = inbound.people(value.get("contacts"))
    return _each(value, "message_echoes", lambda one: inbound.echo(one, sender_ref, people))


def _preferences(field: str, value: dict[str, Any], account: str, at: datetime | None) -> Iterator[Event]:
    """A person's choice about marketing messages; one or a list of them."""
    sender_ref = words(member(value, "metadata", "phone_number_id"))

    def read(one: dict[str, Any]) -> Event:
        return OtherEvent(field, sender_ref, account, _optional_moment(one.get("timestamp")) or at, one)

    return _each(value, field, read) if field in value else iter([read(value)])


def _other(field: str, value: dict[str, Any], account: str, at: datetime | None) -> Iterator[Event]:
    sender_ref = words(member(value, "metadata", "phone_number_id"))
    yield OtherEvent(field, sender_ref, account, at, value, news.notices(field, value))


def _optional_moment(value: Any) -> datetime | None:
    try:
        return moment(value)
    except Unreadable:
        return None


_FIELDS: dict[str, Callable[[str, dict[str, Any], str, datetime | None], Iterator[Event]]] = {
    "messages": _messages,
    "smb_message_echoes": _echoes,
    "user_preferences": _preferences,
}
"""Fields that hold several things; every other field is one thing, kept under its own name."""
