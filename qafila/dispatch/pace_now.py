"""How much of their limits numbers may use now, and in which hours, for forecasts and pages: the same as their lanes ask
(``Lane.share``, ``Lane.open``)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from qafila.businesses.models import Business
from qafila.dispatch.models import Lane
from qafila.dispatch.rules import adaptive_pace
from qafila.dispatch.rules.adaptive_pace import WHOLE, Share, State
from qafila.providers import registry
from qafila.senders.models import Score, Sender
from qafila.senders.rules.hours import ANY_TIME, Hours, hours_of


@dataclass(frozen=True, slots=True)
class PaceNow:
    """What decides when a number sends next.

    :ivar share: how much of its limits it may use. :ivar lane: None: it has never had one.
    :ivar hours: in which it sends campaigns.
    """

    share: Share
    lane: Lane | None
    hours: Hours = ANY_TIME


def paces(senders: Collection[Sender], *, now: datetime) -> dict[int, PaceNow]:
    """By row id, for every one of them. Two statements; three where a number has hours.

    :param senders: with their provider accounts.
    """
    lanes, hours = Lane.objects.in_bulk([one.pk for one in senders]), hours_by_number(senders)
    return {pk: PaceNow(share, lanes.get(pk), hours[pk]) for pk, share in shares(senders, now=now).items()}


def hours_by_number(senders: Collection[Sender]) -> dict[int, Hours]:
    """By row id, for every one of them. One statement, none where no number has hours."""
    with_hours = {one.business_id for one in senders if one.hours is not None}
    zones = (
        dict(Business.objects.filter(pk__in=with_hours).values_list("pk", "timezone")) if with_hours else {}
    )
    return {
        one.pk: ANY_TIME if one.hours is None else hours_of(one.hours, zones[one.business_id])
        for one in senders
    }


def shares(senders: Collection[Sender], *, now: datetime) -> dict[int, Share]:
    """By row id, for every one of them. One statement.

    :param senders: with their provider accounts.
    """
    kept = dict(
        Score.objects.filter(sender_id__in=[one.pk for one in senders]).values_list("sender_id", "pace")
    )
    return {one.pk: _share(one, State.from_kept(kept.get(one.pk)), now) for one in senders}


def share_of(sender: Sender, *, now: datetime) -> Share:
    """Of one number."""
    return shares([sender], now=now)[sender.pk]


def _share(sender: Sender, state: State, now: datetime) -> Share:
    account = sender.provider_account
    if account is None or not sender.use_limits:
        return WHOLE
    age_days = (now - sender.in_use_since).total_seconds() / adaptive_pace.DAY
    official = registry.get(account.kind).capabilities.official
    return adaptive_pace.share(state, age_days=age_days, official=official, now=now.timestamp())
