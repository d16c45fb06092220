"""Packages as pages show them: their numbers, what those have used and may still send, what goes out over them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import Http404
from django.utils.translation import get_language

from qafila.dispatch import tally
from qafila.dispatch.pace_now import hours_by_number, shares
from qafila.dispatch.rules.adaptive_pace import Share
from qafila.dispatch.use import Span, Use, planned_in
from qafila.senders import health_queries, package_queries
from qafila.senders.health_queries import Wellbeing
from qafila.senders.models import Package, SenderState
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
    return members_of_each([package], now=now)[package.pk]


def members_of_each(packages: Sequence[Package], *, now: datetime) -> dict[int, list[Member]]:
    """Package row id to its numbers, in a fixed number of statements however many packages."""
    found = list(package_queries.members_of_packages([one.pk for one in packages]))
    senders = list({one.sender_id: one.sender for one in found}.values())
    sent = tally.accepted_since([one.pk for one in senders], since=now - DAY)
    known = health_queries.wellbeing(senders, get_language() or "en", now=now)
    rows = {row.sender.pk: row for row in rows_of(senders, now=now)}
    members: dict[int, list[Member]] = {one.pk: [] for one in packages}
    for one in found:
        pk = one.sender_id
        members[one.package_id].append(Member(rows[pk], one.weight, sent.get(pk, 0), known.get(pk)))
    return members


def capacity_of(members: Sequence[Member], *, now: datetime) -> Capacity:
    """Added up over the numbers that may send now, each by its own pace, no portfolio twice."""
    return capacity_of_each({0: members}, now=now)[0]


def capacity_of_each(members: Mapping[int, Sequence[Member]], *, now: datetime) -> dict[int, Capacity]:
    """The same for each of several packages, in a fixed number of statements."""
    able = {pk: [one for one in each if one.can_send] for pk, each in members.items()}
    senders = list({one.row.sender.pk: one.row.sender for each in able.values() for one in each}.values())
    known, open_in = shares(senders, now=now), hours_by_number(senders)
    return {pk: _capacity(each, known, open_in, now) for pk, each in able.items()}


def _capacity(
    able: Sequence[Member], known: Mapping[int, Share], open_in: Mapping[int, Hours], now: datetime
) -> Capacity:
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


def use_of(members: Sequence[Member]) -> tuple[int, int | None]:
    """What its numbers have used of the limit that a list of numbers shows for each, added up: (used, limit). A portfolio's counts
    once for all its numbers; no limit as soon as one of them has none.
    """
    seen: dict[tuple[str, int | None], Use] = {}
    for one in members:
        account = one.row.sender.provider_account
        shared = one.row.is_shared and account is not None
        key = ("portfolio", account.portfolio_id) if shared and account else ("number", one.row.sender.pk)
        seen[key] = one.row.use
    limits = [use.limit for use in seen.values() if use.limit is not None]
    known = bool(seen) and len(limits) == len(seen)
    return sum(use.used or 0 for use in seen.values()), sum(limits) if known else None


def _in_a_day(member: Member, share: Share, hours: Hours, now: datetime) -> float | None:
    is_open = hours.open_seconds(now.timestamp(), (now + DAY).timestamp())
    planned = planned_in(member.row.sender, timedelta(seconds=is_open), now=now, share=share)
    limits = [use.limit for use in member.row.outlook.uses if use.span is Span.DAY and use.limit is not None]
    return min([*limits, planned]) if planned is not None else None


def _sum(figures: Sequence[float | None]) -> int | None:
    """Whole messages; None as soon as one of them has no limit."""
    known = [one for one in figures if one is not None]
    return int(sum(known)) if len(known) == len(figures) else None
