"""The human pace of phone-linked numbers: what such a number may do next, from what it did lately.

At most 20 messages in any minute; 500 to 1,000 in any 24 hours, growing with the number's age; a rest of 30–120 s after
every 5 messages; 0.5–2 s before one begins to type, typing for as long as a person would, 3–8 s between messages.
The numbers are data (:class:`HumanPolicy`), the functions pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qafila.kit.rng import Rng

DAY_SECONDS = 86_400.0
HOUR_SECONDS = 3_600.0
MINUTE_SECONDS = 60.0
USUAL_LENGTH = 60
"""Characters of a usual text."""
REMEMBERED = 20
"""So many sends are remembered at least: a pace that was slowed down must not forget its minute when it speeds up."""


@dataclass(frozen=True, slots=True)
class HumanPolicy:
    """The limits of a phone-linked number. Times in seconds.

    :ivar per_day: (age in days, messages in any 24 hours), growing; the last one whose age is reached counts.
    :ivar margin: how much longer than a minute the minute is, for what travels unevenly.
    """

    per_minute: int = 20
    per_day: tuple[tuple[float, int], ...] = ((0, 500), (7, 600), (14, 700), (30, 800), (60, 900), (90, 1000))
    burst: int = 5
    rest: tuple[float, float] = (30.0, 120.0)
    before_typing: tuple[float, float] = (0.5, 2.0)
    between: tuple[float, float] = (3.0, 8.0)
    characters_a_second: tuple[float, float] = (6.0, 9.0)
    typing_at_least: float = 1.0
    typing_at_most: float = 20.0
    margin: float = 1.0

    def day_limit(self, age_days: float) -> int:
        """Messages in any 24 hours for a number that has been in use for so many days."""
        return max((limit for age, limit in self.per_day if age_days >= age), default=self.per_day[0][1])


@dataclass(slots=True)
class HumanState:
    """What a number did lately. Times are POSIX seconds.

    :ivar recent: when the last messages were sent, oldest first, as many as a minute allows.
    :ivar hours: messages by full hour of the last 25 hours; whole hours are counted, so the day is never too short.
    :ivar since_rest: messages since the last rest.
    :ivar free_at: not before this, whatever the windows say.
    """

    recent: list[float] = field(default_factory=list)
    hours: dict[int, int] = field(default_factory=dict)
    since_rest: int = 0
    free_at: float = 0.0

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> HumanState:
        """From what :meth:`kept` gave; anything else is a fresh number's."""
        human = kept.get("human") or {}
        return cls(
            recent=[float(t) for t in human.get("recent", [])],
            hours={int(h): int(n) for h, n in human.get("hours", {}).items()},
            since_rest=int(human.get("since_rest", 0)),
            free_at=float(human.get("free_at", 0.0)),
        )

    def kept(self) -> dict[str, Any]:
        """As JSON for the lane's row."""
        hours = {str(hour): count for hour, count in self.hours.items()}
        return {
            "human": {
                "recent": self.recent,
                "hours": hours,
                "since_rest": self.since_rest,
                "free_at": self.free_at,
            }
        }


def free_at(policy: HumanPolicy, state: HumanState, *, age_days: float, now: float) -> tuple[float, str]:
    """When the number may begin with its next message (POSIX seconds, never before ``now``), and the reason that
    holds it longest: ``pace``, ``pace_minute``, ``pace_day``, or empty when it is free now."""
    at, why = max(now, state.free_at), "pace" if state.free_at > now else ""
    if len(state.recent) >= policy.per_minute:
        minute = state.recent[-policy.per_minute] + MINUTE_SECONDS + policy.margin
        if minute > at:
            at, why = minute, "pace_minute"
    limit = policy.day_limit(age_days)
    day = _day_free_at(state.hours, limit, at)
    if day > at:
        at, why = day, "pace_day"
    return at, why


def sent_in_a_day(state: HumanState, *, now: float) -> int:
    """Messages that count in the 24 hours before ``now`` (whole hours, as the limit counts them)."""
    return sum(n for hour, n in state.hours.items() if (hour + 1) * HOUR_SECONDS + DAY_SECONDS > now)


def _day_free_at(hours: Mapping[int, int], limit: int, at: float) -> float:
    """The first moment not before ``at`` at which fewer than ``limit`` messages lie in the 24 hours before."""
    counted = sorted((hour, n) for hour, n in hours.items() if (hour + 1) * HOUR_SECONDS + DAY_SECONDS > at)
    total = sum(n for _, n in counted)
    for hour, n in counted:
        if total < limit:
            break
        at = max(at, (hour + 1) * HOUR_SECONDS + DAY_SECONDS)
        total -= n
    return at


def usual_rate(policy: HumanPolicy) -> float:
    """Messages a second that the pace comes to on the average, whatever the day's limit says."""
    typing = policy.typing_at_least + USUAL_LENGTH / _middle(policy.characters_a_second)
    each = _middle(policy.before_typing) + typing + _middle(policy.between)
    # After a burst the rest takes the place of the pause between two messages.
    burst = policy.burst * each - _middle(policy.between) + _middle(policy.rest)
    return min(policy.per_minute / MINUTE_SECONDS, policy.burst / burst)


def _middle(span: tuple[float, float]) -> float:
    return (span[0] + span[1]) / 2


def typing_seconds(policy: HumanPolicy, length: int, rng: Rng) -> float:
    """How long a person would type a text of so many characters."""
    seconds = length / rng.uniform(*policy.characters_a_second)
    return min(max(seconds, policy.typing_at_least), policy.typing_at_most)


def reaction_seconds(policy: HumanPolicy, rng: Rng) -> float:
    """The moment before one begins to type."""
    return rng.uniform(*policy.before_typing)


def after_send(policy: HumanPolicy, state: HumanState, *, at: float, rng: Rng) -> HumanState:
    """The state once a message has been sent at ``at``: the slot is taken, the next pause or rest is drawn."""
    oldest = (at - DAY_SECONDS) // HOUR_SECONDS - 1
    hours = {hour: n for hour, n in state.hours.items() if hour >= oldest}
    hour = int(at // HOUR_SECONDS)
    hours[hour] = hours.get(hour, 0) + 1
    since_rest = state.since_rest + 1
    pause = rng.uniform(*policy.between)
    if since_rest >= policy.burst:
        since_rest, pause = 0, rng.uniform(*policy.rest)
    recent = [*state.recent, at][-max(policy.per_minute, REMEMBERED) :]
    return HumanState(recent=recent, hours=hours, since_rest=since_rest, free_at=at + pause)
