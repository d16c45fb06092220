"""How well a number is: a score from 0 to 100 with its reasons, each with the weight that it took off.

A model, not WhatsApp's own: nobody outside knows that one. A share is held against a number only as far as it is *sure*
(the lower end of its confidence interval), so few messages say little; slowness alone takes nothing off, only what is
missing against the number's own normal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qafila.dispatch.rules.block_detection import CANNOT_SEND, Kind, Verdict
from qafila.dispatch.rules.normal import Normal
from qafila.providers.failures import Failure

FULL = 100
GOOD = 80
"""From here a number is well, and its pace may grow."""
AILING = 50
"""Below it needs a person, and its pace is cut. (Bands elsewhere: OK >= 80, critical < 40; providers.md G.)"""
KNOWN_FROM = 20
"""With fewer calls in a day than this too little is known."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What happened to one number in a while.

    :ivar accepted: calls that the provider took. :ivar refused: the others, by class of ``Failure``.
    :ivar bounced: of the accepted, those reported as failed afterwards.
    :ivar expected: how many of the accepted should have arrived by now, by what is normal; :ivar arrived: how many did.
    :ivar read: of those, how many were read.
    :ivar stops: people who said STOP to it, whom the provider reported as having stopped or blocked it.
    :ivar replies: people who wrote to it after it wrote to them.
    """

    accepted: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    bounced: int = 0
    expected: float = 0.0
    arrived: int = 0
    read: int = 0
    stops: int = 0
    replies: int = 0

    @property
    def calls(self) -> int:
        """All calls with an outcome."""
        return self.accepted + sum(self.refused.values())

    def of(self, *failures: str) -> int:
        """Calls that ended in one of these classes."""
        return sum(self.refused.get(failure, 0) for failure in failures)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the score is made of.

    :ivar hour: the last hour; :ivar day: the last 24.
    :ivar quality: the provider's rating: ``GREEN``, ``YELLOW``, ``RED`` or "".
    :ivar can_send: the provider's word: ``AVAILABLE``, ``LIMITED``, ``BLOCKED`` or "".
    :ivar time_locked: the vendor forbids new conversations for a while. :ivar new_chats_used: share of that quota.
    :ivar people_used: share of the portfolio's people in 24 hours; None: no limit, or nobody said.
    :ivar stopped: wording code of why it cannot send; "" when it can. :ivar resting: it rests at the provider's wish.
    :ivar receipts: whether the provider tells at all what arrives and who answers.
    """

    hour: Sums = field(default_factory=Sums)
    day: Sums = field(default_factory=Sums)
    normal: Normal = field(default_factory=Normal)
    verdict: Verdict = field(default_factory=Verdict)
    official: bool = False
    quality: str = ""
    can_send: str = ""
    time_locked: bool = False
    new_chats_used: float | None = None
    people_used: float | None = None
    stopped: str = ""
    resting: bool = False
    receipts: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """Why points were taken off.

    :ivar code: a wording code (``health_…``). :ivar weight: the points; 0: only said.
    :ivar params: what the sentence needs.
    """

    code: str
    weight: int
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Health:
    """:ivar score: 0 to 100. :ivar known: False: too little is known to say much. :ivar reasons: the heaviest first."""

    score: int
    known: bool
    reasons: Sequence[Reason] = ()


def assess(facts: Facts) -> Health:
    """The score of a number, with its reasons."""
    if facts.stopped:
        return Health(0, True, (Reason("health_cannot_send", FULL, {"reason": facts.stopped}),))
    checks: tuple[Callable[[Facts], Reason | None], ...] = (
        _verdict,
        _rests,
        _provider_says,
        _quality,
        _time_lock,
        _new_chats,
        _people,
        _spam_limits,
        _no_answer,
        _unreachable,
        _bounces,
        _arrivals,
        _reads,
        _stops,
        _replies,
    )
    found = [reason for check in checks if (reason := check(facts)) is not None]
    reasons = sorted(found, key=lambda one: -one.weight)
    known = facts.day.calls >= KNOWN_FROM or any(one.weight for one in reasons)
    if not known:
        reasons.append(Reason("health_too_little_known", 0, {"count": facts.day.calls}))
    return Health(max(0, FULL - sum(one.weight for one in reasons)), known, tuple(reasons))


_BY_VERDICT: Mapping[Kind, int] = {
    **dict.fromkeys(CANNOT_SEND, 90),
    Kind.BLACK_HOLE: 70,
    Kind.FAILING: 60,
    Kind.SPAM_LIMITED: 45,
    Kind.DEGRADED: 0,
}


def _verdict(facts: Facts) -> Reason | None:
    verdict = facts.verdict
    if verdict.kind is Kind.NONE:
        return None
    params = {"count": verdict.count, "code": verdict.code}
    return Reason(f"health_{verdict.kind}", _BY_VERDICT[verdict.kind], params)


def _rests(facts: Facts) -> Reason | None:
    if not facts.resting or facts.verdict.kind is Kind.SPAM_LIMITED:
        return None
    return Reason("health_rests", 30)


def _provider_says(facts: Facts) -> Reason | None:
    weight = {"BLOCKED": 60, "LIMITED": 20}.get(facts.can_send)
    return Reason(f"health_provider_{facts.can_send.lower()}", weight) if weight else None


def _quality(facts: Facts) -> Reason | None:
    weight = {"RED": 40, "YELLOW": 15}.get(facts.quality)
    return Reason(f"health_quality_{facts.quality.lower()}", weight) if weight else None


def _time_lock(facts: Facts) -> Reason | None:
    return Reason("health_time_lock", 50) if facts.time_locked else None


def _new_chats(facts: Facts) -> Reason | None:
    used = facts.new_chats_used
    if used is None or used < 0.8:
        return None
    return Reason("health_new_chats", 20 if used >= 1 else 10, {"percent": round(100 * used)})


def _people(facts: Facts) -> Reason | None:
    """The provider's limit, nearly or wholly used: a fact about today, and nothing against the number."""
    used = facts.people_used
    if used is None or used < 0.8:
        return None
    return Reason("health_portfolio_used", 0, {"percent": min(100, round(100 * used))})


def _spam_limits(facts: Facts) -> Reason | None:
    """Spam limits of the last day weigh on, even when it sends again."""
    count = facts.day.of(Failure.RESTING)
    if not count or facts.verdict.kind is Kind.SPAM_LIMITED:
        return None
    weight = 15 if count == 1 else 25
    if facts.hour.of(Failure.RESTING):
        weight += 10
    return Reason("health_spam_limits", weight, {"count": count})


def _no_answer(facts: Facts) -> Reason | None:
    """Failures without a named cause, beyond what is usual. The provider's own trouble takes nothing off."""
    if facts.verdict.kind in (Kind.DEGRADED, Kind.FAILING):
        return None
    weight, sums = 0, facts.day
    for span, most in ((facts.hour, 30), (facts.day, 20)):
        share = surely(span.of(Failure.TEMPORARY, Failure.UNKNOWN), span.calls)
        taken = _ramp(share, facts.normal.failing + 0.02, facts.normal.failing + 0.4, most)
        if taken > weight:
            weight, sums = taken, span
    if not weight:
        return None
    failed = sums.of(Failure.TEMPORARY, Failure.UNKNOWN)
    return Reason("health_unclear_failures", weight, {"count": failed, "of": sums.calls})


def _unreachable(facts: Facts) -> Reason | None:
    """Writing to many people who are not there: a bad list, and a sign that providers watch for."""
    count = facts.day.of(Failure.RECIPIENT) + facts.day.bounced
    weight = _ramp(surely(count, facts.day.calls), max(0.15, 1.5 * facts.normal.unreachable), 0.6, 20)
    return Reason("health_unreachable", weight, {"count": count, "of": facts.day.calls}) if weight else None


def _bounces(facts: Facts) -> Reason | None:
    """In the last hour clearly more failed after their acceptance than in the whole day."""
    hour = facts.hour
    weight = _ramp(surely(hour.bounced, hour.accepted), 0.2, 0.7, 15)
    return Reason("health_bounces", weight, {"count": hour.bounced, "of": hour.accepted}) if weight else None


def _arrivals(facts: Facts) -> Reason | None:
    """Fewer arrive than is normal for it; a full silence is a verdict of its own."""
    if not facts.receipts or facts.verdict.kind in (Kind.BLACK_HOLE, Kind.DEGRADED):
        return None
    weight, sums = 0, facts.day
    for span, most in ((facts.hour, 25), (facts.day, 25)):
        if span.expected < 10:
            continue
        # Phones are off together (nights, holidays), so half of the missing is forgiven and chance is given its part.
        sure = (span.arrived + 2 * math.sqrt(span.arrived + 1)) / span.expected
        taken = _ramp(1 - sure, 0.5, 0.95, most)
        if taken > weight:
            weight, sums = taken, span
    if not weight:
        return None
    return Reason("health_few_arrive", weight, {"count": sums.arrived, "of": round(sums.expected)})


def _reads(facts: Facts) -> Reason | None:
    day, usual = facts.day, facts.normal.read
    if day.arrived < 50 or usual < 0.1:
        return None
    share = 1 - surely(day.arrived - day.read, day.arrived)
    weight = _ramp(1 - share / usual, 0.5, 1.0, 10)
    return Reason("health_few_read", weight, {"count": day.read, "of": day.arrived}) if weight else None


def _stops(facts: Facts) -> Reason | None:
    """People who stop or block it: what providers punish first."""
    day = facts.day
    weight = _ramp(surely(day.stops, max(day.accepted, day.stops)), 0.01, 0.06, 40)
    return Reason("health_stops", weight, {"count": day.stops, "of": day.accepted}) if weight else None


def _replies(facts: Facts) -> Reason | None:
    """A phone-linked number that nobody answers looks like a machine."""
    day = facts.day
    if facts.official or not facts.receipts or day.accepted < 150:
        return None
    # The upper end of the interval: surely fewer than one in a hundred.
    most = 1 - surely(day.accepted - day.replies, day.accepted)
    return (
        Reason("health_few_replies", 5, {"count": day.replies, "of": day.accepted}) if most < 0.03 else None
    )


def surely(count: int, of: int, z: float = 1.96) -> float:
    """The share that is surely reached (the lower end of Wilson's interval); 0 for nothing."""
    if of <= 0 or count <= 0:
        return 0.0
    share = min(1.0, count / of)
    middle = share + z * z / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + z * z / of))


def _ramp(value: float, tolerated: float, full: float, most: int) -> int:
    """0 up to what is tolerated, ``most`` from ``full`` on, in proportion between."""
    if value <= tolerated:
        return 0
    return max(1, round(most * min(1.0, (value - tolerated) / (full - tolerated))))
