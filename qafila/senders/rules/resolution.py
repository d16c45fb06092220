"""Which number serves a direction, and why: the direction's own → the one that stands in for it → the account's default → its
old single number → none. Where a direction uses the default, its stand-in comes behind that.

Nothing is remembered: when a number is unavailable the next one serves, and as soon as it is back it serves again.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

Params: TypeAlias = dict[str, str]
Step: TypeAlias = tuple[str, Params]
"""A wording code with its parameters."""

LONGEST_WAIT: Final = timedelta(hours=1)
"""A number that rests for longer is passed over when something is to be sent; a shorter rest is waited for, because what
is given to a number stays with it."""


class Purpose(enum.StrEnum):
    """What the number is wanted for."""

    SENDING = "sending"
    """It must be able to send: connected, not paused, not stopped, no long rest."""
    ADS = "ads"
    """People write to it: it counts as long as it is in the list and switched on, whatever it can send."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the list, as far as it matters here.

    :ivar id: its row. :ivar state: a value of ``SenderState``, the one that counts (``queries.effective``).
    :ivar rest_until: until when it rests, where it does.
    """

    id: int
    label: str
    phone: str
    state: str
    is_active: bool = True
    rest_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A direction. ``gone_phone``: the number it had, which was deleted since. ``fallback``: serves while its number does not."""

    name: str
    number: Number | None = None
    gone_phone: str = ""
    fallback: Number | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What serves.

    :ivar number: of the list; None where nothing serves, or only :attr:`phone` is known.
    :ivar phone: ``+…``; "" for none: what is sent is refused, and an ad platform uses its own default.
    :ivar source: ``direction``, ``fallback``, ``default``, ``legacy`` or ``none``.
    :ivar steps: how it came to that, in order.
    """

    number: Number | None
    phone: str
    source: str
    steps: Sequence[Step] = field(default_factory=tuple)


def resolve(
    *,
    line: Line | None,
    default: Number | None,
    legacy_phone: str,
    legacy: Number | None,
    purpose: Purpose,
    now: datetime,
) -> Choice:
    """Decides which number serves, and explains it.

    :param line: the direction; None: whatever serves without one.
    :param default: the account's default number; None only where it has no numbers.
    :param legacy_phone: the old single number kept on the account, or "".
    :param legacy: the same as a number of the list, where it stands there.
    """
    steps: list[Step] = []
    own = line.number if line else None
    if line is not None:
        steps += _about(line)
    if own is not None:
        reason = why_not(own, purpose, now)
        if not reason:
            return _served(own, "direction", [*steps, _used(own)])
        steps.append(_unavailable(own, reason))
    tried = [own.id] if own is not None else []
    for source, number in _behind(line, default):
        steps += _next(source, line, number, tried)
        if number is None or number.id in tried:
            continue
        reason = why_not(number, purpose, now)
        if not reason:
            return _served(number, source, [*steps, _used(number)])
        steps.append(_unavailable(number, reason))
        tried.append(number.id)
    return _without_list(
        steps, legacy_phone=legacy_phone, legacy=legacy, tried=set(tried), purpose=purpose, now=now
    )


def _behind(line: Line | None, default: Number | None) -> list[tuple[str, Number | None]]:
    """Who serves where the direction's own number does not, in order: the stand-in is behind what the direction chose."""
    behind: list[tuple[str, Number | None]] = [("default", default)]
    if line is not None and line.fallback is not None:
        chose_own = line.number is not None or bool(line.gone_phone)
        behind.insert(0 if chose_own else 1, ("fallback", line.fallback))
    return behind


def _next(source: str, line: Line | None, number: Number | None, tried: Sequence[int]) -> list[Step]:
    """What is said of the next one that might serve; of a stand-in that was tried already nothing."""
    if source == "fallback":
        new = line is not None and number is not None and number.id not in tried
        return (
            [("route_fallback", {"direction": line.name, **_named(number)})]
            if new and line and number
            else []
        )
    if number is None:
        return [("route_no_default", {})]
    if number.id not in tried:
        return [("route_default", _named(number))]
    return (
        [("route_default_same", {})] if tried[-1] == number.id else [("route_default_tried", _named(number))]
    )


def _without_list(
    steps: list[Step],
    *,
    legacy_phone: str,
    legacy: Number | None,
    tried: set[int],
    purpose: Purpose,
    now: datetime,
) -> Choice:
    """The last two steps: the account's old single number, or none."""
    end: Step = ("route_none_sending" if purpose is Purpose.SENDING else "route_none_ads", {})
    if not legacy_phone:
        return Choice(None, "", "none", (*steps, end))
    if legacy is None:
        steps.append(("route_legacy", {"number": legacy_phone}))
        if purpose is Purpose.ADS:
            return Choice(None, legacy_phone, "legacy", (*steps, ("route_used", {"number": legacy_phone})))
        return Choice(None, "", "none", (*steps, ("route_legacy_unknown", {"number": legacy_phone}), end))
    if legacy.id in tried:
        return Choice(None, "", "none", (*steps, ("route_legacy_same", {"number": legacy.phone}), end))
    steps.append(("route_legacy", {"number": legacy.phone}))
    reason = why_not(legacy, purpose, now)
    if reason:
        return Choice(None, "", "none", (*steps, _unavailable(legacy, reason), end))
    return _served(legacy, "legacy", [*steps, _used(legacy)])


def why_not(number: Number, purpose: Purpose, now: datetime) -> str:
    """Why a number cannot serve: ``switched_off``, ``not_connected``, ``paused``, ``stopped``, ``resting``; "" where it can."""
    if not number.is_active:
        return "switched_off"
    if purpose is Purpose.ADS or number.state == "ready":
        return ""
    if number.state == "resting":
        return "resting" if number.rest_until is None or number.rest_until > now + LONGEST_WAIT else ""
    return number.state


def _about(line: Line) -> list[Step]:
    if line.number is not None:
        return [("route_own", {"direction": line.name, **_named(line.number)})]
    if line.gone_phone:
        return [("route_gone", {"direction": line.name, "number": line.gone_phone})]
    return [("route_no_own", {"direction": line.name})]


def _named(number: Number) -> Params:
    return {"label": number.label, "number": number.phone}


def _unavailable(number: Number, reason: str) -> Step:
    return f"route_{reason}", _named(number)


def _used(number: Number) -> Step:
    return "route_used", {"number": number.phone}


def _served(number: Number, source: str, steps: Sequence[Step]) -> Choice:
    return Choice(number, number.phone, source, tuple(steps))
