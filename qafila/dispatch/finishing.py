"""About when running batches will be done: the forecast's own pacing, cheap enough for a list that refreshes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qafila.dispatch.forecast import human_seconds, official_seconds
from qafila.dispatch.models import Lane
from qafila.dispatch.pace_now import shares
from qafila.dispatch.rules.adaptive_pace import WHOLE, Share, ahead, eased_rate
from qafila.dispatch.rules.human_pace import HumanPolicy, HumanState
from qafila.dispatch.rules.official_pace import DEFAULT_RATE
from qafila.dispatch.rules.portfolio import campaign_cap
from qafila.ledger import queries as ledger
from qafila.ledger.models import Batch
from qafila.ledger.queries import Counts
from qafila.ledger.states import BatchState, Target
from qafila.providers import registry
from qafila.senders.models import AccountState, PackageMember, Sender, SenderState

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
    lanes, uses = Lane.objects.in_bulk(everybody), shares(everybody.values(), now=now)
    flowing = {b.pk for b in beside}
    found = {}
    for batch in batches:
        target = (batch.target_kind, batch.target_id)
        neighbours = [counts.get(pk, Counts()).queued for pk in sharing[target] & flowing - {batch.pk}]
        found[batch.pk] = _estimate(
            counts.get(batch.pk, Counts()).queued, neighbours, senders.get(target, []), lanes, uses, now=now
        )
    return found


def _estimate(
    queued: int,
    neighbours: Sequence[int],
    senders: Sequence[Sender],
    lanes: Mapping[int, Lane],
    uses: Mapping[int, Share],
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
    parts = [work // len(able) + (1 if n < work % len(able) else 0) for n in range(len(able))]
    seconds = max(
        _seconds(s, part, lanes.get(s.pk), uses.get(s.pk, WHOLE), now)
        for s, part in zip(able, parts, strict=True)
    )
    resting = all(s.state == SenderState.RESTING for s in able)
    return Estimate(
        now + timedelta(seconds=seconds),
        seconds,
        queued / max(seconds, 1.0) * 60,
        "resting" if resting else "",
    )


def _seconds(sender: Sender, count: int, lane: Lane | None, use: Share, now: datetime) -> float:
    account = sender.provider_account
    if account is None:
        raise ValueError("a sender without a provider has no estimate")
    rest = max(0.0, (sender.rest_until - now).total_seconds()) if sender.rest_until else 0.0
    rest = max(rest, use.rest_until - now.timestamp())
    if registry.get(account.kind).capabilities.official:
        portfolio = account.portfolio
        cap = campaign_cap(portfolio.cap) if portfolio and portfolio.cap is not None else None
        room = max(0, cap - portfolio.used) if portfolio and cap is not None else None
        return rest + official_seconds(
            count=count, rate=eased_rate(sender.throughput or DEFAULT_RATE, use), room=room, cap=cap
        )
    if not sender.use_limits:
        return rest + count * 1.0
    begin, policy = now + timedelta(seconds=rest), ahead(HumanPolicy(), use)
    near = human_seconds(
        count=min(count, SIMULATED),
        lengths=[TYPICAL_LENGTH],
        now=begin,
        in_use_since=sender.in_use_since,
        state=HumanState.read(lane.pace if lane else {}),
        policy=policy,
    )
    age = (begin - sender.in_use_since).total_seconds() / 86_400
    return rest + near + _far_seconds(count - SIMULATED, age, policy)


def _far_seconds(count: int, age_days: float, policy: HumanPolicy) -> float:
    """Beyond what was walked through: days at their limits."""
    seconds, missing = 0.0, count
    while missing > 0:
        limit = policy.day_limit(age_days + seconds / 86_400)
        seconds += 86_400 * min(1.0, missing / limit)
        missing -= limit
    return seconds


def _senders(target: tuple[int, int]) -> list[Sender]:
    found = Sender.objects.select_related("provider_account__portfolio")
    if target[0] == Target.PROVIDER_ACCOUNT:
        return list(found.filter(provider_account_id=target[1]))
    return list(found.filter(pk__in=PackageMember.objects.filter(package_id=target[1]).values("sender_id")))
