"""What a person wants of us, as a provider says it: no more messages, or messages again."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qafila.providers import cloud_api
from qafila.receiving.rules.identities import LONGEST_VALUE, PHONE, is_number
from qafila.wording.stop_words import is_start, is_stop

_OPT_OUT_CODES: dict[str, frozenset[str]] = {"cloud_api": cloud_api.OPT_OUT_CODES}


class Wish(enum.StrEnum):
    """Stop writing, or write again."""

    STOP = "stop"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Preference:
    """A person's choice in the vendor's own settings.

    :ivar keys: who: the phone number first, then lasting ids, kind and value.
    :ivar words: what was chosen, as proof.
    """

    keys: tuple[tuple[str, str], ...]
    wish: Wish
    words: str


_PRESSED = ("button", "list")
_NO_STOP_ON_A_BUTTON = frozenset({"cancel", "end", "quit", "отмена", "إلغاء", "الغاء", "ביטול"})
"""Typed by a person these end the messages; on a button of ours they mean an order, an appointment, a dialogue."""


def spoken(kind: str, text: str, choice: str) -> tuple[Wish, str] | None:
    """What a message wishes, and the words that say it. Of something pressed its payload counts, too.

    :param kind: ``text``, ``button`` or ``list``; other kinds wish nothing.
    """
    if kind == "text":
        said = [text]
    elif kind in _PRESSED:
        said = [one for one in (choice, text) if one.strip().casefold() not in _NO_STOP_ON_A_BUTTON]
    else:
        return None
    for one in said:
        if is_stop(one):
            return Wish.STOP, one
    return next(((Wish.RESUME, one) for one in said if is_start(one)), None)


def is_opt_out(kind: str, code: str) -> bool:
    """Whether a failure's code means that the person said no to this business.

    :param kind: the provider's kind. :param code: the vendor's own code as text.
    """
    return code in _OPT_OUT_CODES.get(kind, frozenset())


def read_preference(payload: Mapping[str, Any]) -> Preference | None:
    """A ``user_preferences`` item (``{"wa_id" | "user_id", "category", "value": "stop" | "resume", "detail"}``).

    ``signup`` (the person asked for such messages) is a resume. None for another value.
    """
    value = payload.get("value")
    value = Wish.RESUME.value if value == "signup" else value
    keys = tuple(
        (kind, found)
        for kind, key in ((PHONE, "wa_id"), ("bsuid", "user_id"), ("parent_bsuid", "parent_user_id"))
        if isinstance(found := payload.get(key), str)
        and (is_number(found) if kind == PHONE else 0 < len(found) <= LONGEST_VALUE)
    )
    if not keys:
        return None
    if value not in (Wish.STOP.value, Wish.RESUME.value):
        return None
    category = payload.get("category")
    words = f"{category}: {payload['value']}" if isinstance(category, str) else str(payload["value"])
    return Preference(keys, Wish(value), words[:100])
