"""What the common suite needs of each kind of provider, and the values that it sends."""

from __future__ import annotations

import dataclasses
import enum
import traceback
from collections.abc import Mapping, Sequence
from typing import Protocol

from qafila.providers.interface import (
    Credentials,
    EchoEvent,
    Event,
    Failure,
    InboundEvent,
    OtherEvent,
    Outgoing,
    Provider,
    ProviderError,
    StatusEvent,
    Text,
)
from qafila.providers.notices import LinkNotice

TOKEN = "CANARY-TOKEN-4711"
APP_SECRET = "CANARY-APP-SECRET"
VERIFY_TOKEN = "CANARY-VERIFY"
TEXT = "CANARY-TEXT is what we wrote"
ADDRESS = "16505551234"
CANARIES = (TOKEN, APP_SECRET, VERIFY_TOKEN, TEXT)


PICTURE = {"kind": "image", "link": "https://example.com/a.jpg"}
EXAMPLES: dict[str, dict[str, object]] = {
    "text": {},
    "template": {"name": "order_update", "language": "en_US", "variable": "name"},
    "image": {"ref": "4490709327384033"},
    "video": {"link": "https://example.com/a.mp4"},
    "audio": {"ref": "1", "voice": True},
    "document": {"ref": "1", "filename": "invoice.pdf"},
    "sticker": {"ref": "1"},
    "buttons": {"buttons": [{"id": "a", "title": "Yes"}], "header": PICTURE, "footer": "Shop"},
    "list": {
        "button": "Menu",
        "sections": [{"title": "One", "choices": [{"id": "r", "title": "R", "description": "d"}]}],
        "header": "Today",
    },
    "link_button": {"title": "Open", "url": "https://example.com/"},
    "form": {"title": "Book", "flow": "123", "token": "t", "screen": "FIRST", "data": {"a": 1}},
    "location_request": {},
    "product": {"catalog": "194836987003835", "product": "di9ozbzfi4", "footer": "Shop"},
    "product_list": {
        "catalog": "194836987003835",
        "header": "New",
        "sections": [
            {"title": "Tea", "products": ["di9ozbzfi4", "kx1"]},
            {"title": "Coffee", "products": ["kx2"]},
        ],
    },
    "catalog_message": {"product": "di9ozbzfi4", "footer": "Shop"},
    "call_request": {},
    "address_request": {
        "country": "IN",
        "values": {"city": "Pune"},
        "errors": {"in_pin_code": "Nobody delivers there."},
        "saved": [{"id": "home", "value": {"name": "Ann", "city": "Pune"}}],
        "header": "Delivery",
    },
    "reaction": {"message_id": "wamid.IN", "emoji": "👍"},
    "location": {"latitude": 30.04, "longitude": 31.23, "name": "Cairo", "address": "Tahrir"},
    "contacts": {
        "cards": [
            {
                "name": {"formatted_name": "Amira", "first_name": "Amira"},
                "phones": [{"phone": "+201000000001"}],
            }
        ]
    },
}
"""Every kind of content as the ledger keeps it."""
MUTE = ("audio", "sticker", "reaction", "location", "contacts")
"""Kinds without words of ours beside them."""


class Accident(enum.Enum):
    """What can happen between us and a vendor that speaks HTTP."""

    NO_CONNECTION = "nobody listens"
    NO_ANSWER_TO_CONNECT = "connecting takes too long"
    RESET = "reset after the request was written"
    CLOSED = "closed after the request was written"
    SILENT = "no answer in time"
    DRIP = "the answer comes byte by byte"
    TRUNCATED_BODY = "the answer breaks off"
    TRUNCATED_JSON = "half a JSON"
    HTML_5XX = "a proxy's page"
    HTML_200 = "a page with status 200"
    EMPTY_200 = "nothing with status 200"
    NO_ID = "an acceptance without an id"
    FOREIGN_JSON = "somebody else's error form"
    BARE_429 = "too many requests, in nobody's form"
    REDIRECT = "a redirect"
    TOO_LARGE = "an endless answer"


NEVER_CONNECTED = (Accident.NO_CONNECTION, Accident.NO_ANSWER_TO_CONNECT)


class Side(Protocol):
    """A provider together with the vendor behind it, which does what the test says.

    :ivar says: the classes of failure that this vendor can express in an answer to a message.
    :ivar receipt_says: the class that the failed receipt of :meth:`webhooks` has.
    :ivar attempts: ids of the two attempts whose receipts :meth:`webhooks` brings.
    :ivar inbound_id: the id of a message that a person sent, as this vendor names it.
    :ivar signs_body: signatures cover the bytes; otherwise a secret in the address stands for them.
    :ivar over_http: accidents of the network can happen; :ivar reads: marking as read asks the vendor.
    """

    provider: Provider
    credentials: Credentials
    says: frozenset[Failure]
    receipt_says: Failure
    attempts: tuple[str, str]
    inbound_id: str
    signs_body: bool
    over_http: bool
    reads: bool

    def refuse(self, failure: Failure) -> None:
        """From now on the vendor refuses with an error of this class, quoting token, text and address."""
        ...

    def suffer(self, accident: Accident) -> None:
        """From now on this happens to every message and every other call that matters."""
        ...

    def arrived(self) -> int:
        """How many messages reached the vendor, accepted or not."""
        ...

    def webhooks(self) -> Sequence[bytes]:
        """Webhooks with, in this order: delivered for the first attempt, failed for the second, a text."""
        ...

    def more_webhooks(self) -> Sequence[tuple[str, bytes]]:
        """Every other kind of webhook that the adapter reads, with what comes of it, as :func:`told` says it; "" where the
        provider's own tests say that.
        """
        ...

    def signed(self, body: bytes, secret: str) -> Mapping[str, str]:
        """The headers with which the vendor would send this body."""
        ...


def outgoing(attempt_id: str = "attempt-1", text: str = TEXT) -> Outgoing:
    return Outgoing(to=ADDRESS, content=Text(text), attempt_id=attempt_id)


def everything_said(error: BaseException, log: str) -> str:
    """All that a log could hold of an error."""
    parts = [*traceback.format_exception(error), repr(error), log]
    if isinstance(error, ProviderError):
        parts += [error.detail, error.code, repr(error.raw)]
    return "\n".join(parts)


def told(event: Event) -> str:
    """What was read, in a word: ``status.read``, ``inbound.image``, ``echo.text``, ``link.connected``, ``other`` …"""
    match event:
        case StatusEvent():
            return f"status.{event.receipt.value}"
        case InboundEvent():
            return f"inbound.{event.kind}"
        case EchoEvent():
            return f"echo.{event.kind}"
        case OtherEvent():
            codes = [f"link.{one.code}" for one in event.notices if isinstance(one, LinkNotice)]
            return " ".join(codes) or "other"
    return f"bad.{event.reason}"


def comparable(event: Event) -> object:
    """An event without its exception, which compares by identity, and what the exception says."""
    if isinstance(event, StatusEvent) and event.error:
        return dataclasses.replace(event, error=None), str(event.error), event.error.raw
    return event


def walk(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place inside nested objects and lists."""
    if isinstance(value, dict):
        inner: list[tuple[str | int, object]] = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    else:
        inner = []
    here = [path] if path else []
    return here + [found for key, one in inner for found in walk(one, (*path, key))]
