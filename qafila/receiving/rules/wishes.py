"""What a person wants of us, as a provider says it: no more messages, or messages again."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qafila.providers import cloud_api
from qafila.receiving.rules.identities import is_number

_OPT_OUT_CODES: dict[str, frozenset[str]] = {"cloud_api": cloud_api.OPT_OUT_CODES}


class Wish(enum.StrEnum):
    """Stop writing, or write again."""

    STOP = "stop"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Preference:
    """A person's choice in the vendor's own settings.

    :ivar address: who: E.164 digits.
    :ivar words: what was chosen, as proof.
    """

    address: str
    wish: Wish
    words: str


def is_opt_out(kind: str, code: str) -> bool:
    """Whether a failure's code means that the person said no to this business.

    :param kind: the provider's kind. :param code: the vendor's own code as text.
    """
    return code in _OPT_OUT_CODES.get(kind, frozenset())


def read_preference(payload: Mapping[str, Any]) -> Preference | None:
    """A ``user_preferences`` item (``{"wa_id", "category", "value": "stop" | "resume", "detail"}``); None for another value."""
    address, value = payload.get("wa_id"), payload.get("value")
    if not isinstance(address, str) or not is_number(address):
        return None
    if value not in (Wish.STOP.value, Wish.RESUME.value):
        return None
    category = payload.get("category")
    words = f"{category}: {value}" if isinstance(category, str) else str(value)
    return Preference(address, Wish(value), words[:100])
