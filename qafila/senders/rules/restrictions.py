"""What a provider's restriction of an account means for its numbers, and what is kept of it. Pure.

Kept is JSON: ``{"chats": {"at": …, "until": …}, "lifted_at": …}``, ISO 8601 in UTC; the kinds are those of
``providers.notices.Restricts``. ``at`` is when the vendor said it, ``lifted_at`` when it said that all is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from qafila.providers.notices import Restricts

NO_NEW_CHATS: Final = "account_no_new_chats"
"""Wording code of a rest in which answers go out."""
NO_MESSAGES: Final = "account_no_messages"
"""Wording code of a rest in which nothing goes out."""
RESTS: Final = frozenset({NO_NEW_CHATS, NO_MESSAGES})
"""The reasons for which a number rests because its account is restricted."""
ALERTS: Final[Mapping[Restricts, str]] = {
    Restricts.CHATS: "account_restricted_chats",
    Restricts.ANSWERS: "account_restricted_answers",
    Restricts.NUMBERS: "account_restricted_numbers",
    Restricts.OTHER: "account_restricted",
}
"""What is forbidden to the wording code of its alert."""
WITHOUT_END: Final = timedelta(hours=24)
"""So long it counts where the vendor does not say until when."""

REFUSED: Final = "368"
"""The code with which Meta refuses what a restriction forbids; the stop after it has the wording code ``<kind>.368``."""

_LIFTED: Final = "lifted_at"
Kept = Mapping[str, Any]


class Rest(NamedTuple):
    """Why the numbers of an account rest, and until when."""

    reason: str
    until: datetime


def heard(kept: Kept, restricts: Restricts, *, until: datetime | None, at: datetime) -> dict[str, Any] | None:
    """What is kept once one restriction was told. None: what was known is newer, so it changes nothing.

    :param until: its end; in the past: it is over. :param at: when the vendor said it.
    """
    known = _times(kept).get(str(restricts))
    lifted = kept.get(_LIFTED)
    if (known and known[0] > at) or (lifted and datetime.fromisoformat(lifted) > at):
        return None
    ends = until or at + WITHOUT_END
    return {**kept, str(restricts): {"at": at.isoformat(), "until": ends.isoformat()}}


def lifted(kept: Kept, *, at: datetime) -> dict[str, Any]:
    """What is kept once the vendor said that all is over: only what it told later than that."""
    later = {name: kept[name] for name, (told, _) in _times(kept).items() if told > at}
    before = kept.get(_LIFTED)
    newest = max(at, datetime.fromisoformat(before)) if before else at
    return {**later, _LIFTED: newest.isoformat()}


def over(kept: Kept, *, now: datetime) -> tuple[dict[str, Any], list[Restricts]]:
    """What is kept without what has ended by itself, and that."""
    ended = [name for name, (_, until) in _times(kept).items() if until <= now]
    return {name: kept[name] for name in kept if name not in ended}, [Restricts(name) for name in ended]


def in_force(kept: Kept, *, now: datetime) -> dict[Restricts, datetime]:
    """What is forbidden now, each until when."""
    return {Restricts(name): until for name, (_, until) in _times(kept).items() if until > now}


def rest(kept: Kept, *, now: datetime) -> Rest | None:
    """Why the numbers rest now. Where answers are forbidden nothing goes out, whatever else is."""
    forbidden = in_force(kept, now=now)
    if Restricts.ANSWERS in forbidden:
        return Rest(NO_MESSAGES, forbidden[Restricts.ANSWERS])
    return Rest(NO_NEW_CHATS, forbidden[Restricts.CHATS]) if Restricts.CHATS in forbidden else None


def explains(kept: Kept, code: str, *, now: datetime) -> bool:
    """Whether a refused call says no more than that the account is restricted: then nothing is to be stopped until a person
    acts, for the restriction ends by itself.

    :param code: a wording code, e.g. ``cloud_api.368``.
    """
    return code.partition(".")[2] == REFUSED and rest(kept, now=now) is not None


def _times(kept: Kept) -> dict[str, tuple[datetime, datetime]]:
    """By kind: when it was told, and its end."""
    return {
        name: (datetime.fromisoformat(told["at"]), datetime.fromisoformat(told["until"]))
        for name, told in kept.items()
        if name != _LIFTED
    }
