"""What a provider is to the rest of the house: one Protocol, a few values, one exception.

A provider turns our few values into one vendor's HTTP and back. It knows no database, no Django and no clock of its own.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable

from qafila.providers.contents import Content, Template, Text
from qafila.providers.credentials import Credentials
from qafila.providers.failures import Failure, ProviderError, Scope
from qafila.providers.notices import LinkNotice, Notice

__all__ = [
    "UNTIMED",
    "Accepted",
    "BadItem",
    "Capabilities",
    "Configurable",
    "Content",
    "Credentials",
    "Discreet",
    "EchoEvent",
    "Event",
    "Failure",
    "InboundEvent",
    "OtherEvent",
    "Outgoing",
    "Provider",
    "ProviderError",
    "Receipt",
    "Scope",
    "SenderStatus",
    "StatusEvent",
    "Template",
    "Text",
]


UNTIMED = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for "the vendor does not say when"; a provider has no clock."""


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
    :ivar at: when, or :data:`UNTIMED` where the vendor does not say: then it counts from when the webhook came.
    :ivar error: for FAILED: the classified reason. UNKNOWN here only says that the code is in no table: the message
        has failed for certain.
    :ivar price: what it costs, where the vendor says so: ``billable``, ``model``, ``type``, ``category``,
        ``conversation``, ``origin``, ``expires`` (POSIX seconds).
    :ivar payload: the vendor's receipt as received (price, conversation and whatever is new).
    """

    sender_ref: str
    provider_id: str
    receipt: Receipt
    at: datetime
    address: str = ""
    attempt_id: str | None = None
    error: ProviderError | None = None
    price: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """Something a person sent us.

    :ivar at: when, or :data:`UNTIMED`.
    :ivar kind: the vendor-neutral type: ``text``, ``button``, ``image``, ``reaction``, ``unsupported`` …
    :ivar text: the words, where there are any (text body, button title, caption).
    :ivar address: who: E.164 digits, or "" when only an alias is known.
    :ivar aliases: other identities of the same person, kind to value (``{"bsuid": "US.13…"}``).
    :ivar choice: what was pressed, as we named it: a button's payload, a row's id.
    :ivar detail: what else it says, in the same words for every vendor: ``media`` (``ref``, ``mime``, ``sha256``,
        ``filename``, ``voice``), ``location``, ``contacts``, ``order``, ``form``, ``referral`` (the ad it came from),
        ``forwarded``, ``product``, ``original`` (the message that was edited or taken back), ``problem``.
    :ivar unknown: the vendor's word for a type that nobody here knows, else "".
    :ivar opens_window: a person wrote something: free text may go to them for 24 hours.
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
    choice: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    unknown: str = ""
    opens_window: bool = True
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EchoEvent:
    """Something the business itself sent to a person from its phone app, beside us. Fields as in :class:`InboundEvent`."""

    sender_ref: str
    provider_id: str
    at: datetime
    kind: str
    address: str
    text: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    reply_to: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """Something about the account, a number or a template, or a type that we do not know: kept and counted, never lost.

    :ivar kind: the vendor's name for it (Cloud API: the webhook's field, e.g. ``account_update``).
    :ivar account_ref: the vendor's id of the account, where the webhook names one.
    :ivar notices: what of it we understand.
    """

    kind: str
    sender_ref: str = ""
    account_ref: str = ""
    at: datetime | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    notices: Sequence[Notice] = ()


@dataclass(frozen=True, slots=True)
class BadItem:
    """One part of a webhook that could not be read; the others of the same webhook still count."""

    reason: str
    payload: Any


Event = StatusEvent | InboundEvent | EchoEvent | OtherEvent | BadItem


@dataclass(frozen=True, slots=True)
class SenderStatus:
    """What the vendor says of a number.

    :ivar can_send: True, False, or None where the vendor does not say.
    :ivar state: the vendor's word (``CONNECTED``).
    :ivar notices: what it says of the link to a phone, in the words of its webhooks. Only what the vendor says for certain: a
        gateway that has just started may not yet know what WhatsApp told it before.
    :ivar away: the session of a phone-linked number starts or has lost its connection: it comes up by itself, or stays so for ever.
    """

    can_send: bool | None
    state: str
    quality: str = ""
    limit: str = ""
    throughput: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)
    notices: Sequence[LinkNotice] = ()
    away: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do, as data: the engine and the docs ask here and nowhere else.

    :ivar official: True for the vendor's own API: token-bucket pace, templates, 24 h window; False: human pace.
    :ivar typing: may show "typing…" before a first message.
    :ivar returns_attempt_id: receipts carry our attempt id.
    :ivar can_ask_outcome: keeps our ids durably and can be asked what became of one.
    :ivar contents: the kinds of content it can send (``contents_json.KINDS``).
    :ivar secret_path: its webhooks carry no signature of the vendor's that covers them: they come to an address with a
        secret at its end (``/webhooks/<account>/<secret>``).
    :ivar letters_first: of a phone that is linked: a code of letters is told only to who asks before anything else was begun.

    What can be managed is asked with ``isinstance`` and the protocols of :mod:`qafila.providers.management`.
    """

    official: bool
    typing: bool
    check_number: bool
    templates: bool
    returns_attempt_id: bool
    can_ask_outcome: bool = False
    contents: frozenset[str] = frozenset({"text"})
    secret_path: bool = False
    letters_first: bool = False


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

    def may_be_signed(self, *, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether there can be a body with which :meth:`verify` says yes: asked before any of the body is read.

        A signature of the body is looked at for its form only; a secret in the address or a token decides here already.
        """
        ...

    def verify(self, *, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether the raw bytes of a webhook are the vendor's, in constant time. Several secrets during a rotation.

        What stood behind the account in the address comes as the header ``signatures.PATH_SECRET``.
        """
        ...

    def parse(self, body: bytes) -> list[Event]:
        """Reads a webhook. Never raises on content: what cannot be read comes back as :class:`BadItem`."""
        ...


@runtime_checkable
class Configurable(Protocol):
    """A provider whose webhooks read differently for each account; see ``registry.configured``."""

    def fault_of(self, config: Mapping[str, Any]) -> str:
        """Why this cannot be an account's ``config``: a sentence that quotes no value; "" where it can."""
        ...

    def configured(self, config: Mapping[str, Any]) -> Provider:
        """The same provider with one account's ``config``, for :meth:`Provider.verify` and :meth:`Provider.parse`."""
        ...


@runtime_checkable
class Discreet(Protocol):
    """A provider whose vendor writes secrets into its webhooks, which lie stored for days; see ``registry.storable``."""

    def storable(self, body: bytes) -> bytes:
        """A webhook that was verified, without what must not be written down. Read as the whole one; never raises."""
        ...
