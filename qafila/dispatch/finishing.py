"""About when running batches will be done: the forecast's own pacing, cheap enough for a list that refreshes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qafila.dispatch.forecast import DAY_SECONDS, human_seconds, official_seconds
from qafila.dispatch.pace_now import PaceNow, paces
from qafila.dispatch.rules import human_pace
from qafila.dispatch.rules.adaptive_pace import ahead, eased_rate
from qafila.dispatch.rules.human_pace import HumanPolicy, HumanState
from qafila.dispatch.rules.official_pace import DEFAULT_RATE
from qafila.dispatch.rules.portfolio import campaign_cap
from qafila.ledger import queries as ledger
from qafila.ledger.models import Batch
from qafila.ledger.queries import Counts
from qafila.ledger.states import BatchState, Target
from qafila.providers import registry
from qafila.senders.models import AccountState, PackageMember, Sender, SenderState
from qafila.senders.rules.hours import Hours

SIMULATED = 600
"""So many messages are walked through one by one; beyond them the daily limit decides."""
TYPICAL_LENGTH = 80
_ABLE = (SenderState.READY, SenderState.RESTING)


@dataclass(frozen=True, slots=True)
class Estimate:
    """When a batch will be about done, if nothing changes.

    :ivar finish_at: None when it is not known, since nobody may send for it.
    :ivar rate: messages a minute that the pace allows, on the average until then; 0 where nobody may send.
    :ivar why: a wording code of what holds it up, "" for nothing.
    """

    finish_at: datetime | None
    seconds: float
    rate: float
    why: str = ""


def finish_estimates(batch_ids: Sequence[int], *, now: datetime) -> dict[int, Estimate]:
    """The estimates of several batches, as if each flowed; a fixed number of statements for batches of senders.

    Batches of the same target take turns, so that one ends when each of the others has sent as many, or is done.
    """
    batches = list(Batch.objects.filter(pk__in=batch_ids))
    if not batches:
        return {}
    targets = {(b.target_kind, b.target_id) for b in batches}
    beside = Batch.objects.filter(
        state=BatchState.FLOWING,
        target_kind__in={kind for kind, _ in targets},
        target_id__in={target for _, target in targets},
    )
    sharing: dict[tuple[int, int], set[int]] = {}
    for b in [*batches, *beside]:
        sharing.setdefault((b.target_kind, b.target_id), set()).add(b.pk)
    counts = ledger.counts_many(sorted(set().union(*sharing.values())))
    senders = {target: _senders(target) for target in targets if target[0] != Target.SENDER}
    single = Sender.objects.select_related("provider_account__portfolio").in_bulk(
        [target for kind, target in targets if kind == Target.SENDER]
    )
    senders |= {(int(Target.SENDER), pk): [sender] for pk, sender in single.items()}
    everybody = {s.pk: s for some in senders.values() for s in some}
    known = paces(everybody.values(), now=now)
    flowing = {b.pk for b in beside}
    found = {}
    for batch in batches:
        target = (batch.target_kind, batch.target_id)
        neighbours = [counts.get(pk, Counts()).queued for pk in sharing[target] & flowing - {batch.pk}]
        found[batch.pk] = _estimate(
            counts.get(batch.pk, Counts()).queued, neighbours, senders.get(target, []), known, now=now
        )
    return found


def _estimate(
    queued: int,
    neighbours: Sequence[int],
    senders: Sequence[Sender],
    known: Mapping[int, PaceNow],
    *,
    now: datetime,
) -> Estimate:
    able = [s for s in senders if s.state in _ABLE and s.provider_account is not None]
    able = [s for s in able if s.provider_account and s.provider_account.state == AccountState.OK]
    if not able:
        state = senders[0].state if senders else SenderState.NOT_CONNECTED
        return Estimate(None, 0.0, 0.0, "account_stopped" if state in _ABLE else f"sender_{state}")
    if not queued:
        return Estimate(now, 0.0, 0.0)
    work = queued + sum(min(queued, other) for other in neighbours)
    seconds = _together(able, work, known, now)
    is_open = [s for s in able if not known[s.pk].hours.opens_at(now.timestamp())]
    if 0 < len(is_open) < len(able):  # they take what the closed ones would do
        seconds = min(seconds, _together(is_open, work, known, now))
    resting = all(s.state == SenderState.RESTING for s in able)
    why = "resting" if resting else "" if is_open else "outside_hours"
    return Estimate(now + timedelta(seconds=seconds), seconds, queued / max(seconds, 1.0) * 60, why)


def _together(able: Sequence[Sender], work: int, known: Mapping[int, PaceNow], now: datetime) -> float:
    """How long numbers take that share so many messages equally."""
    parts = [work // len(able) + (1 if n < work % len(able) else 0) for n in range(len(able))]
    return max(_seconds(s, part, known[s.pk], now) for s, part in zip(able, parts, strict=True))


def _seconds(sender: Sender, count: int, pace: PaceNow, now: datetime) -> float:
    account, use, hours = sender.provider_account, pace.share, pace.hours
    if account is None:
        raise ValueError("a sender without a provider has no estimate")
    rest = max(0.0, (sender.rest_until - now).total_seconds()) if sender.rest_until else 0.0
    rest = max(rest, use.rest_until - now.timestamp())
    begin = now + timedelta(seconds=rest)
    if registry.get(account.kind).capabilities.official:
        portfolio = account.portfolio
        cap = campaign_cap(portfolio.cap) if portfolio and portfolio.cap is not None else None
        room = max(0, cap - portfolio.used) if portfolio and cap is not None else None
        rate = eased_rate(sender.throughput or DEFAULT_RATE, use)
        return rest + official_seconds(count=count, rate=rate, room=room, cap=cap, now=begin, hours=hours)
    if not sender.use_limits:
        return rest + hours.lasts(begin.timestamp(), count * 1.0)
    policy = ahead(HumanPolicy(), use)
    near = human_seconds(
        count=min(count, SIMULATED),
        lengths=[TYPICAL_LENGTH],
        now=begin,
        in_use_since=sender.in_use_since,
        state=HumanState.read(pace.lane.pace if pace.lane else {}),
        policy=policy,
        hours=hours,
    )
    age = (begin - sender.in_use_since).total_seconds() / DAY_SECONDS
    return rest + near + _far_seconds(count - SIMULATED, age, policy, begin.timestamp() + near, hours)


def _far_seconds(count: int, age_days: float, policy: HumanPolicy, begin: float, hours: Hours) -> float:
    """Beyond what was walked through: days at their limits, or at what goes out in its hours where that is less."""
    seconds, missing, each = 0.0, float(count), 1 / human_pace.usual_rate(policy)
    while missing > 0:
        at, limit = begin + seconds, float(policy.day_limit(age_days + seconds / DAY_SECONDS))
        if hours.week is None:
            seconds += DAY_SECONDS * min(1.0, missing / limit)
        else:
            limit = min(limit, hours.open_seconds(at, at + DAY_SECONDS) / each)
            seconds += DAY_SECONDS if missing > limit else hours.lasts(at, missing * each)
        missing -= limit
    return seconds


def _senders(target: tuple[int, int]) -> list[Sender]:
    found = Sender.objects.select_related("provider_account__portfolio")
    if target[0] == Target.PROVIDER_ACCOUNT:
        return list(found.filter(provider_account_id=target[1]))
    return list(found.filter(pk__in=PackageMember.objects.filter(package_id=target[1]).values("sender_id")))
