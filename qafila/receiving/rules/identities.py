"""Who wrote: which of the identities in a webhook are a person's own, and for good."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qafila.providers.interface import EchoEvent, InboundEvent

PHONE = "phone"
LASTING = ("bsuid", "lid", "parent_bsuid")
"""Kinds that stay a person's own."""
USERNAME = "username"
"""A person's own for now: it may be somebody else's tomorrow, so nobody is found by it."""

LONGEST_VALUE = 128
LONGEST_NAME = 200
_NUMBER = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Person:
    """How somebody showed up: the name they show, and at least one lasting identity, kind and value.

    :ivar keys: the phone number (``("phone", "79…")``) first, where it is known: it is what campaigns address.
    :ivar username: as it is now, or "".
    """

    business_id: int
    keys: tuple[tuple[str, str], ...]
    name: str = ""
    username: str = ""


def is_number(text: object) -> bool:
    """Whether this is E.164 digits without ``+``."""
    return isinstance(text, str) and _NUMBER.fullmatch(text) is not None


def person_of(business_id: int, event: InboundEvent | EchoEvent) -> Person | None:
    """The person behind a message; None when nothing lasting is known of them."""
    keys = [(PHONE, event.address)] if is_number(event.address) else []
    keys += sorted(
        (kind, value)
        for kind, value in event.aliases.items()
        if kind in LASTING and 0 < len(value) <= LONGEST_VALUE
    )
    if not keys:
        return None
    name = event.name.strip()[:LONGEST_NAME] if isinstance(event, InboundEvent) else ""
    username = event.aliases.get(USERNAME, "")
    return Person(business_id, tuple(keys), name, username if len(username) <= LONGEST_VALUE else "")
