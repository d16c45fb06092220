"""A number's days: what its warm-up lets it send on each, and what it sent. For a page; a fixed number of statements."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from qafila.dispatch import tally
from qafila.dispatch.rules.adaptive_pace import warm_up
from qafila.dispatch.rules.human_pace import HumanPolicy
from qafila.providers import registry
from qafila.senders.health_queries import history
from qafila.senders.models import Sender

BACK = timedelta(days=29)
AHEAD = timedelta(days=7)
HOUR = timedelta(hours=1)
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Day:
    """One day where the business is.

    :ivar planned: most that its age lets it send, in good health; None: no plan of ours (an official number, or its pace is
        off), or it was not in use.
    :ivar accepted: messages that the provider accepted; None: the day is to come.
    :ivar score: the lowest health of the day; None: not reckoned.
    """

    date: date
    planned: int | None
    accepted: int | None
    score: int | None


def days_of(sender: Sender, *, zone: ZoneInfo, now: datetime) -> list[Day]:
    """The last 30 days, or since it came into use, and where its warm-up goes on, the week to come; oldest first.

    :param sender: with its provider account.
    """
    today = now.astimezone(zone).date()
    begun = sender.in_use_since.astimezone(zone).date()
    first = min(today, max(begun, today - BACK))
    accepted, lowest = _did(sender, _begins(first, zone), zone, now)
    planned = _warms_up(sender)
    grows = planned and plan_on(sender, today, zone) != plan_on(sender, today + AHEAD, zone)
    last = today + AHEAD if grows else today
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        Day(
            day,
            plan_on(sender, day, zone) if planned else None,
            accepted[day] if day <= today else None,
            lowest.get(day),
        )
        for day in days
    ]


def plan_on(sender: Sender, day: date, zone: ZoneInfo) -> int:
    """The most that a phone-linked number of its age may send by the end of a day: the day's limit and the warm-up curve."""
    ends = _begins(day + timedelta(days=1), zone)
    age = max(0.0, (ends - sender.in_use_since).total_seconds() / DAY_SECONDS)
    return max(1, math.floor(HumanPolicy().day_limit(age) * warm_up(age)))


def _warms_up(sender: Sender) -> bool:
    account = sender.provider_account
    return bool(account and sender.use_limits and not registry.get(account.kind).capabilities.official)


def _did(
    sender: Sender, since: datetime, zone: ZoneInfo, now: datetime
) -> tuple[dict[date, int], dict[date, int]]:
    """Accepted messages and the lowest score, by day. What is newer than the last full hour is still in the tally alone."""
    accepted: dict[date, int] = defaultdict(int)
    lowest: dict[date, int] = {}
    counted = max(since, now - tally.KEPT + HOUR)
    for at, score, _, count in history(sender.pk, since=since):
        day = (at - HOUR).astimezone(zone).date()
        accepted[day] += count
        lowest[day] = min(score, lowest.get(day, score))
        counted = max(counted, at)
    for step in tally.steps_of(sender.pk, since=counted, until=now):
        accepted[step.at.astimezone(zone).date()] += step.accepted
    return accepted, lowest


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
