"""One number's health reckoned: from what was read of it to verdict, score and pace. No query, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qafila.dispatch.health_facts import DAY, HOUR, Lately, Number
from qafila.dispatch.rules import adaptive_pace, block_detection, health, normal, traces
from qafila.dispatch.rules.adaptive_pace import Share, Signs, State
from qafila.dispatch.rules.block_detection import Kind, Observed, Verdict
from qafila.dispatch.rules.health import Facts, Health, Reason
from qafila.dispatch.rules.normal import Normal
from qafila.dispatch.rules.traces import Slot
from qafila.providers import registry

READY, RESTING, PAUSED, STOPPED = "ready", "resting", "paused", "stopped"
ACCOUNT_OK = "ok"


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What a round found out of one number.

    :ivar fresh: whether the verdict rests on what is new, and is not only what was known before.
    :ivar own: its own normal, as it is to be kept; :ivar learned_at: until when its past has gone into it.
    """

    number: Number
    verdict: Verdict
    fresh: bool
    health: Health
    pace: State
    share: Share
    own: Normal
    learned_at: datetime | None


def reckon(
    number: Number,
    did: Lately,
    *,
    own: Normal,
    learned_at: datetime | None = None,
    others: Normal,
    neighbours: Sequence[Slot],
    now: datetime,
) -> Reckoned:
    """Everything about one number.

    :param own: its own normal, known until ``learned_at``. :param others: that of its business.
    :param neighbours: the other numbers of its provider account together.
    """
    at = now.timestamp()
    usual = normal.leaning(own, others)
    pace = State.from_kept(number.pace)
    official = registry.get(number.provider).capabilities.official
    after = adaptive_pace.evidence_from(pace, now=at)
    receipts = _tells_what_arrives(own, did.slots, neighbours)
    before = Verdict(
        Kind(number.kind), number.since.timestamp() if number.since else 0.0, number.code, number.counted
    )
    observed = Observed(
        slots=did.slots,
        streak=did.streak,
        normal=usual,
        neighbours=neighbours,
        receipts=receipts,
        after=after,
        suspected=pace.rests > 0 and before.kind in (Kind.BLACK_HOLE, Kind.FAILING, Kind.NONE),
    )
    found = block_detection.judge(observed, now=at)
    fresh = found.kind is not Kind.NONE
    verdict = before if not fresh and not _is_over(before, number, did.slots, after) else found
    assessed = health.assess(
        _facts(number, did, usual, verdict, official=official, receipts=receipts, now=now)
    )
    if not receipts and did.slots:
        assessed = Health(
            assessed.score, assessed.known, (*assessed.reasons, Reason("health_no_receipts", 0))
        )
    since = number.at.timestamp() if number.at else 0.0
    accepted = sum(slot.accepted for slot in did.slots if slot.at + traces.STEP > max(since, after))
    stopped = bool(_stopped(number)) or number.state == PAUSED
    signs = Signs(assessed.score, found.kind, accepted, stopped=stopped, resting=number.state == RESTING)
    pace = adaptive_pace.step(pace, signs, now=at)
    age_days = (at - number.in_use_since.timestamp()) / adaptive_pace.DAY
    share = adaptive_pace.share(pace, age_days=age_days, official=official, now=at)
    return Reckoned(number, verdict, fresh, assessed, pace, share, own, learned_at)


def _tells_what_arrives(own: Normal, slots: Sequence[Slot], neighbours: Sequence[Slot]) -> bool:
    """Whether receipts come at all, for this number or another of its account. A gateway without webhooks tells nothing, and
    that is no silence of the number."""
    if own.samples > 0 and own.within[-1] > 0.02:
        return True
    return any(slot.arrived for slot in slots) or any(slot.arrived for slot in neighbours)


def _is_over(before: Verdict, number: Number, slots: Sequence[Slot], after: float) -> bool:
    """Whether a verdict for which nothing new speaks is over: the number works, and showed it."""
    if before.kind is Kind.NONE:
        return True
    if number.account_state != ACCOUNT_OK or number.state != READY:
        return False  # nobody tries, so nobody knows
    since = [slot for slot in slots if slot.at + traces.STEP > max(after, before.since)]
    match before.kind:
        case Kind.BLACK_HOLE:
            return any(slot.arrived for slot in since)
        case Kind.FAILING:
            return any(slot.accepted for slot in since)
        case _:
            return True


def _facts(
    number: Number,
    did: Lately,
    usual: Normal,
    verdict: Verdict,
    *,
    official: bool,
    receipts: bool,
    now: datetime,
) -> Facts:
    at = now.timestamp()
    return Facts(
        hour=did.sums(usual, since=at - HOUR.total_seconds(), now=at),
        day=did.sums(usual, since=at - DAY.total_seconds(), now=at),
        normal=usual,
        verdict=verdict,
        official=official,
        quality=number.quality,
        can_send=number.can_send,
        time_locked=_moment(number.details.get("time_locked_until"), at) > at,
        new_chats_used=_share(number.details, at),
        people_used=_used(number) if official else None,
        stopped=_stopped(number),
        resting=number.state == RESTING,
        receipts=receipts,
    )


def _stopped(number: Number) -> str:
    """Why it cannot send, itself or with its whole account; "" where it can."""
    if number.account_state != ACCOUNT_OK:
        return number.account_reason or "account_stopped"
    return (number.state_reason or "sender_stopped") if number.state == STOPPED else ""


def _used(number: Number) -> float | None:
    """What of the portfolio's people in 24 hours is used up, 0 to 1 and above."""
    if number.portfolio_used is None or not number.portfolio_cap:
        return None
    return number.portfolio_used / number.portfolio_cap


def _moment(value: Any, at: float) -> float:
    """``details["time_locked_until"]``: ISO 8601 in UTC, or true as long as nobody says otherwise."""
    if value is True:
        return at + 1
    try:
        return datetime.fromisoformat(str(value)).timestamp() if value else 0.0
    except ValueError:
        return 0.0


def _share(details: Mapping[str, Any], at: float) -> float | None:
    """``details["new_chats_used"]``: what of the new conversations allowed is used up, 0 to 1. None: nobody said, or what was
    said is over (``details["new_chats_until"]``: ISO 8601 in UTC)."""
    value, until = details.get("new_chats_used"), _moment(details.get("new_chats_until"), at)
    if 0.0 < until <= at:
        return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
