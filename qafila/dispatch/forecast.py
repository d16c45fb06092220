"""When will it be done? The same pacing rules as the lanes use, on a clock that costs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice, takewhile

from django.db import connection

from qafila.dispatch.pace_now import PaceNow, paces
from qafila.dispatch.queries import closed_windows, numbers_of
from qafila.dispatch.rules import human_pace
from qafila.dispatch.rules.adaptive_pace import ahead, eased, eased_rate
from qafila.dispatch.rules.human_pace import HumanPolicy, HumanState
from qafila.dispatch.rules.official_pace import DEFAULT_RATE
from qafila.dispatch.rules.portfolio import campaign_cap
from qafila.dispatch.waiting import opted_out
from qafila.kit.rng import seeded
from qafila.ledger import queries as ledger
from qafila.ledger.models import Batch
from qafila.ledger.states import Target
from qafila.providers import registry
from qafila.senders.models import Sender, SenderState
from qafila.senders.queries import effective
from qafila.senders.rules.hours import ANY_TIME, Hours

SEED = "forecast"
SAMPLE = 500
DAY_SECONDS = 86_400
MOST_DAYS = 400
"""Beyond so many days of the portfolio, or so many simulated messages, the rest is taken in proportion."""
MOST_STEPS = 200_000


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a batch would be done if it started now.

    :ivar finish_at: None when no sender may send.
    :ivar per_sender: (name, messages) by share.
    :ivar waits: (wording code, messages) that will wait or be skipped, and why.
    """

    finish_at: datetime | None
    seconds: float
    per_sender: Sequence[tuple[str, int]] = ()
    waits: Sequence[tuple[str, int]] = ()


def human_seconds(
    *,
    count: int,
    lengths: Sequence[int],
    now: datetime,
    in_use_since: datetime,
    state: HumanState | None = None,
    policy: HumanPolicy | None = None,
    hours: Hours = ANY_TIME,
) -> float:
    """How long a phone-linked number takes for so many messages at the human pace, daily limits and its hours included.

    :param lengths: characters of the texts; repeated when there are fewer than ``count``.
    """
    begin, simulated, done = now.timestamp(), min(count, MOST_STEPS), 0.0
    moments = human_moments(
        lengths=lengths, begin=begin, in_use_since=in_use_since, state=state, policy=policy, hours=hours
    )
    for moment in islice(moments, simulated):
        done = moment - begin
    return done * (count / simulated) if simulated else 0.0


def human_moments(
    *,
    lengths: Sequence[int],
    begin: float,
    in_use_since: datetime,
    state: HumanState | None = None,
    policy: HumanPolicy | None = None,
    hours: Hours = ANY_TIME,
) -> Iterator[float]:
    """When each message goes out (POSIX seconds), one after the other and without end; otherwise as :func:`human_seconds`."""
    policy, rng = policy or HumanPolicy(), seeded(SEED)
    state = state or HumanState()
    clock, since = hours.next_open(begin), in_use_since.timestamp()
    closes = hours.closes_at(clock)
    for length in cycle(lengths or [80]):
        free_at, _ = human_pace.free_at(policy, state, age_days=(clock - since) / DAY_SECONDS, now=clock)
        takes = human_pace.reaction_seconds(policy, rng) + human_pace.typing_seconds(policy, length, rng)
        if free_at + takes >= closes:  # what would not be done before its hours end waits for the next ones
            free_at = hours.next_open(max(free_at, closes))
            closes = hours.closes_at(free_at)
        clock = free_at + takes
        state = human_pace.after_send(policy, state, at=clock, rng=rng)
        yield clock


def official_seconds(
    *, count: int, rate: int, room: int | None, cap: int | None, now: datetime, hours: Hours = ANY_TIME
) -> float:
    """How long an official number takes: its throughput, the portfolio's new people in 24 hours, and its hours.

    :param room: new people that the portfolio may still reach now; None: unlimited.
    """
    seconds, begin = count / rate, now.timestamp()
    if room is None or cap is None or count <= room:
        return hours.lasts(begin, seconds)
    days = -(-(count - room) // max(cap, 1))  # each further day gives the portfolio its whole limit again
    last = (count - room - (days - 1) * cap) / rate
    if hours.week is None:
        return days * DAY_SECONDS + last
    # A day of the portfolio begins when it is open: what it does not use while it is closed is not had afterwards.
    at, walked = begin + hours.lasts(begin, room / rate), min(days, MOST_DAYS)
    day = hours.next_open(begin)
    for _ in range(walked - 1):
        day = hours.next_open(max(at, day + DAY_SECONDS))
        at = day + hours.lasts(day, cap / rate)
    if walked < days:
        return (at - begin) * days / walked
    at = max(at, day + DAY_SECONDS)
    return at - begin + hours.lasts(at, last)


def forecast_batch(batch_id: int, *, now: datetime) -> Forecast:
    """The forecast of what is still queued in a batch."""
    batch = Batch.objects.get(pk=batch_id)
    queued = ledger.counts(batch_id).queued
    numbers = numbers_of((Target(batch.target_kind), batch.target_id))
    able = (SenderState.READY, SenderState.RESTING)
    senders = [one for one in numbers if one.provider_account is not None and effective(one).state in able]
    gone, shut = opted_out(batch_id), closed_windows(batch_id, now=now)
    waits = [(code, held) for code, held in (("opted_out", gone), ("window_closed", shut)) if held]
    count = max(0, queued - gone - shut)
    if not senders:
        return Forecast(None, 0.0, waits=[*waits, ("account_not_connected", count)])
    lengths = _lengths(batch)
    known = paces(senders, now=now)
    shares = _shares(count, senders, lengths, known, now)
    longest = 0.0
    for sender, share in zip(senders, shares, strict=True):
        seconds, waiting = _sender_seconds(sender, share, lengths, known[sender.pk], now)
        longest = max(longest, seconds)
        waits += waiting
    per_sender = [(sender.name, share) for sender, share in zip(senders, shares, strict=True)]
    return Forecast(now + timedelta(seconds=longest), longest, per_sender, waits)


def forecast_new(
    sender: Sender, *, count: int, lengths: Sequence[int], now: datetime, pace: PaceNow | None = None
) -> Forecast:
    """The forecast of messages that are not in the books yet, over one sender.

    :param count: how many will really be sent (without those that the gates will stop).
    :param lengths: characters of some of the texts.
    :param pace: where it is known already; None: it is read.
    """
    if sender.provider_account is None or sender.state not in (SenderState.READY, SenderState.RESTING):
        return Forecast(None, 0.0, waits=[("account_not_connected", count)])
    pace = pace or paces([sender], now=now)[sender.pk]
    seconds, waiting = _sender_seconds(sender, count, lengths, pace, now)
    finish = now + timedelta(seconds=seconds)
    return Forecast(finish, seconds, [(sender.name, count)], waiting)


def _sender_seconds(
    sender: Sender, share: int, lengths: Sequence[int], pace: PaceNow, now: datetime
) -> tuple[float, list[tuple[str, int]]]:
    """How long it takes, and how many wait for something, by wording code."""
    account = sender.provider_account
    if account is None:
        raise ValueError("a sender without a provider has no forecast")
    use, lane, hours = pace.share, pace.lane, pace.hours
    rest = max(0.0, (sender.rest_until - now).total_seconds()) if sender.rest_until else 0.0
    rest = max(rest, use.rest_until - now.timestamp())
    begin = now + timedelta(seconds=rest)
    closes = hours.closes_at(begin.timestamp())
    if not registry.get(account.kind).capabilities.official:
        if not sender.use_limits:
            done = share if hours.week is None else int(closes - begin.timestamp())
            return rest + hours.lasts(begin.timestamp(), share * 1.0), _waits(share, done)
        state = HumanState.read(lane.pace if lane else {})
        seconds = human_seconds(
            count=share,
            lengths=lengths,
            now=begin,
            in_use_since=sender.in_use_since,
            state=state,
            policy=ahead(HumanPolicy(), use),
            hours=hours,
        )
        limit = eased(HumanPolicy(), use).day_limit((now - sender.in_use_since).total_seconds() / 86_400)
        room_today = max(0, limit - human_pace.sent_in_a_day(state, now=begin.timestamp()))
        today = done = min(share, room_today)
        if hours.week is not None:
            moments = human_moments(
                lengths=lengths,
                begin=begin.timestamp(),
                in_use_since=sender.in_use_since,
                state=state,
                policy=eased(HumanPolicy(), use),
            )
            done = sum(1 for _ in takewhile(lambda moment: moment < closes, islice(moments, today)))
        return rest + seconds, [*_waits(today, done), *_waits(share, room_today, "pace_day")]
    portfolio = account.portfolio
    cap = campaign_cap(portfolio.cap) if portfolio and portfolio.cap is not None else None
    room = max(0, cap - portfolio.used) if portfolio and cap is not None else None
    rate = eased_rate(sender.throughput or DEFAULT_RATE, use)
    seconds = official_seconds(count=share, rate=rate, room=room, cap=cap, now=begin, hours=hours)
    today = share if room is None else min(share, room)
    done = today if hours.week is None else int((closes - begin.timestamp()) * rate)
    return rest + seconds, [*_waits(today, done), *_waits(share, today, "portfolio_limit")]


def _waits(count: int, done: int, code: str = "outside_hours") -> list[tuple[str, int]]:
    return [(code, count - done)] if count > done else []


def _shares(
    count: int,
    senders: Sequence[Sender],
    lengths: Sequence[int],
    known: Mapping[int, PaceNow],
    now: datetime,
) -> list[int]:
    """Numbers pull: each takes as many as its pace allows while the others take theirs, so that all end together."""
    if len(senders) == 1 or count == 0:
        return [count, *([0] * (len(senders) - 1))]
    equal = max(1, count // len(senders))
    alone = [_sender_seconds(one, equal, lengths, known[one.pk], now)[0] for one in senders]
    speeds = [1.0 / max(seconds, 1e-3) for seconds in alone]
    shares = [int(count * speed / sum(speeds)) for speed in speeds]
    for n in range(count - sum(shares)):
        shares[n % len(shares)] += 1
    return shares


def _lengths(batch: Batch) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT length(body) FROM ledger_message WHERE id BETWEEN %s AND %s AND batch_id = %s AND state = 1"
            " ORDER BY id LIMIT %s",
            (batch.first_id, batch.last_id, batch.pk, SAMPLE),
        )
        return [row[0] for row in cursor.fetchall()]
