"""Packages as pages show them: their numbers, what those have used and may still send, what goes out over them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import Http404
from django.utils.translation import get_language

from qafila.dispatch import tally
from qafila.dispatch.pace_now import hours_by_number, shares
from qafila.dispatch.rules.adaptive_pace import Share
from qafila.dispatch.use import Span, planned_in
from qafila.senders import health_queries, package_queries
from qafila.senders.health_queries import Wellbeing
from qafila.senders.models import Package, PackageMember, SenderState
from qafila.senders.package_queries import PackageState
from qafila.senders.rules.hours import Hours
from qafila.web.pages.senders.rows import Row, rows_of
from qafila.web.shell.doors import Current

DAY = timedelta(hours=24)
STATES = {
    PackageState.ACTIVE: "ready",
    PackageState.RESTING: "resting",
    PackageState.NOTHING_ACTIVE: "stopped",
}
"""A package's state in the words that a chip knows."""
HELD_LOOK = "held"
"""The same of one that is held after losses: what its numbers could send does not matter then."""


@dataclass(frozen=True, slots=True)
class Member:
    """One number of a package.

    :ivar sent: messages that it sent in 24 hours, for whomever. :ivar wellbeing: None: it was never reckoned.
    :ivar can_send: it may send now. :ivar can_leave: pausing it would change something.
    """

    row: Row
    weight: int
    sent: int
    wellbeing: Wellbeing | None

    @property
    def can_send(self) -> bool:
        """Whether it takes of the package's work now."""
        return self.row.state.state == SenderState.READY


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the numbers that may send now can send together; None: there is no limit of ours.

    :ivar people: people whom Meta's portfolios still let them begin to write to in 24 hours; None: no such limit.
    """

    hour: int | None
    day: int | None
    people: int | None


def package_of(current: Current, package_id: uuid.UUID) -> Package:
    """The package of an address. Raises :class:`Http404`, also for another business's."""
    found = package_queries.package(current.business.pk, package_id)
    if found is None:
        raise Http404
    return found


def members_of(package: Package, *, now: datetime) -> list[Member]:
    """Its numbers, in a fixed number of statements."""
    found: list[PackageMember] = list(package_queries.members(package.pk))
    senders = [one.sender for one in found]
    sent = tally.accepted_since([one.pk for one in senders], since=now - DAY)
    known = health_queries.wellbeing(senders, get_language() or "en", now=now)
    rows = rows_of(senders, now=now)
    return [
        Member(row, one.weight, sent.get(one.sender_id, 0), known.get(one.sender_id))
        for one, row in zip(found, rows, strict=True)
    ]


def capacity_of(members: Sequence[Member], *, now: datetime) -> Capacity:
    """Added up over the numbers that may send now, each by its own pace, no portfolio twice."""
    able = [one for one in members if one.can_send]
    senders = [one.row.sender for one in able]
    known, open_in = shares(senders, now=now), hours_by_number(senders)
    hour = timedelta(hours=1)
    hours = [planned_in(one.row.sender, hour, now=now, share=known[one.row.sender.pk]) for one in able]
    days = [_in_a_day(one, known[one.row.sender.pk], open_in[one.row.sender.pk], now) for one in able]
    portfolios = {
        account.portfolio_id: max(0, account.portfolio.cap - account.portfolio.used)
        for one in able
        if (account := one.row.sender.provider_account) is not None
        and account.portfolio is not None
        and account.portfolio.cap is not None
    }
    return Capacity(hour=_sum(hours), day=_sum(days), people=sum(portfolios.values()) if portfolios else None)


def _in_a_day(member: Member, share: Share, hours: Hours, now: datetime) -> float | None:
    is_open = hours.open_seconds(now.timestamp(), (now + DAY).timestamp())
    planned = planned_in(member.row.sender, timedelta(seconds=is_open), now=now, share=share)
    limits = [use.limit for use in member.row.outlook.uses if use.span is Span.DAY and use.limit is not None]
    return min([*limits, planned]) if planned is not None else None


def _sum(figures: Sequence[float | None]) -> int | None:
    """Whole messages; None as soon as one of them has no limit."""
    known = [one for one in figures if one is not None]
    return int(sum(known)) if len(known) == len(figures) else None
