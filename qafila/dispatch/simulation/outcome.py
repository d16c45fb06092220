"""What a simulated month came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean


@dataclass(frozen=True, slots=True)
class Outcome:
    """One policy, one seed. Every message is delivered, failed, skipped or left.

    :ivar failed: the person has no WhatsApp, has blocked the number, or the provider refused it for good.
    :ivar skipped: the person had said STOP.
    :ivar left: still waiting, or on its way, when the month ended.
    :ivar blocks: people who blocked a number (those who reported it are among them).
    :ivar lost: numbers banned or disabled. :ivar lost_on: the days on which they were.
    :ivar finished: days until nothing waited; None: not within the month.
    :ivar rests: how often a number had to rest at the provider's wish.
    """

    policy: str
    messages: int
    delivered: int
    failed: int
    skipped: int
    left: int
    blocks: int
    reports: int
    stops: int
    replies: int
    numbers: int
    lost: int
    lost_on: tuple[float, ...]
    finished: float | None
    rests: int


@dataclass(frozen=True, slots=True)
class Mean:
    """One policy over several seeds, by the mean. ``finished``: of the runs that did; None: none did."""

    policy: str
    runs: int
    messages: float
    delivered: float
    failed: float
    skipped: float
    left: float
    blocks: float
    reports: float
    stops: float
    numbers: float
    lost: float
    rests: float
    finished: float | None
    finished_runs: int


def mean_of(outcomes: Sequence[Outcome]) -> Mean:
    """The mean of runs of one policy. There must be at least one."""

    def mean(name: str) -> float:
        return fmean(getattr(outcome, name) for outcome in outcomes)

    days = [outcome.finished for outcome in outcomes if outcome.finished is not None]
    names = (
        "messages",
        "delivered",
        "failed",
        "skipped",
        "left",
        "blocks",
        "reports",
        "stops",
        "numbers",
        "lost",
        "rests",
    )
    return Mean(
        policy=outcomes[0].policy,
        runs=len(outcomes),
        finished=fmean(days) if days else None,
        finished_runs=len(days),
        **{name: mean(name) for name in names},
    )
