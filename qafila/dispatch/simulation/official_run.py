"""A month of official numbers: they share a portfolio and send as fast as the interface takes it, Meta rates them."""

from __future__ import annotations

import math

from qafila.dispatch.rules import adaptive_pace, outcomes, retry
from qafila.dispatch.rules.official_pace import DEFAULT_RATE, Throughput
from qafila.dispatch.rules.outcomes import Consequence
from qafila.dispatch.rules.traces import Slot, merged
from qafila.dispatch.simulation.meta import OfficialNumber, Portfolio, Reply
from qafila.dispatch.simulation.model import Model
from qafila.dispatch.simulation.people import Deed
from qafila.dispatch.simulation.policies import Adaptive, Policy, Said
from qafila.dispatch.simulation.run import HOUR, ROUND_SECONDS, End, Run
from qafila.dispatch.simulation.watching import lean
from qafila.dispatch.simulation.work import DAY, START, Fates
from qafila.kit.rng import seeded
from qafila.providers.failures import Failure, ProviderError

KIND = "cloud_api"
ANSWERS_AFTER = 0.1
"""Seconds a call takes."""
GROWS_EVERY = HOUR
_BOUNCED = (Reply.ABSENT, Reply.PERSON_CAPPED)
_FAILURES = {
    Reply.SPAM_LIMITED: Failure.RESTING,
    Reply.OVER_LIMIT: Failure.RECIPIENT,
    Reply.DISABLED: Failure.ACCOUNT,
}


class _Line:
    """One number: Meta's side of it, our throughput, and what it is doing."""

    __slots__ = ("adaptive", "gone", "meta", "rest_until", "rests", "throughput", "turn")

    def __init__(self, meta: OfficialNumber, adaptive: Adaptive | None) -> None:
        self.meta, self.adaptive = meta, adaptive
        self.throughput = Throughput(DEFAULT_RATE)
        self.gone, self.rest_until, self.rests, self.turn = False, 0.0, 0, 0


class OfficialRun(Run):
    """See the module; parameters as in :class:`Run`.

    Without limits, nothing of ours stands before Meta's: neither the portfolio's people nor the rest after a spam limit.
    """

    def __init__(
        self, model: Model, fates: Fates, policy: Policy, *, days: float, numbers: int, record: bool = False
    ) -> None:
        super().__init__(model, fates, policy, days=days, numbers=numbers, record=record)
        self.rng = seeded(f"official-{policy}-{fates.seed}")
        self.portfolio = Portfolio(model.meta)
        self.lines = [self._line(number) for number in range(numbers)]
        self._idle: set[int] = set()

    def begin(self) -> None:
        """See :class:`Run`."""
        for number in range(self.numbers):
            self.at(START, self._wake, number, 0)
            if self.policy is Policy.OURS:
                self.at(START + ROUND_SECONDS * (1 + number / self.numbers), self._round, number)
        self.at(START + GROWS_EVERY, self._grow)

    def wake(self) -> None:
        """See :class:`Run`."""
        idle, self._idle = sorted(self._idle), set()
        for number in idle:
            self._again(number, self.now)

    def heard(self, deed: Deed, person: int, number: int) -> None:
        """See :class:`Run`."""
        line = self.lines[number]
        match deed:
            case Deed.BLOCK | Deed.REPORT:
                line.meta.blocked(self.now, reported=deed is Deed.REPORT)
            case Deed.STOP if line.adaptive is not None:
                line.adaptive.watch.stopped(self.now)
            case Deed.REPLY if line.adaptive is not None:
                line.adaptive.watch.replied(self.now)

    def arrived(self, message: int, number: int, sent_at: float) -> None:
        """See :class:`Run`."""
        adaptive = self.lines[number].adaptive
        if adaptive is not None:
            adaptive.watch.arrived(sent_at, read=self.crowd.reads(message, self.queue.person(message)))

    def lost_on(self) -> tuple[float, ...]:
        """See :class:`Run`."""
        return tuple(line.meta.lost_at for line in self.lines if line.meta.lost_at < math.inf)

    def _line(self, number: int) -> _Line:
        meta = OfficialNumber(self.model.meta, hardness=self.fates.hardness[number])
        since = START - self.model.work.ages[number % len(self.model.work.ages)] * DAY
        ours = self.policy is Policy.OURS
        return _Line(meta, Adaptive(since=since, official=True) if ours else None)

    def _again(self, number: int, when: float) -> None:
        line = self.lines[number]
        line.turn += 1
        self.at(when, self._wake, number, line.turn)

    def _wake(self, number: int, turn: int) -> None:
        line, now = self.lines[number], self.now
        if turn != line.turn or line.gone:
            return
        rest = line.adaptive.share.rest_until if line.adaptive else 0.0
        free_at = max(line.rest_until, rest)
        if free_at > now:
            self._again(number, free_at)
            return
        begun = 0
        for _ in range(line.throughput.allowed(now)):
            message = self.queue.take(number, now)
            if message is None:
                self._idle.add(number)
                break
            begun += 1
            until = self._one(line, number, message)
            if until is not None:
                free_at = until
                break
        line.throughput.begin(begun)
        for _ in range(begun):
            line.throughput.answered(now + ANSWERS_AFTER)
        if line.gone or number in self._idle:
            return
        self._again(number, max(free_at, now + (line.throughput.free_in(now) or 0.0)))

    def _one(self, line: _Line, number: int, message: int) -> float | None:
        """Gate, call, outcome. Returns until when the number has to wait; None: it goes on."""
        now, person = self.now, self.queue.person(message)
        if self.skipped_by_a_gate(message, person, official=True):
            return None
        portfolio = self.portfolio
        if self.policy is not Policy.NONE and not portfolio.knows(person) and portfolio.room(now) < 1:
            self.queue.back(message)
            return portfolio.free_at() or now + HOUR
        if self.sends is not None:
            self.sends.append((now, number, person))
        reply = line.meta.send(
            person, portfolio, absent=self.crowd.absent(person), odd=self.fates.odd[message], now=now
        )
        if reply is Reply.ACCEPTED:
            line.rests = 0
            lag = self.accepted(message, person, number)
            if line.adaptive is not None:
                line.adaptive.watch.called(now, None, lag=lag)
            return None
        if reply in _BOUNCED:
            self.settle(message, End.FAILED)
            if line.adaptive is not None:
                line.adaptive.watch.called(now, None)
                line.adaptive.watch.bounced(now)
            return None
        return self._refused(line, number, message, reply)

    def _refused(self, line: _Line, number: int, message: int, reply: Reply) -> float | None:
        now, failure = self.now, _FAILURES[reply]
        if line.adaptive is not None:
            line.adaptive.watch.called(now, failure, reply.value)
        outcome = outcomes.of_failure(KIND, ProviderError(failure, reply.value), tries=1, rng=self.rng)
        if outcome.consequence is Consequence.NONE:
            self.settle(message, End.FAILED)
            return None
        if outcome.consequence is not Consequence.REST_SENDER:
            self.queue.back(message)
            line.gone = True
            self.queue.lost(number)
            self.wake()
            return now
        if self.policy is Policy.NONE:
            self.settle(message, End.FAILED)  # a script that takes no notice
            return None
        self.queue.back(message)
        line.rests += 1
        self.rests += 1
        line.rest_until = now + retry.rest_seconds(line.rests)
        if line.adaptive is not None:
            self._look(number)
            self.at(line.rest_until, self._resumed, number)
        self.wake()
        return line.rest_until

    def _resumed(self, number: int) -> None:
        line = self.lines[number]
        if line.adaptive is not None and not line.gone and self.now >= line.rest_until:
            line.adaptive.resumed(self.now)
            self._ease(line)
            self._again(number, self.now)

    def _grow(self) -> None:
        healthy = all(line.meta.rating(self.now) in ("GREEN", "UNKNOWN") for line in self.lines)
        before = self.portfolio.cap
        self.portfolio.grow(healthy=healthy, now=self.now)
        if self.portfolio.cap > before:
            for number in range(self.numbers):
                self._again(number, self.now)
        self.at(self.now + GROWS_EVERY, self._grow)

    def _round(self, number: int) -> None:
        line = self.lines[number]
        if line.gone:
            return
        self._look(number)
        self.at(self.now + ROUND_SECONDS, self._round, number)

    def _look(self, number: int) -> None:
        line, now = self.lines[number], self.now
        if line.adaptive is None:
            return
        if line.adaptive.watch.learn(now):
            lean([one.adaptive.watch for one in self.lines if one.adaptive is not None])
        said = Said(official=True, quality=line.meta.rating(now), resting=now < line.rest_until)
        if line.adaptive.look(now, said, lambda: self._neighbours(number)):
            self._ease(line)

    def _ease(self, line: _Line) -> None:
        if line.adaptive is not None:
            line.throughput.rate = adaptive_pace.eased_rate(DEFAULT_RATE, line.adaptive.share)

    def _neighbours(self, number: int) -> list[Slot]:
        return merged(
            [
                line.adaptive.watch.trace.slots
                for other, line in enumerate(self.lines)
                if other != number and line.adaptive is not None
            ]
        )
