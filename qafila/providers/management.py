"""What a vendor lets us do beyond sending: numbers and their health, templates, media, blocked people, linking a phone.

A provider that can is also a :class:`NumberBook`, :class:`TemplateBook`, :class:`MediaStore`, :class:`BlockList` or
:class:`Pairing` (and :class:`Reporting`); ask with ``isinstance``. Every call raises :class:`~qafila.providers.interface.ProviderError`, is made once and is bounded in size and time.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable
from urllib.parse import urlsplit

from qafila.providers.credentials import Credentials


@dataclass(frozen=True, slots=True)
class HealthEntity:
    """One link of the chain that a message passes (number, account, business, app).

    :ivar can_send: ``AVAILABLE``, ``LIMITED`` or ``BLOCKED``. :ivar reasons: the vendor's sentences, with its codes.
    """

    kind: str
    ref: str
    can_send: str
    reasons: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """Whether messages go through. ``can_send`` is the worst of the entities, "" where the vendor does not say."""

    can_send: str = ""
    entities: Sequence[HealthEntity] = ()


@dataclass(frozen=True, slots=True)
class NumberInfo:
    """What the vendor knows of a number. Empty texts: it did not say.

    :ivar limit_known: whether :attr:`limit` is told at all; then None means without limit.
    :ivar throughput: ``STANDARD``, ``HIGH``.
    """

    ref: str
    display_phone: str = ""
    verified_name: str = ""
    status: str = ""
    quality: str = ""
    throughput: str = ""
    limit_tier: str = ""
    limit: int | None = None
    limit_known: bool = False
    name_status: str = ""
    code_verification: str = ""
    account_mode: str = ""
    platform: str = ""
    official: bool = False
    pin_enabled: bool | None = None
    health: Health = field(default_factory=Health)
    webhook: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """What the vendor knows of an account. ``owner_ref``: the portfolio that it belongs to, where we may know."""

    ref: str
    name: str = ""
    status: str = ""
    review: str = ""
    owner_ref: str = ""
    health: Health = field(default_factory=Health)


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """A template as the vendor keeps it. ``components`` are in the vendor's shape."""

    ref: str
    name: str
    language: str
    status: str
    category: str = ""
    quality: str = ""
    parameter_format: str = "POSITIONAL"
    components: Sequence[Mapping[str, Any]] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """A template to hand in for review; see the vendor's pages for ``components``.

    :ivar category: ``MARKETING``, ``UTILITY`` or ``AUTHENTICATION``. :ivar named: variables have names instead of numbers.
    """

    name: str
    language: str
    category: str
    components: Sequence[Mapping[str, Any]]
    named: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that was fetched: its size, its SHA-256 as hex, its type by its bytes and as the vendor named it."""

    size: int
    sha256: str
    mime: str
    said_mime: str


Take = Callable[[bytes], Awaitable[None]]


@runtime_checkable
class NumberBook(Protocol):
    """Reads and registers numbers."""

    async def number_info(self, to: Credentials, ref: str = "") -> NumberInfo:
        """One number; that of the credentials by default."""
        ...

    async def account_info(self, to: Credentials) -> AccountInfo:
        """The account of the credentials."""
        ...

    async def list_numbers(self, to: Credentials) -> list[NumberInfo]:
        """Every number of the account."""
        ...


@runtime_checkable
class TemplateBook(Protocol):
    """Reads and changes the templates of an account."""

    async def list_templates(self, to: Credentials) -> list[TemplateInfo]:
        """All of them, in every language."""
        ...

    async def create_template(self, to: Credentials, template: NewTemplate) -> TemplateInfo:
        """Hands one in for review."""
        ...

    async def edit_template(
        self,
        to: Credentials,
        ref: str,
        *,
        components: Sequence[Mapping[str, Any]] | None = None,
        category: str | None = None,
    ) -> None:
        """Changes one; it is reviewed again."""
        ...

    async def delete_template(self, to: Credentials, name: str, *, ref: str | None = None) -> None:
        """Deletes every language of a name, or with ``ref`` only that one."""
        ...


@runtime_checkable
class MediaStore(Protocol):
    """Takes and gives files."""

    async def upload_media(
        self, to: Credentials, *, chunks: AsyncIterable[bytes], size: int, filename: str = "", kind: str = ""
    ) -> str:
        """Uploads a file in pieces; the vendor's id of it. Its type is found in its first bytes."""
        ...

    async def download_media(self, to: Credentials, ref: str, *, take: Take, limit: int) -> Stored:
        """Hands a file over in pieces, at most ``limit`` bytes."""
        ...

    async def delete_media(self, to: Credentials, ref: str) -> None:
        """Deletes a file at the vendor's."""
        ...


@runtime_checkable
class BlockList(Protocol):
    """People whose messages the vendor keeps from us."""

    async def block(self, to: Credentials, people: Sequence[str]) -> list[str]:
        """Blocks people (digits or ids); those for whom it worked."""
        ...

    async def unblock(self, to: Credentials, people: Sequence[str]) -> list[str]:
        """The other way round."""
        ...

    async def blocked(self, to: Credentials) -> list[str]:
        """Everybody who is blocked."""
        ...


PairingStep = Literal["closed", "starting", "qr", "code", "connected", "failed"]


@dataclass(frozen=True, slots=True)
class PairingState:
    """How far the linking of a phone has come.

    :ivar state: ``closed`` nothing runs · ``starting`` no code yet · ``qr`` a QR code waits for the phone · ``code`` a
        code of letters waits to be typed into the phone · ``connected`` linked · ``failed`` it ended without a link.
    :ivar qr: the text inside the QR code, or "": it gives the account away, so it is never logged or stored.
    :ivar qr_png: a picture of it, where the gateway gives only that.
    :ivar code: the code for "link with phone number" (``ABCD-EFGH``), or "": gateways say it once.
    :ivar phone_seen: for ``starting``: whether a phone has taken a code already; None where the gateway does not say.
    :ivar expires_at: when this QR code or code stops working, where the gateway says so.
    :ivar reason: for ``failed`` and ``closed``: why, in the gateway's word or ours (snake_case), else "".
    """

    state: PairingStep
    qr: str = field(default="", repr=False)
    qr_png: bytes | None = field(default=None, repr=False)
    code: str = field(default="", repr=False)
    expires_at: datetime | None = None
    reason: str = ""
    phone_seen: bool | None = None


@runtime_checkable
class Pairing(Protocol):
    """Links a phone to a sender: the phone-linked providers. Nothing here waits for the person."""

    async def start(self, to: Credentials, *, webhook_url: str, fresh: bool = False) -> PairingState:
        """Begins to link, or goes on with a session that is linked already. A second call does not disturb the first.

        :param webhook_url: where the gateway is to send what happens (absolute; with the secret path where the vendor
            signs nothing), or "" to leave the gateway's own setting.
        :param fresh: a person wants codes from the first one on, instead of those that are shown: where the gateway can.
        """
        ...

    async def pairing_state(self, to: Credentials, *, code_given: bool = False) -> PairingState:
        """How far it has come; changes nothing.

        :param code_given: a code of letters was given and may still be typed: no QR code is asked for where that would
            take its place, and the state is ``code`` (without the letters, which were said once) while it may be good.
        """
        ...

    async def use_code(self, to: Credentials, phone: str) -> PairingState:
        """A code to type into the phone instead of a QR code. ``phone``: E.164 digits of the sender's number."""
        ...

    async def abandon(self, to: Credentials, *, code_shown: bool) -> None:
        """An attempt that came to nothing is over: no further codes. What is linked stays linked, also while its connection is away.

        :param code_shown: whether this attempt showed a code, so that no phone was linked before it.
        """
        ...

    async def log_out(self, to: Credentials) -> None:
        """Unlinks the phone and forgets the session; nothing to unlink is no failure."""
        ...


@runtime_checkable
class Reporting(Protocol):
    """A gateway that can be told anew where a linked phone's news go, without linking it again."""

    async def report_here(self, to: Credentials) -> None:
        """Tells it ``to.webhook_url`` where it has another address of this account. For a session that is linked and works."""
        ...


def is_elsewhere(told: object, webhook_url: str) -> bool:
    """Whether a gateway was told the address of this very account (its path says so), but at another place than it is now."""
    if not isinstance(told, str) or not webhook_url or told == webhook_url:
        return False
    try:
        return urlsplit(told).path == urlsplit(webhook_url).path
    except ValueError:
        return False
