"""How much of its fixed limits a number may use, like congestion control: it grows slowly while health is good, is halved
at once on trouble, rests, and probes before it goes on.

The fixed limits stay the ceiling: a share is never more than 1. Everything here is data and pure functions; a model of
what keeps numbers alive, not knowledge of what WhatsApp does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from qafila.dispatch.rules.block_detection import CANNOT_SEND, Kind
from qafila.dispatch.rules.health import AILING, GOOD
from qafila.dispatch.rules.human_pace import HumanPolicy

HOUR = 3_600.0
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Growth:
    """The knobs. Times in seconds.

    :ivar warm_up: (age in days, share of the day's limit) of a phone-linked number; the last age reached counts. From
        published curves (providers.md G): effess 50 a day on days 1-2, 200 on days 3-5, 500 on days 6-10, then free;
        wapower 20-50-120-300-600-1000, a step only while health is good. The day's limit of a new number is 500 here, so
        0.1 are 50 a day.
    :ivar step: what an hour of good sending adds; :ivar catch_up: the factor an hour multiplies by, below ``target``.
    :ivar cut_again: a verdict that goes on is answered by another halving after so long; :ivar cut_low: a low score alone,
        which remembers a whole day, only after so long.
    :ivar rest: of the first, second … rest in a row; the last goes on. :ivar forget: calm after which rests begin anew.
    :ivar probe: acceptances without trouble after which a probing number grows again.
    :ivar again: the share that a number begins with when it comes back from a pause.
    """

    warm_up: tuple[tuple[float, float], ...] = ((0.0, 0.1), (2.0, 0.4), (5.0, 1.0))
    least: float = 0.05
    step: float = 0.05
    catch_up: float = 1.5
    cut: float = 0.5
    cut_again: float = 1_800.0
    cut_low: float = 21_600.0
    rest: tuple[float, ...] = (1_800.0, 3_600.0, 7_200.0, 14_400.0)
    forget: float = DAY
    probe: int = 5
    again: float = 0.2


GROWTH = Growth()


@dataclass(frozen=True, slots=True)
class State:
    """How far a number may go now. Times are POSIX seconds.

    :ivar factor: share of the fixed limits, ``least`` to 1.
    :ivar target: where it was before trouble, halved: up to there it grows quickly, beyond it carefully.
    :ivar grown_at: until when growth has been reckoned; :ivar cut_at: the last halving.
    :ivar rest_until: campaigns wait (or waited) until then; :ivar rests: rests in a row.
    :ivar probing: acceptances still wanted before it may grow; 0: not probing.
    """

    factor: float = 1.0
    target: float = 1.0
    grown_at: float = 0.0
    cut_at: float = 0.0
    rest_until: float = 0.0
    rests: int = 0
    probing: int = 0

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "factor": round(self.factor, 4),
            "target": round(self.target, 4),
            "grown_at": self.grown_at,
            "cut_at": self.cut_at,
            "rest_until": self.rest_until,
            "rests": self.rests,
            "probing": self.probing,
        }

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any] | None) -> State:
        """From what :meth:`kept` gave; anything else is a number without a past."""
        if not kept:
            return cls()
        return cls(
            factor=float(kept["factor"]),
            target=float(kept["target"]),
            grown_at=float(kept["grown_at"]),
            cut_at=float(kept["cut_at"]),
            rest_until=float(kept["rest_until"]),
            rests=int(kept["rests"]),
            probing=int(kept["probing"]),
        )


@dataclass(frozen=True, slots=True)
class Signs:
    """What the number did and how it is, since the state was last reckoned.

    :ivar score: of ``health.assess``. :ivar kind: the verdict. :ivar accepted: calls accepted since then.
    :ivar stopped: it may not send until a person acts, itself or with its whole provider account.
    :ivar resting: it may not send now, and comes back by itself.
    """

    score: int = 100
    kind: Kind = Kind.NONE
    accepted: int = 0
    stopped: bool = False
    resting: bool = False


_REST_FOR = frozenset({Kind.SPAM_LIMITED, Kind.BLACK_HOLE, Kind.FAILING})


def step(state: State, signs: Signs, *, now: float, growth: Growth = GROWTH) -> State:
    """The state a moment later; called each minute or so, whatever happened."""
    since = now - state.grown_at if state.grown_at else 0.0
    state = replace(state, grown_at=now)
    if signs.kind is Kind.DEGRADED or signs.kind in CANNOT_SEND or signs.stopped:
        return state  # the provider's trouble is no reason to go slower; who cannot send begins slowly when it can
    if signs.resting and signs.kind is Kind.NONE and state.probing:
        return state  # it was slowed down for this, and did nothing since
    if signs.kind is not Kind.NONE or signs.score < AILING:
        return _trouble(state, signs, now, growth)
    if state.rests and now > state.cut_at + growth.forget:
        state = replace(state, rests=0)
    if now < state.rest_until or signs.accepted <= 0:
        return state  # who does not send proves nothing
    if state.probing:
        left = max(0, state.probing - signs.accepted)
        return replace(state, probing=left)
    if signs.score < GOOD:
        return state
    return _grown(state, min(since, HOUR), growth)


def _trouble(state: State, signs: Signs, now: float, growth: Growth) -> State:
    again = growth.cut_low if signs.kind is Kind.NONE else growth.cut_again
    if state.cut_at and now < max(state.cut_at + again, state.rest_until):
        return state
    half = max(growth.least, state.factor * growth.cut)
    state = replace(state, factor=half, target=half, cut_at=now, probing=growth.probe)
    if signs.kind not in _REST_FOR:
        return state
    rest = growth.rest[min(state.rests, len(growth.rest) - 1)]
    return replace(
        state, rest_until=now + rest, rests=state.rests + 1, factor=max(growth.least, half * growth.cut)
    )


def _grown(state: State, seconds: float, growth: Growth) -> State:
    factor, hours = state.factor, seconds / HOUR
    if factor < state.target:
        factor = min(state.target, factor * math.pow(growth.catch_up, hours))
    else:
        factor += growth.step * hours
    return replace(state, factor=min(1.0, factor))


def resumed(state: State, *, now: float, growth: Growth = GROWTH) -> State:
    """A number that comes back from a pause, a rest or a block: it begins slowly, and quickly regains the half of what it
    had."""
    factor = max(growth.least, min(state.factor, growth.again))
    half = state.target if state.factor < state.target else state.factor * growth.cut
    return replace(
        state,
        factor=factor,
        target=max(factor, half),
        grown_at=now,
        rest_until=now,
        probing=growth.probe,
    )


def evidence_from(state: State, *, now: float) -> float:
    """From when on a number's calls count for a verdict (POSIX seconds): what it was punished for is not held against it
    again, so that it can probe. The evidence of the trouble stands while it rests."""
    return state.rest_until if state.rest_until <= now else 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """What of the fixed limits may be used now, each above 0 and at most 1.

    :ivar rate: of what goes out in seconds and minutes. :ivar day: of what goes out in 24 hours.
    :ivar rest_until: campaigns wait until then (POSIX seconds); 0: they need not.
    """

    rate: float = 1.0
    day: float = 1.0
    rest_until: float = 0.0


WHOLE = Share()


def warm_up(age_days: float, growth: Growth = GROWTH) -> float:
    """The share of the day's limit for a phone-linked number that has been in use for so many days."""
    return max((share for age, share in growth.warm_up if age_days >= age), default=growth.warm_up[0][1])


def share(state: State, *, age_days: float, official: bool, now: float, growth: Growth = GROWTH) -> Share:
    """What a number may use of its limits. Official numbers need no warm-up: the provider raises their limits itself."""
    factor = min(1.0, max(growth.least, state.factor))
    day = factor if official else min(factor, warm_up(age_days, growth))
    return Share(factor, day, state.rest_until if state.rest_until > now else 0.0)


def eased(policy: HumanPolicy, share: Share) -> HumanPolicy:
    """The human pace with less in it: fewer a minute and a day, longer pauses and rests. Never more than the policy."""
    if share.rate >= 1.0 and share.day >= 1.0:
        return policy
    return replace(
        policy,
        per_minute=max(1, math.floor(policy.per_minute * share.rate)),
        per_day=tuple((age, max(1, math.floor(limit * share.day))) for age, limit in policy.per_day),
        between=(policy.between[0] / share.rate, policy.between[1] / share.rate),
        rest=(policy.rest[0] / share.rate, policy.rest[1] / share.rate),
    )


def ahead(policy: HumanPolicy, share: Share, growth: Growth = GROWTH) -> HumanPolicy:
    """The human pace of the days to come, for a forecast: the rate stays what it is, the warm-up goes on with age."""
    ages = sorted({age for age, _ in policy.per_day} | {age for age, _ in growth.warm_up})
    per_day = tuple(
        (age, max(1, math.floor(policy.day_limit(age) * min(share.rate, warm_up(age, growth)))))
        for age in ages
    )
    return replace(eased(policy, share), per_day=per_day)


def eased_rate(rate: int, share: Share) -> int:
    """Messages a second of an official number with less in it; at least 1, never more than the rate."""
    return min(rate, max(1, math.floor(rate * share.rate)))
