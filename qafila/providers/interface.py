"""What a provider is to the rest of the house: one Protocol, a few values, one exception.

A provider turns our few values into one vendor's HTTP and back. It knows no database, no Django and no clock of its own.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class Failure(enum.StrEnum):
    """Why a call did not end in an acceptance. The class alone decides what the engine does (design: life of a message)."""

    TEMPORARY = "temporary"
    """No connection was made, or the provider said in its own error form that it may be tried again: retry with back-off."""
    THROTTLED = "throttled"
    """Too fast. Wait (this sender, or only this pair); the attempt does not count."""
    RECIPIENT = "recipient"
    """This person cannot be reached: fail this message only."""
    CONTENT = "content"
    """The template or a parameter is wrong: fail; several in a row hold the campaign."""
    RESTING = "resting"
    """Spam limit, time-lock: the sender rests and probes again by itself; the message goes back unharmed."""
    SENDER = "sender"
    """The sender cannot send until a person acts; the message goes back."""
    ACCOUNT = "account"
    """Every sender of the provider account cannot send until a person acts; the message goes back."""
    UNKNOWN = "unknown"
    """Nobody can say whether it was sent (response lost, bare 5xx, unknown code): uncertain, never resent by itself."""


class Scope(enum.StrEnum):
    """How far a throttle reaches."""

    MESSAGE = "message"
    PAIR = "pair"
    SENDER = "sender"
    ACCOUNT = "account"


class ProviderError(Exception):
    """The one exception that crosses the provider's door.

    :ivar failure: the class, which alone decides what happens next.
    :ivar code: the vendor's own code as text (``"131026"``), or a code of ours (``"connect_failed"``, ``"response_lost"``).
    :ivar detail: the vendor's sentence, at most 300 characters, without secrets or message text.
    :ivar retry_after: seconds the vendor asked us to wait, or None.
    :ivar scope: for THROTTLED: how far it reaches.
    :ivar raw: the vendor's answer for the attempt's record (status and parsed error object), never the request.
    """

    def __init__(
        self,
        failure: Failure,
        code: str,
        detail: str = "",
        *,
        retry_after: float | None = None,
        scope: Scope = Scope.MESSAGE,
        raw: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{failure.value} {code}: {detail}" if detail else f"{failure.value} {code}")
        self.failure = failure
        self.code = code
        self.detail = detail[:300]
        self.retry_after = retry_after
        self.scope = scope
        self.raw = dict(raw) if raw else {}


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to reach one sender over its provider account. Values are secrets: never logged, ``repr`` shows none.

    :ivar base_url: e.g. ``https://graph.facebook.com/v23.0`` (no trailing slash).
    :ivar sender_ref: the vendor's id of the number (Cloud API: phone number id).
    :ivar account_ref: the vendor's id of the account (Cloud API: WhatsApp business account id).
    """

    base_url: str
    token: str = field(repr=False)
    sender_ref: str
    account_ref: str = ""
    app_secret: str = field(default="", repr=False)
    verify_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """Free text, at most 4,096 characters."""

    body: str


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template with the values of its variables.

    :ivar body: positional values of the body, or named ones where the template is of the NAMED format.
    :ivar components: further components (header, buttons) in the vendor's shape, passed through as they are.
    """

    name: str
    language: str
    body: Sequence[str] | Mapping[str, str] = ()
    components: Sequence[Mapping[str, Any]] = ()


Content = Text | Template


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one person.

    :ivar to: the address: E.164 digits without ``+`` or another identity of the contact.
    :ivar attempt_id: our id of this attempt, at most 64 characters; the vendor returns it in receipts where it can.
    :ivar reply_to: the vendor's id of the message that this one quotes, or None.
    """

    to: str
    content: Content
    attempt_id: str
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message.

    :ivar provider_id: the vendor's id of the message (``wamid.…``).
    :ivar address: the vendor's id of the person if it differs from what was given (``wa_id``), else None.
    """

    provider_id: str
    address: str | None = None


class Receipt(enum.StrEnum):
    """How far a message came, as a receipt says it."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """A receipt for a message of ours.

    :ivar attempt_id: ours, if the vendor echoed it.
    :ivar error: for FAILED: the classified reason. UNKNOWN here only says that the code is in no table: the message
        has failed for certain.
    :ivar payload: the vendor's receipt as received (price, conversation and whatever is new).
    """

    sender_ref: str
    provider_id: str
    receipt: Receipt
    at: datetime
    address: str = ""
    attempt_id: str | None = None
    error: ProviderError | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """Something a person sent us.

    :ivar kind: the vendor-neutral type: ``text``, ``button``, ``image``, ``reaction``, ``unsupported`` …
    :ivar text: the words, where there are any (text body, button title, caption).
    :ivar address: who: E.164 digits, or "" when only an alias is known.
    :ivar aliases: other identities of the same person, kind to value (``{"bsuid": "US.13…"}``).
    :ivar payload: the vendor's message object as received.
    """

    sender_ref: str
    provider_id: str
    at: datetime
    kind: str
    address: str
    text: str = ""
    name: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    reply_to: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """Something about the account, a number or a template, or a type that we do not know: kept and counted, never lost.

    :ivar kind: the vendor's name for it (Cloud API: the webhook's field, e.g. ``account_update``).
    :ivar account_ref: the vendor's id of the account, where the webhook names one.
    """

    kind: str
    sender_ref: str = ""
    account_ref: str = ""
    at: datetime | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadItem:
    """One part of a webhook that could not be read; the others of the same webhook still count."""

    reason: str
    payload: Any


Event = StatusEvent | InboundEvent | OtherEvent | BadItem


@dataclass(frozen=True, slots=True)
class SenderStatus:
    """What the vendor says of a number.

    :ivar can_send: True, False, or None where the vendor does not say.
    :ivar state: the vendor's word (``CONNECTED``).
    """

    can_send: bool | None
    state: str
    quality: str = ""
    limit: str = ""
    throughput: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do, as data: the engine and the docs ask here and nowhere else.

    :ivar official: True for the vendor's own API: token-bucket pace, templates, 24 h window; False: human pace.
    :ivar typing: may show "typing…" before a first message.
    :ivar returns_attempt_id: receipts carry our attempt id.
    :ivar can_ask_outcome: keeps our ids durably and can be asked what became of one.
    """

    official: bool
    typing: bool
    check_number: bool
    templates: bool
    returns_attempt_id: bool
    can_ask_outcome: bool = False


class Provider(Protocol):
    """One vendor. Stateless apart from its HTTP client; safe for many coroutines at once."""

    kind: str
    capabilities: Capabilities

    async def send(self, to: Credentials, message: Outgoing) -> Accepted:
        """Sends one message once. Raises :class:`ProviderError`; never retries, never follows a redirect."""
        ...

    async def typing(self, to: Credentials, address: str, *, reply_to: str | None = None) -> None:
        """Shows "typing…" to a person where the vendor can; otherwise does nothing. Raises :class:`ProviderError`."""
        ...

    async def read(self, to: Credentials, provider_id: str) -> None:
        """Marks a message that a person sent us as read, where the vendor can. Raises :class:`ProviderError`."""
        ...

    async def check_number(self, to: Credentials, address: str) -> bool | None:
        """Whether the person is on WhatsApp; None where the vendor cannot say. Raises :class:`ProviderError`."""
        ...

    async def status(self, to: Credentials) -> SenderStatus:
        """What the vendor says of the number. Raises :class:`ProviderError`."""
        ...

    def verify(self, *, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether the raw bytes of a webhook are the vendor's, in constant time. Several secrets during a rotation."""
        ...

    def parse(self, body: bytes) -> list[Event]:
        """Reads a webhook. Never raises on content: what cannot be read comes back as :class:`BadItem`."""
        ...
