"""What a contract could go out over, and when it would be done that way: numbers, packages, directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from qafila.businesses.models import Business
from qafila.dispatch.forecast import Forecast, forecast_new
from qafila.dispatch.pace_now import paces
from qafila.senders import queries as senders
from qafila.senders.direction_models import Direction
from qafila.senders.direction_queries import Resolution, directions_of, resolve_all
from qafila.senders.models import Package, PackageMember, Sender, SenderState
from qafila.senders.package_queries import PackageState, comes_back_at, packages_of, state_of

MOST: Final = 200
"""Of each kind: more is no choice for a page."""
_ABLE: Final = (SenderState.READY, SenderState.RESTING)


@dataclass(frozen=True, slots=True)
class SenderChoice:
    """A sender that could be chosen.

    :ivar state: a value of ``SenderState``. :ivar reason: wording code of what holds it, or "".
    :ivar forecast: None where it cannot send.
    """

    sender: Sender
    state: str
    reason: str
    forecast: Forecast | None

    @property
    def able(self) -> bool:
        """Whether it can send, now or after its rest."""
        return self.forecast is not None


@dataclass(frozen=True, slots=True)
class PackageChoice:
    """A package that could be chosen.

    :ivar numbers: how many are in it. :ivar able: how many of them may send now.
    :ivar back_at: when the first of the resting ones is back, where none may send.
    """

    package: Package
    state: PackageState
    numbers: int
    able: int
    back_at: datetime | None

    @property
    def reason(self) -> str:
        """Wording code of what holds it; "" where it sends."""
        if self.state is PackageState.ACTIVE:
            return ""
        return "package_resting" if self.state is PackageState.RESTING else "no_active_profiles"


@dataclass(frozen=True, slots=True)
class DirectionChoice:
    """A direction that could choose the number. :ivar resolution: the one that serves it now, and why."""

    direction: Direction
    resolution: Resolution


def sender_choices(
    business_id: int, *, count: int, lengths: Sequence[int], now: datetime
) -> list[SenderChoice]:
    """All senders of a business, those that would be done first in front; three statements."""
    found = []
    rows = list(senders.for_business(business_id).select_related("provider_account__portfolio")[:MOST])
    known = paces(rows, now=now)
    for sender in rows:
        held = senders.effective(sender)
        able = held.state in _ABLE
        pace = known[sender.pk]
        forecast = forecast_new(sender, count=count, lengths=lengths, now=now, pace=pace) if able else None
        found.append(SenderChoice(sender, held.state, held.reason, forecast))
    return sorted(found, key=lambda one: (not one.able, one.forecast.seconds if one.forecast else 0.0))


def package_choices(business_id: int) -> list[PackageChoice]:
    """The packages of a business, oldest first; two statements."""
    packages = list(packages_of(business_id)[:MOST])
    inside: dict[int, list[Sender]] = {one.pk: [] for one in packages}
    rows = PackageMember.objects.filter(package_id__in=list(inside)).select_related(
        "sender__provider_account"
    )
    for member in rows:
        inside[member.package_id].append(member.sender)
    return [package_choice(one, inside[one.pk]) for one in packages]


def package_choice(package: Package, numbers: Sequence[Sender]) -> PackageChoice:
    """One package with its numbers.

    :param numbers: with their provider accounts.
    """
    able = sum(senders.effective(one).state == SenderState.READY for one in numbers)
    state = state_of(numbers)
    back_at = comes_back_at(numbers) if state is PackageState.RESTING else None
    return PackageChoice(package, state, len(numbers), able, back_at)


def direction_choices(business: Business, *, now: datetime) -> list[DirectionChoice]:
    """The directions of a business by name, each with the number that serves it now; a fixed number of statements."""
    rows = list(directions_of(business.pk)[:MOST])
    found = resolve_all(rows, business, now=now) if rows else []
    return [DirectionChoice(row, one) for row, one in zip(rows, found, strict=True)]


def forecast_over(
    numbers: Sequence[Sender], *, count: int, lengths: Sequence[int], now: datetime
) -> Forecast | None:
    """The forecast of messages that are not in the books yet, over numbers that share them: the same that
    ``dispatch.forecast.forecast_batch`` says as soon as they are. None where none of them can send.

    :param numbers: with ``provider_account__portfolio``.
    :param count: how many will really be sent. :param lengths: characters of some of the texts.
    """
    able = [
        one for one in numbers if one.provider_account is not None and senders.effective(one).state in _ABLE
    ]
    if not able:
        return None
    if len(able) == 1 or count == 0:
        return forecast_new(able[0], count=count, lengths=lengths, now=now)
    # Numbers pull: each takes as many as its pace allows while the others take theirs.
    equal = max(1, count // len(able))
    known = paces(able, now=now)
    alone = [
        forecast_new(one, count=equal, lengths=lengths, now=now, pace=known[one.pk]).seconds for one in able
    ]
    speeds = [1.0 / max(seconds, 1e-3) for seconds in alone]
    parts = [int(count * speed / sum(speeds)) for speed in speeds]
    for n in range(count - sum(parts)):
        parts[n % len(parts)] += 1
    found = [
        forecast_new(one, count=part, lengths=lengths, now=now, pace=known[one.pk])
        for one, part in zip(able, parts, strict=True)
    ]
    slowest = max(found, key=lambda one: one.seconds)
    waits: dict[str, int] = {}
    for code, waiting in (pair for one in found for pair in one.waits):
        waits[code] = waits.get(code, 0) + waiting
    shares = [(one.name, part) for one, part in zip(able, parts, strict=True)]
    return Forecast(slowest.finish_at, slowest.seconds, shares, list(waits.items()))
