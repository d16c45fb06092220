"""A month of phone-linked numbers: each sends one message after the other, WhatsApp watches."""

from __future__ import annotations

from qafila.dispatch.rules import outcomes, retry
from qafila.dispatch.rules.outcomes import Consequence
from qafila.dispatch.rules.traces import Slot, merged
from qafila.dispatch.simulation.model import Model
from qafila.dispatch.simulation.people import Deed
from qafila.dispatch.simulation.policies import AtOnce, Eased, Human, Policy, Said
from qafila.dispatch.simulation.run import ROUND_SECONDS, End, Run
from qafila.dispatch.simulation.watching import lean
from qafila.dispatch.simulation.whatsapp import Account, Answer
from qafila.dispatch.simulation.work import DAY, START, Fates, waited
from qafila.kit.rng import seeded
from qafila.providers.failures import Failure, ProviderError

KIND = "phone"
_FAILURES = {
    Answer.ABSENT: Failure.RECIPIENT,
    Answer.LOCKED: Failure.RESTING,
    Answer.CAPPED: Failure.RESTING,
    Answer.BANNED: Failure.SENDER,
}
LONGEST = 1000


class _Line:
    """One number: WhatsApp's side of it, our pace, and what it is doing."""

    __slots__ = ("account", "busy", "gone", "pace", "rest_until", "rests", "turn")

    def __init__(self, account: Account, pace: AtOnce) -> None:
        self.account, self.pace = account, pace
        self.busy, self.gone = False, False
        self.rest_until, self.rests, self.turn = 0.0, 0, 0


class PhoneRun(Run):
    """See the module; parameters as in :class:`Run`."""

    def __init__(
        self, model: Model, fates: Fates, policy: Policy, *, days: float, numbers: int, record: bool = False
    ) -> None:
        super().__init__(model, fates, policy, days=days, numbers=numbers, record=record)
        self.rng = seeded(f"phone-{policy}-{fates.seed}")
        self.lines = [self._line(number) for number in range(numbers)]
        self._idle: set[int] = set()

    def begin(self) -> None:
        """See :class:`Run`."""
        for number in range(self.numbers):
            self.at(START, self._wake, number, 0)
            if self.policy is Policy.OURS:
                self.at(START + ROUND_SECONDS * (1 + number / self.numbers), self._round, number)

    def wake(self) -> None:
        """See :class:`Run`."""
        idle, self._idle = sorted(self._idle), set()
        for number in idle:
            self._again(number)

    def heard(self, deed: Deed, person: int, number: int) -> None:
        """See :class:`Run`."""
        line, now = self.lines[number], self.now
        match deed:
            case Deed.REPORT:
                line.account.reported(now)
            case Deed.BLOCK:
                line.account.blocked(now)
            case Deed.REPLY | Deed.STOP:
                line.account.answered(person, now)
        if isinstance(line.pace, Eased):
            if deed is Deed.STOP:
                line.pace.adaptive.watch.stopped(now)
            elif deed is Deed.REPLY:
                line.pace.adaptive.watch.replied(now)

    def arrived(self, message: int, number: int, sent_at: float) -> None:
        """See :class:`Run`."""
        pace = self.lines[number].pace
        if isinstance(pace, Eased):
            read = self.crowd.reads(message, self.queue.person(message))
            pace.adaptive.watch.arrived(sent_at, read=read)

    def lost_on(self) -> tuple[float, ...]:
        """See :class:`Run`."""
        return tuple(line.account.banned_at for line in self.lines if line.account.banned)

    def _line(self, number: int) -> _Line:
        work = self.model.work
        since = START - work.ages[number % len(work.ages)] * work.age_scale * DAY
        account = Account(self.model.whatsapp, since=since, hardness=self.fates.hardness[number])
        rng = seeded(f"pace-{self.fates.seed}-{number}")
        if self.policy is Policy.NONE:
            return _Line(account, AtOnce(work.call_seconds))
        if self.policy is Policy.OURS:
            return _Line(account, Eased(since=since, now=START, rng=rng))
        return _Line(account, Human(since=since, rng=rng))

    def _again(self, number: int) -> None:
        """The number looks for work as soon as its pace lets it; an earlier appointment is void."""
        line = self.lines[number]
        line.turn += 1
        if not line.gone:
            self.at(max(line.rest_until, line.pace.free_at(self.now)), self._wake, number, line.turn)

    def _wake(self, number: int, turn: int) -> None:
        line, now = self.lines[number], self.now
        if turn != line.turn or line.busy or line.gone:
            return
        message = self.queue.take(number, now)
        if message is None:
            self._idle.add(number)
            return
        line.busy = True
        length = min(LONGEST, 1 + round(waited(self.fates.size[message], self.model.work.length)))
        self.at(line.pace.send_at(now, length), self._send, number, message)

    def _send(self, number: int, message: int) -> None:
        line, now = self.lines[number], self.now
        line.busy = False
        person = self.queue.person(message)
        if max(line.rest_until, _eased_rest(line.pace)) > now:  # it began to rest while it typed
            self.queue.back(message)
            self.wake()
        elif not self.skipped_by_a_gate(message, person, official=False):
            self._call(line, number, message, person)
        self._again(number)

    def _call(self, line: _Line, number: int, message: int, person: int) -> None:
        now = self.now
        line.pace.sent(now)
        if self.sends is not None:
            self.sends.append((now, number, person))
        alike = self.fates.alike[message] < self.model.work.identical
        answer = line.account.send(person, absent=self.crowd.absent(person), alike=alike, now=now)
        adaptive = line.pace.adaptive if isinstance(line.pace, Eased) else None
        if answer is Answer.ACCEPTED:
            line.rests = 0
            lag = self.accepted(message, person, number)
            if adaptive is not None:
                adaptive.watch.called(now, None, lag=lag)
            return
        failure = _FAILURES[answer]
        if adaptive is not None:
            adaptive.watch.called(now, failure, answer.value)
        error = ProviderError(failure, answer.value)
        outcome = outcomes.of_failure(KIND, error, tries=1, rng=self.rng)
        if outcome.consequence is Consequence.NONE:
            self.settle(message, End.FAILED)
            return
        self.queue.back(message)
        if outcome.consequence is Consequence.STOP_SENDER:
            self._lost(line, number)
        else:
            self._rest(line, number)
        self.wake()

    def _rest(self, line: _Line, number: int) -> None:
        """As in a lane: longer each time, and for who heeds it never shorter than the lock whose end the provider tells."""
        line.rests += 1
        self.rests += 1
        line.rest_until = self.now + retry.rest_seconds(line.rests)
        if self.policy.waits_for_locks:
            line.rest_until = max(line.rest_until, line.account.locked_until)
        if isinstance(line.pace, Eased):
            self._look(number)
            self.at(line.rest_until, self._resumed, number)

    def _resumed(self, number: int) -> None:
        line = self.lines[number]
        if isinstance(line.pace, Eased) and not line.gone and self.now >= line.rest_until:
            line.pace.adaptive.resumed(self.now)
            line.pace.ease()
            self._again(number)

    def _lost(self, line: _Line, number: int) -> None:
        line.gone = True
        self.queue.lost(number)

    def _round(self, number: int) -> None:
        line = self.lines[number]
        if line.gone:
            return
        if self._look(number) and not line.busy and number not in self._idle:
            self._again(number)
        self.at(self.now + ROUND_SECONDS, self._round, number)

    def _look(self, number: int) -> bool:
        """One round of health for a number. True: its share changed."""
        line, now = self.lines[number], self.now
        if not isinstance(line.pace, Eased):
            return False
        adaptive, account = line.pace.adaptive, line.account
        if adaptive.watch.learn(now):
            lean([one.pace.adaptive.watch for one in self.lines if isinstance(one.pace, Eased)])
        said = Said(
            time_locked=now < account.locked_until,
            new_chats_used=account.quota_used(now),
            resting=now < line.rest_until,
        )
        changed = adaptive.look(now, said, lambda: self._neighbours(number))
        if changed:
            line.pace.ease()
        return changed

    def _neighbours(self, number: int) -> list[Slot]:
        return merged(
            [
                line.pace.adaptive.watch.trace.slots
                for other, line in enumerate(self.lines)
                if other != number and isinstance(line.pace, Eased)
            ]
        )


def _eased_rest(pace: AtOnce) -> float:
    return pace.adaptive.share.rest_until if isinstance(pace, Eased) else 0.0
