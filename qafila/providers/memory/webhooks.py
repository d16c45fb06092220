"""The memory provider's own webhooks: a JSON object with a list ``events``; each names its ``event``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from qafila.providers.interface import (
    BadItem,
    Event,
    Failure,
    InboundEvent,
    OtherEvent,
    ProviderError,
    Receipt,
    StatusEvent,
)
from qafila.providers.reading import Unreadable, excerpt, identifier, items, load, mapping, moment, words

_RECEIPTS = {one.value: one for one in Receipt}
_FAILURES = {one.value: one for one in Failure}


def status(
    *,
    sender_ref: str,
    provider_id: str,
    receipt: Receipt,
    at: datetime,
    address: str = "",
    attempt_id: str | None = None,
    failure: Failure | None = None,
    code: str = "",
) -> dict[str, Any]:
    """One receipt, for :func:`body`."""
    return {
        "event": "status", "sender_ref": sender_ref, "provider_id": provider_id, "receipt": receipt.value,
        "at": int(at.timestamp()), "address": address, "attempt_id": attempt_id,
        "failure": failure.value if failure else None, "code": code,
    }  # fmt: skip


def inbound(
    *,
    sender_ref: str,
    provider_id: str,
    at: datetime,
    address: str,
    text: str,
    name: str = "",
    kind: str = "text",
    reply_to: str | None = None,
) -> dict[str, Any]:
    """One message of a person, for :func:`body`."""
    return {
        "event": "inbound", "sender_ref": sender_ref, "provider_id": provider_id, "at": int(at.timestamp()),
        "address": address, "text": text, "name": name, "kind": kind, "reply_to": reply_to,
    }  # fmt: skip


def body(*events: Mapping[str, Any]) -> bytes:
    """The bytes of a webhook with these events."""
    return orjson.dumps({"events": events})


def parse(raw: bytes) -> list[Event]:
    """The events in a webhook's body. Never raises on content."""
    try:
        events = items(mapping(load(raw), "not_an_object").get("events"), "events_not_a_list")
        if not events:
            raise Unreadable("no_events")
    except Unreadable as exc:
        return [BadItem(exc.reason, excerpt(raw))]
    return [_event(one) for one in events]


def _event(one: Any) -> Event:
    try:
        found = mapping(one, "event_not_an_object")
        said = identifier(found.get("event"), "no_event", 64)
        if said == "status":
            return _status(found)
        return _inbound(found) if said == "inbound" else OtherEvent(said, payload=found)
    except Unreadable as exc:
        return BadItem(exc.reason, one)


def _status(found: dict[str, Any]) -> Event:
    receipt = _RECEIPTS.get(words(found.get("receipt")))
    if receipt is None:
        raise Unreadable("no_receipt")
    error = ProviderError(
        _FAILURES.get(words(found.get("failure")), Failure.UNKNOWN), words(found.get("code")) or "no_reason"
    )
    return StatusEvent(
        sender_ref=identifier(found.get("sender_ref"), "no_sender"),
        provider_id=identifier(found.get("provider_id"), "no_id"),
        receipt=receipt,
        at=moment(found.get("at")),
        address=words(found.get("address")),
        attempt_id=words(found.get("attempt_id")) or None,
        error=error if receipt is Receipt.FAILED else None,
        payload=found,
    )


def _inbound(found: dict[str, Any]) -> Event:
    return InboundEvent(
        sender_ref=identifier(found.get("sender_ref"), "no_sender"),
        provider_id=identifier(found.get("provider_id"), "no_id"),
        at=moment(found.get("at")),
        kind=words(found.get("kind")) or "unsupported",
        address=identifier(found.get("address"), "no_person"),
        text=words(found.get("text")),
        name=words(found.get("name")),
        reply_to=words(found.get("reply_to")) or None,
        payload=found,
    )
