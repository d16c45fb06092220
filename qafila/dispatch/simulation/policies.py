"""The policies, each made of the engine's own rules.

1. **none**: our pace is off (``useLimits: false``): one message after the other as fast as calls return.
2. **fixed**: the limits that this program was asked to keep, ``rules.human_pace``, always whole, and nothing else.
3. **waiting**: the same, and a time-lock's end is waited for, as the engine does with every number. What ours is made of is
   seen one by one so: this is the first half. Phone-linked numbers only; official ones know no such lock.
4. **ours**: the same limits as the ceiling, eased by ``rules.adaptive_pace`` from ``rules.health`` and ``rules.block_detection``.

Opt-outs are kept, and numbers rest longer and longer after a provider's limit, in all of them.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qafila.dispatch.rules import adaptive_pace, block_detection, health, human_pace
from qafila.dispatch.rules.adaptive_pace import Share, Signs, State
from qafila.dispatch.rules.block_detection import Kind, Observed, Verdict
from qafila.dispatch.rules.human_pace import HumanPolicy, HumanState
from qafila.dispatch.rules.traces import Slot
from qafila.dispatch.simulation.watching import Watch
from qafila.dispatch.simulation.work import DAY
from qafila.kit.rng import Rng

QUIET, QUIET_EVERY = 900.0, 3_600.0
"""A number that called nobody for so long is looked at only each hour, as the worker does."""


class Policy(enum.StrEnum):
    """What is compared."""

    NONE = "none"
    FIXED = "fixed"
    WAITING = "waiting"
    OURS = "ours"

    @property
    def waits_for_locks(self) -> bool:
        """Whether a number rests until its time-lock is over, not only for the steps of ``rules.retry``."""
        return self in (Policy.WAITING, Policy.OURS)


class AtOnce:
    """No pace at all. The bones of every pace of a phone-linked number; times are POSIX seconds."""

    def __init__(self, call_seconds: float) -> None:
        self._call_seconds = call_seconds

    def free_at(self, now: float) -> float:
        """From when the number may begin with its next message."""
        return now

    def send_at(self, begin: float, length: int) -> float:
        """When a message of so many characters goes out that is begun then."""
        del length
        return begin + self._call_seconds

    def sent(self, at: float) -> None:
        """A message went out."""


class Human(AtOnce):
    """The fixed limits."""

    def __init__(self, *, since: float, rng: Rng) -> None:
        super().__init__(0.0)
        self.policy = HumanPolicy()
        self._state, self._since, self._rng = HumanState(), since, rng

    def free_at(self, now: float) -> float:
        """See :class:`AtOnce`."""
        age_days = (now - self._since) / DAY
        return human_pace.free_at(self.policy, self._state, age_days=age_days, now=now)[0]

    def send_at(self, begin: float, length: int) -> float:
        """See :class:`AtOnce`."""
        reaction = human_pace.reaction_seconds(self.policy, self._rng)
        return begin + reaction + human_pace.typing_seconds(self.policy, length, self._rng)

    def sent(self, at: float) -> None:
        """See :class:`AtOnce`."""
        self._state = human_pace.after_send(self.policy, self._state, at=at, rng=self._rng)


@dataclass(frozen=True, slots=True)
class Said:
    """What the provider tells of a number besides the outcomes of calls."""

    official: bool = False
    quality: str = ""
    time_locked: bool = False
    new_chats_used: float | None = None
    stopped: str = ""
    resting: bool = False


class Adaptive:
    """Health, block detection and the adaptive share of one number, looked at every while as the engine does."""

    def __init__(self, *, since: float, official: bool) -> None:
        self.watch = Watch()
        self.share = Share()
        self.score = health.FULL
        self.kind = Kind.NONE
        self.cuts = 0
        """How often the share was halved."""
        self._state, self._since, self._official = State(), since, official
        self._looked_at = -math.inf
        self.refresh(since)

    def look(self, now: float, said: Said, neighbours: Callable[[], list[Slot]]) -> bool:
        """One round. True: the share changed."""
        watch = self.watch
        if now - watch.stirred_at > QUIET and now < self._looked_at + QUIET_EVERY:
            return self._step(now)
        self._looked_at = now
        verdict = self._verdict(now, neighbours)
        hour, day = watch.sums(now)
        found = health.assess(
            health.Facts(
                hour=hour,
                day=day,
                normal=watch.normal,
                verdict=verdict,
                official=self._official,
                quality=said.quality,
                time_locked=said.time_locked,
                new_chats_used=said.new_chats_used,
                stopped=said.stopped,
                resting=said.resting,
            )
        )
        self.score, self.kind = found.score, verdict.kind
        if verdict.kind is not Kind.NONE or found.score < health.GOOD:
            watch.troubled(now)
        return self._step(now)

    def _step(self, now: float) -> bool:
        before = self._state
        signs = Signs(score=self.score, kind=self.kind, accepted=self.watch.take_accepted())
        self._state = adaptive_pace.step(before, signs, now=now)
        self.cuts += self._state.cut_at > before.cut_at
        return self.refresh(now)

    def resumed(self, now: float) -> None:
        """A rest of the number is over: it begins slowly."""
        self._state = adaptive_pace.resumed(self._state, now=now)
        self.refresh(now)

    def refresh(self, now: float) -> bool:
        """Reckons the share again. True: it changed."""
        age_days = (now - self._since) / DAY
        before = self.share
        self.share = adaptive_pace.share(self._state, age_days=age_days, official=self._official, now=now)
        return self.share != before

    def _verdict(self, now: float, neighbours: Callable[[], list[Slot]]) -> Verdict:
        watch = self.watch
        after = adaptive_pace.evidence_from(self._state, now=now)

        def judged(others: Sequence[Slot]) -> Verdict:
            observed = Observed(
                slots=watch.trace.slots,
                streak=watch.trace.streak,
                normal=watch.normal,
                neighbours=others,
                after=after,
                suspected=self._state.rests > 0 and self.kind in (Kind.BLACK_HOLE, Kind.FAILING, Kind.NONE),
            )
            return block_detection.judge(observed, now=now)

        verdict = judged(())
        if verdict.kind in (Kind.BLACK_HOLE, Kind.FAILING, Kind.DEGRADED):
            return judged(neighbours())  # only these look at the others, who cost time to gather
        return verdict


class Eased(Human):
    """Ours for a phone-linked number: the fixed limits, eased."""

    def __init__(self, *, since: float, now: float, rng: Rng) -> None:
        super().__init__(since=since, rng=rng)
        self._whole = self.policy
        self.adaptive = Adaptive(since=since, official=False)
        self.adaptive.refresh(now)
        self.ease()

    def ease(self) -> None:
        """The share changed: the pace follows."""
        self.policy = adaptive_pace.eased(self._whole, self.adaptive.share)

    def free_at(self, now: float) -> float:
        """See :class:`AtOnce`."""
        return max(super().free_at(now), self.adaptive.share.rest_until)
