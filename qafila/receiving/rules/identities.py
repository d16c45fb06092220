"""Who wrote: which of the identities in a webhook are a person's own, and for good."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qafila.providers.interface import InboundEvent

PHONE = "phone"
LASTING = ("bsuid", "lid")
"""Kinds that stay a person's own; a user name may be somebody else's tomorrow."""

LONGEST_VALUE = 128
LONGEST_NAME = 200
_NUMBER = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Person:
    """How somebody showed up: the name they show, and at least one lasting identity, kind and value.

    :ivar keys: the phone number (``("phone", "79…")``) first, where it is known: it is what campaigns address.
    """

    business_id: int
    keys: tuple[tuple[str, str], ...]
    name: str = ""


def is_number(text: object) -> bool:
    """Whether this is E.164 digits without ``+``."""
    return isinstance(text, str) and _NUMBER.fullmatch(text) is not None


def person_of(business_id: int, event: InboundEvent) -> Person | None:
    """The person behind a message; None when nothing lasting is known of them."""
    keys = [(PHONE, event.address)] if is_number(event.address) else []
    keys += sorted(
        (kind, value)
        for kind, value in event.aliases.items()
        if kind in LASTING and 0 < len(value) <= LONGEST_VALUE
    )
    return Person(business_id, tuple(keys), event.name.strip()[:LONGEST_NAME]) if keys else None
