"""A gateway's webhooks, read as its set-up says."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from qafila.providers import signatures
from qafila.providers.chats import person
from qafila.providers.http_gateway import paths
from qafila.providers.http_gateway.setup import MessageEvent, StatusEvent, Webhook
from qafila.providers.interface import (
    UNTIMED,
    BadItem,
    Event,
    Failure,
    InboundEvent,
    OtherEvent,
    ProviderError,
    Receipt,
)
from qafila.providers.interface import StatusEvent as ReceiptEvent
from qafila.providers.reading import MAX_TIMESTAMP, Unreadable, excerpt, is_number, load

MOST_EVENTS = 1_000


def is_signed(
    webhook: Webhook | None, *, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]
) -> bool:
    """Whether the header holds an HMAC of the bytes with one of the secrets; each is tried, in constant time.

    Without a signature in the set-up the secret in the address decides.
    """
    if webhook is None or webhook.signature is None:
        return signatures.is_secret(headers.get(signatures.PATH_SECRET, ""), secrets)
    signature = webhook.signature
    given = signatures.header(headers, signature.header)
    wanted = given.removeprefix(signature.prefix) if given.startswith(signature.prefix) else ""
    found = False
    for secret in secrets:
        if secret:
            expected = hmac.digest(secret.encode(), body, signature.algorithm).hex().encode()
            found |= hmac.compare_digest(expected, wanted.encode("ascii", "replace"))
    return found


def may_be_signed(webhook: Webhook | None, *, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """Whether the header looks as such an HMAC does; or, without a signature, whether the address holds the secret."""
    if webhook is None or webhook.signature is None:
        return signatures.is_secret(headers.get(signatures.PATH_SECRET, ""), secrets)
    signature = webhook.signature
    given = signatures.header(headers, signature.header)
    digits = 2 * hashlib.new(signature.algorithm).digest_size
    return any(secrets) and signatures.is_of_form(given, prefix=signature.prefix, digits=digits)


def parse(raw: bytes, webhook: Webhook | None) -> list[Event]:
    """The events of a webhook. Never raises on content."""
    try:
        body = load(raw)
    except Unreadable as exc:
        return [BadItem(exc.reason, excerpt(raw))]
    if not isinstance(body, dict | list) or not body:
        return [BadItem("not_an_object", excerpt(raw))]
    if webhook is None:
        return [OtherEvent("gateway.unread", payload={"body": body})]
    found = paths.at(body, webhook.items)
    listed = found[:MOST_EVENTS] if isinstance(found, list) else [found]
    return [_one(one, webhook) for one in listed] or [OtherEvent("gateway.empty", payload={"body": body})]


def _one(item: Any, webhook: Webhook) -> Event:
    for rule in webhook.events:
        if rule.when.holds(200, item):
            try:
                return _receipt(item, rule) if isinstance(rule, StatusEvent) else _message(item, rule)
            except Unreadable as exc:
                return BadItem(exc.reason, item)
    return OtherEvent("gateway.other", payload=item if isinstance(item, dict) else {"body": item})


def _message(item: Any, rule: MessageEvent) -> Event:
    said = paths.text_at(item, rule.from_)
    who = person(said) or person(f"{said.strip().lstrip('+')}@c.us")
    if who is None:
        raise Unreadable("no_person")
    return InboundEvent(
        sender_ref=paths.text_at(item, rule.sender)[:64],
        provider_id=paths.text_at(item, rule.id)[:200] or _made_up(item),
        at=_moment(paths.at(item, rule.at) if rule.at else None),
        kind="text",
        address=who.address,
        text=paths.text_at(item, rule.text),
        name=paths.text_at(item, rule.name)[:200],
        aliases=who.aliases,
        payload=item,
    )


def _receipt(item: Any, rule: StatusEvent) -> Event:
    word = paths.text_at(item, rule.state).lower()
    sender = paths.text_at(item, rule.sender)[:64]
    if word not in rule.states:
        return OtherEvent("phone.pending", sender, payload=item)
    receipt = Receipt(rule.states[word])
    attempt = paths.text_at(item, rule.attempt_id)[:64]
    provider_id = paths.text_at(item, rule.id)[:200] or attempt
    if not provider_id:
        raise Unreadable("no_id")
    code = paths.text_at(item, rule.error_code)[:32] or "no_reason"
    to = paths.text_at(item, rule.to).strip().lstrip("+").partition("@")[0]
    return ReceiptEvent(
        sender_ref=sender,
        provider_id=provider_id,
        receipt=receipt,
        at=_moment(paths.at(item, rule.at) if rule.at else None),
        address=to if is_number(to) else "",
        attempt_id=attempt or None,
        error=ProviderError(Failure.UNKNOWN, code) if receipt is Receipt.FAILED else None,
        payload=item,
    )


def _made_up(item: Any) -> str:
    """An id for a message without one: the same for the same webhook."""
    return "h." + hashlib.sha256(orjson.dumps(item, option=orjson.OPT_SORT_KEYS)).hexdigest()[:40]


def _moment(value: Any) -> datetime:
    """Seconds or milliseconds since 1970, or ISO 8601; anything else is no time."""
    if isinstance(value, str):
        if is_number(value) and len(value) <= 15:
            value = int(value)
        elif len(value) <= 40:
            try:
                read = datetime.fromisoformat(value)
            except ValueError:
                return UNTIMED
            read = read if read.tzinfo else read.replace(tzinfo=UTC)
            return read if 1970 < read.year < 2242 else UNTIMED
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if value > 100 * MAX_TIMESTAMP / 8 else value
        if 0 < seconds < MAX_TIMESTAMP:
            return datetime.fromtimestamp(seconds, UTC)
    return UNTIMED
