"""News about numbers, accounts and templates, in words that are the same for every vendor.

Each says only what the vendor said: an empty text or None means "not a word about it".
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class Weight(enum.StrEnum):
    """How much a person should care."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Restricts(enum.StrEnum):
    """What a restriction of an account forbids to its numbers."""

    CHATS = "chats"
    """To begin conversations. Answers within a person's open window go out."""
    ANSWERS = "answers"
    """To answer people."""
    NUMBERS = "numbers"
    """To add numbers to the account."""
    OTHER = ""


@dataclass(frozen=True, slots=True)
class NumberNotice:
    """Something about one number.

    :ivar phone: its digits as the vendor writes them, where it names the number so; ``ref``: its id, where it does.
    :ivar quality: ``GREEN``, ``YELLOW``, ``RED``.
    :ivar throughput: ``STANDARD`` or ``HIGH``.
    :ivar name_status: what became of a display name; ``name``: that name.
    """

    phone: str = ""
    ref: str = ""
    quality: str = ""
    throughput: str = ""
    name_status: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class LimitNotice:
    """How many people the business may begin conversations with in 24 hours. ``people`` None: without limit."""

    people: int | None


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """Something about the account or one of its numbers that a person must hear of.

    :ivar code: what, as a word of ours (``restricted``, ``unrestricted``, ``violation``, ``disabled``, ``disabling``,
        ``reinstated``, ``deleted``, ``disconnected``, ``reconnected``, ``pin_changed``, ``alert`` …).
    :ivar stops: sending is over until a person acts; ``ends``: that, or a restriction, is over.
    :ivar detail: the vendor's own words for it, at most 200 characters.
    :ivar until: when a restriction ends by itself; in the past: it has ended. None: the vendor does not say.
    :ivar restricts: what a restriction forbids.
    """

    code: str
    weight: Weight
    detail: str = ""
    until: datetime | None = None
    stops: bool = False
    ends: bool = False
    phone: str = ""
    restricts: Restricts = Restricts.OTHER


@dataclass(frozen=True, slots=True)
class TemplateNotice:
    """Something about one template in one language.

    :ivar ref: the vendor's id. :ivar reason: why it was refused or paused.
    :ivar changed: its text changed: read it anew.
    """

    name: str
    language: str
    ref: str = ""
    status: str = ""
    quality: str = ""
    category: str = ""
    reason: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class LinkNotice:
    """Something about the link between a phone and us: for phone-linked senders.

    :ivar code: ``connected`` · ``disconnected`` (it comes back by itself) · ``logged_out`` and ``banned`` (sending is over
        until a person acts) · ``time_locked`` (no new conversations until :attr:`until`) · ``unlocked`` (that is over, maybe
        early) · ``capped`` (the quota of new conversations is used up until :attr:`until`) · ``chats_counted`` (how much of
        that quota is used, and that it is not used up).
    :ivar ref: the vendor's id of the number. :ivar detail: the vendor's own word, at most 200 characters.
    :ivar used: what of the quota of new conversations is used, 0 to 1, until :attr:`until`; None: not a word about it.
    """

    code: str
    ref: str
    detail: str = ""
    until: datetime | None = None
    used: float | None = None


Notice = LinkNotice | NumberNotice | LimitNotice | AccountNotice | TemplateNotice
