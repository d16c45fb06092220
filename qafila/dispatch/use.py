"""How much of their limits numbers have used, and when each may send next: for pages, in a fixed number of statements."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qafila.dispatch import tally
from qafila.dispatch.pace_now import PaceNow, paces, share_of
from qafila.dispatch.queries import living_workers
from qafila.dispatch.rules import human_pace
from qafila.dispatch.rules.adaptive_pace import Share, eased, eased_rate
from qafila.dispatch.rules.human_pace import HumanPolicy, HumanState
from qafila.dispatch.rules.official_pace import DEFAULT_RATE
from qafila.dispatch.rules.portfolio import campaign_cap
from qafila.providers import registry
from qafila.senders.models import Sender, SenderState
from qafila.senders.queries import effective

DAY = timedelta(hours=24)


class Span(enum.StrEnum):
    """What a limit counts over."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    """Any 24 hours."""
    PORTFOLIO = "portfolio"
    """People whom all numbers of a Meta portfolio began to write to in 24 hours."""


@dataclass(frozen=True, slots=True)
class Use:
    """One limit.

    :ivar used: None where only the limit is known. :ivar limit: None: there is none.
    """

    span: Span
    used: int | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """One number, as a page shows it.

    :ivar uses: its limits, the shortest span first.
    :ivar main: the limit of its day: the one that a list shows.
    :ivar why: wording code of what it waits for; "" when it could send now.
    :ivar next_at: when it may send again, where that is known.
    :ivar last: the latest call of 24 hours that was not accepted.
    """

    uses: Sequence[Use]
    main: Use
    why: str = ""
    next_at: datetime | None = None
    last: tally.Mix | None = None


def outlooks(senders: Sequence[Sender], *, now: datetime) -> dict[int, Outlook]:
    """By row id of the number.

    :param senders: with ``provider_account__portfolio``.
    """
    ids = [sender.pk for sender in senders]
    accepted = tally.accepted_since(ids, since=now - DAY)
    hour = tally.accepted_since(ids, since=now - timedelta(hours=1))
    last = tally.last_refusals(ids, since=now - DAY)
    works, known = living_workers(now=now) > 0, paces(senders, now=now)
    found: dict[int, Outlook] = {}
    for sender in senders:
        lately = (hour.get(sender.pk, 0), accepted.get(sender.pk, 0))
        uses = _uses(sender, known[sender.pk], lately, now)
        by_span = {use.span: use for use in uses}
        why, next_at = _waits(sender, known[sender.pk], works, now)
        portfolio = by_span.get(Span.PORTFOLIO)
        main = portfolio if portfolio and portfolio.limit is not None else by_span[Span.DAY]
        found[sender.pk] = Outlook(uses, main, why, next_at, last.get(sender.pk))
    return found


def planned_in(sender: Sender, step: timedelta, *, now: datetime, share: Share | None = None) -> float | None:
    """How many messages its pace lets it send in so long on the average; None without a provider or a limit of ours.

    :param share: of its limits that it may use, where that is known already; None: it is read.
    """
    account = sender.provider_account
    if account is None:
        return None
    seconds = step.total_seconds()
    share = share_of(sender, now=now) if share is None else share
    if registry.get(account.kind).capabilities.official:
        return eased_rate(sender.throughput or DEFAULT_RATE, share) * seconds
    if not sender.use_limits:
        return None
    return human_pace.usual_rate(eased(HumanPolicy(), share)) * seconds


def _uses(sender: Sender, pace: PaceNow, accepted: tuple[int, int], now: datetime) -> list[Use]:
    (hour, day), share = accepted, pace.share
    account = sender.provider_account
    if account is None:
        return [Use(Span.DAY, 0, None)]
    if registry.get(account.kind).capabilities.official:
        uses = [
            Use(Span.SECOND, None, eased_rate(sender.throughput or DEFAULT_RATE, share)),
            Use(Span.HOUR, hour, None),
            Use(Span.DAY, day, None),
        ]
        if account.portfolio is not None:
            uses.append(Use(Span.PORTFOLIO, account.portfolio.used, account.portfolio.cap))
        return uses
    policy, state, at = (
        eased(HumanPolicy(), share),
        HumanState.read(pace.lane.pace if pace.lane else {}),
        now.timestamp(),
    )
    minute = sum(1 for one in state.recent if one > at - human_pace.MINUTE_SECONDS)
    since = at - human_pace.DAY_SECONDS
    in_a_day = sum(n for full, n in state.hours.items() if (full + 1) * human_pace.HOUR_SECONDS > since)
    if not sender.use_limits:
        return [Use(Span.MINUTE, minute, None), Use(Span.HOUR, hour, None), Use(Span.DAY, in_a_day, None)]
    age_days = (now - sender.in_use_since).total_seconds() / human_pace.DAY_SECONDS
    return [
        Use(Span.MINUTE, minute, policy.per_minute),
        Use(Span.HOUR, hour, None),
        Use(Span.DAY, in_a_day, policy.day_limit(age_days)),
    ]


def _waits(sender: Sender, pace: PaceNow, works: bool, now: datetime) -> tuple[str, datetime | None]:
    """What holds it, whatever campaign waits to be sent: its state, no worker, its hours, its pace."""
    state = effective(sender)
    account = sender.provider_account
    if account is None or state.state != SenderState.READY:
        return (
            "account_stopped" if state.by_account else f"sender_{state.state}",
            sender.rest_until if state.state == SenderState.RESTING else None,
        )
    if not works:
        return "no_worker", None
    share, hours = pace.share, pace.hours
    opens = hours.opens_at(now.timestamp())
    if opens > share.rest_until:
        return "outside_hours", datetime.fromtimestamp(opens, UTC)
    if share.rest_until:
        return "pace_resting", datetime.fromtimestamp(hours.next_open(share.rest_until), UTC)
    official = registry.get(account.kind).capabilities.official
    portfolio = account.portfolio
    cap = portfolio.cap if official and portfolio is not None else None
    if portfolio is not None and cap is not None and portfolio.used >= campaign_cap(cap):
        return "portfolio_limit", None
    if official or not sender.use_limits:
        return "", None
    age_days = (now - sender.in_use_since).total_seconds() / human_pace.DAY_SECONDS
    policy = eased(HumanPolicy(), share)
    at, why = human_pace.free_at(
        policy, HumanState.read(pace.lane.pace if pace.lane else {}), age_days=age_days, now=now.timestamp()
    )
    return (why, datetime.fromtimestamp(hours.next_open(at), UTC)) if why else ("", None)
