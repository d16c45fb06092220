"""What the parts of this room hand each other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from qafila.ledger.receipts import ReceiptRow
from qafila.providers.interface import EchoEvent, InboundEvent
from qafila.providers.notices import Notice
from qafila.receiving.rules.identities import Person
from qafila.receiving.rules.wishes import Wish


@dataclass(frozen=True, slots=True)
class Raw:
    """A stored webhook."""

    received_at: datetime
    id: int
    provider_account_id: int
    business_id: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A sender, as far as a webhook needs to know it."""

    sender_id: int
    public_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Account:
    """The provider account over which a webhook came.

    :ivar numbers: by the provider's id of the number. :ivar config: what its kind needs to know, for reading.
    """

    id: int
    public_id: str
    business_id: int
    kind: str
    numbers: Mapping[str, Number]
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """A receipt with the row that the ledger applies.

    :ivar address: whom the provider says it reached: E.164 digits, or "".
    :ivar scope: for a failure: how far it reaches (a value of ``providers.interface.Scope``).
    :ivar may_wait: its message may not have been recorded yet: worth trying again.
    """

    account: Account
    row: ReceiptRow
    address: str
    scope: str
    may_wait: bool
    price: Mapping[str, Any] = field(default_factory=dict)
    payload: Any = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message of a person, and the sender it came to."""

    account: Account
    number: Number
    person: Person
    event: InboundEvent


@dataclass(frozen=True, slots=True)
class FoundEcho:
    """A message that the business sent from its phone app, and the number it went over."""

    account: Account
    number: Number
    person: Person
    event: EchoEvent


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of ``ProviderEvent``. ``payload`` is JSON as text; ``digest`` makes it come once."""

    provider_account_id: int
    business_id: int
    kind: str
    known: bool
    at: datetime
    payload: str
    reason: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody's wish about being written to, and where it came from (``message`` or ``provider``)."""

    business_id: int
    contact_id: int
    wish: Wish
    source: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """Something about a number, an account or a template, and when the provider said it."""

    account: Account
    notice: Notice
    sender_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """An alert to raise."""

    code: str
    business_id: int
    level: str
    params: dict[str, Any]
    subject: tuple[str, str] = ("", "")


def as_json(value: Any) -> str:
    """JSON that PostgreSQL stores; what cannot be written as JSON (nested beyond measure) is kept as an excerpt."""
    try:
        return orjson.dumps(value).decode()
    except (TypeError, ValueError):
        return orjson.dumps({"excerpt": ascii(value)[:2000]}).decode()


def keep(
    account: Account,
    kind: str,
    *,
    payload: Any,
    at: datetime | None,
    now: datetime,
    known: bool = True,
    reason: str = "",
    origin: bytes = b"",
) -> Kept:
    """Makes a row to keep.

    :param at: when it happened, if the provider says so.
    :param origin: for an item without a time: the webhook's body, so that the same news on another day is news.
    """
    text = as_json(payload)
    digest = hashlib.sha256()
    for part in (kind, at.isoformat() if at else "", text):
        digest.update(part.encode())
        digest.update(b"\x00")
    if at is None:
        digest.update(origin)
    return Kept(
        account.id, account.business_id, kind[:64], known, at or now, text, reason[:300], digest.digest()
    )
