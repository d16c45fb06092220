"""Labelled traces of numbers, healthy and ill, made from a seed: what block detection is tuned and judged on.

A trace is what the engine would see: calls and how they ended, receipts and when they came, the other numbers of the
account. The engine's own behaviour is in it: it stops at what forbids sending, rests at limits, and tries ever more rarely
where nobody answers. Seeds below 1,000 and :data:`TUNING` are for setting thresholds; :data:`JUDGED` has wider and other
ranges, and its seeds begin at 10,000. A model of what goes wrong, not a record of it.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from qafila.dispatch.rules.block_detection import Kind
from qafila.dispatch.rules.normal import LAGS, Normal
from qafila.dispatch.rules.traces import ACCEPTED, Trace

HOUR = 3600.0
START = 1_790_000_000.0 // HOUR * HOUR
SILENT_RESTS = (10.0, 60.0, 300.0, 3600.0, 7200.0)


@dataclass(frozen=True)
class Ranges:
    """From which ranges the parameters of a trace are drawn.

    :ivar rate: calls a minute. :ivar lag: median seconds to a receipt. :ivar spread: of its logarithm.
    :ivar off: share of phones that are off for hours. :ivar never: share of which nothing ever comes.
    :ivar failing: share of calls without a clear answer while all is well. :ivar unreachable: of people not there.
    :ivar others: other numbers of the account. :ivar leak: of a black hole, what arrives all the same.
    :ivar share: of calls that fail when a number fails in part. :ivar known: messages that its normal was learned from.
    """

    rate: tuple[float, float]
    lag: tuple[float, float]
    spread: tuple[float, float]
    off: tuple[float, float]
    never: tuple[float, float]
    failing: tuple[float, float]
    unreachable: tuple[float, float]
    others: tuple[int, int]
    leak: tuple[float, float]
    share: tuple[float, float]
    known: tuple[int, int]


TUNING = Ranges(
    rate=(1.0, 5.0),
    lag=(3.0, 30.0),
    spread=(0.8, 1.4),
    off=(0.1, 0.25),
    never=(0.05, 0.2),
    failing=(0.0, 0.02),
    unreachable=(0.02, 0.1),
    others=(0, 6),
    leak=(0.0, 0.02),
    share=(0.7, 1.0),
    known=(300, 2000),
)
JUDGED = Ranges(
    rate=(0.7, 20.0),
    lag=(2.0, 90.0),
    spread=(0.6, 2.0),
    off=(0.05, 0.4),
    never=(0.02, 0.3),
    failing=(0.0, 0.04),
    unreachable=(0.0, 0.2),
    others=(0, 12),
    leak=(0.0, 0.03),
    share=(0.6, 1.0),
    known=(0, 2000),
)


@dataclass
class Nature:
    """How one number behaves at a moment. ``ends``: draws how a call ends; ``arrives``: seconds to the receipt, or None."""

    ends: Callable[[random.Random], tuple[str, str]]
    arrives: Callable[[random.Random], float | None]
    rate: float


@dataclass
class Case:
    """One labelled trace, played minute by minute with :meth:`minutes`.

    :ivar name: the kind of case. :ivar label: what is right. :ivar onset: when it fell ill (POSIX seconds).
    """

    name: str
    label: Kind
    onset: float
    until: float
    normal: Normal
    own: Iterator[tuple[float, str, str, float | None]]
    others: Iterator[tuple[float, str, str, float | None]]
    trace: Trace = field(default_factory=Trace)
    neighbours: Trace = field(default_factory=Trace)

    def minutes(self, *, begin: float, step: float = 60.0) -> Iterator[float]:
        """Plays it and stops each so many seconds, from ``begin`` on; the traces are as they were known then."""
        feeds = [_Feed(self.trace, self.own), _Feed(self.neighbours, self.others)]
        now = begin
        while now <= self.until:
            for feed in feeds:
                feed.play(now)
            yield now
            now += step


class _Feed:
    """Puts calls and receipts into a trace as time goes on."""

    def __init__(self, trace: Trace, calls: Iterator[tuple[float, str, str, float | None]]) -> None:
        self._trace, self._calls = trace, calls
        self._next = next(calls, None)
        self._receipts: list[tuple[float, float]] = []

    def play(self, now: float) -> None:
        while self._next is not None and self._next[0] <= now:
            at, outcome, code, arrives = self._next
            self._trace.call(at, outcome, code)
            if arrives is not None:
                heapq.heappush(self._receipts, (at + arrives, at))
            self._next = next(self._calls, None)
        while self._receipts and self._receipts[0][0] <= now:
            self._trace.arrived(heapq.heappop(self._receipts)[1])


class Maker:
    """Makes cases of every kind from one set of ranges."""

    def __init__(self, ranges: Ranges, seed: int) -> None:
        self._ranges, self._rng = ranges, random.Random(seed)

    def _draw(self, name: str) -> float:
        return self._rng.uniform(*getattr(self._ranges, name))

    def case(self, name: str) -> Case:
        """One case of a kind of :data:`NAMES`."""
        rng = self._rng
        low, high = self._ranges.rate
        rate = math.exp(rng.uniform(math.log(low), math.log(high)))
        lag, spread = self._draw("lag"), self._draw("spread")
        off, never = self._draw("off"), self._draw("never")
        failing, unreachable = self._draw("failing"), self._draw("unreachable")
        arrives = _receipts(lag, spread, off, never)
        well = Nature(_ends(failing, unreachable), arrives, rate)
        onset = START + rng.uniform(2.0, 3.0) * HOUR
        until = onset + 3.0 * HOUR
        label, ill, all_of_them = _ILL[name](self, well)
        number = rng.randint(*self._ranges.others)
        if all_of_them and number < 2:
            number = 2
        normal = _learned(rng, arrives, failing, unreachable, rng.randint(*self._ranges.known))
        own = _calls(random.Random(rng.random()), well, ill, onset, until)
        theirs = ill if all_of_them else well
        each = [_calls(random.Random(rng.random()), well, theirs, onset, until) for _ in range(number)]
        others = heapq.merge(*each, key=lambda call: call[0])
        return Case(name, label, onset, until, normal, own, others)


def _receipts(lag: float, spread: float, off: float, never: float) -> Callable[[random.Random], float | None]:
    def draw(rng: random.Random) -> float | None:
        chance = rng.random()
        if chance < never:
            return None
        if chance < never + off:
            return rng.uniform(600.0, 10 * HOUR)
        return lag * math.exp(rng.gauss(0.0, spread))

    return draw


def _ends(
    failing: float, unreachable: float, *more: tuple[float, str, str]
) -> Callable[[random.Random], tuple[str, str]]:
    """Draws how a call ends; ``more`` are (chance, class, code)."""
    table = [(failing, "unknown", "response_lost"), (unreachable, "recipient", "131026"), *more]

    def draw(rng: random.Random) -> tuple[str, str]:
        chance = rng.random()
        for share, failure, code in table:
            if chance < share:
                return failure, code
            chance -= share
        return ACCEPTED, ""

    return draw


def _always(failure: str, code: str, share: float = 1.0) -> Callable[[random.Random], tuple[str, str]]:
    return _ends(0.0, 0.0, (share, failure, code))


def _learned(
    rng: random.Random,
    arrives: Callable[[random.Random], float | None],
    failing: float,
    unreachable: float,
    known: int,
) -> Normal:
    """What the number would have learned of itself from so many messages, leaning on the guess."""
    from qafila.dispatch.rules.normal import Cohort, leaning, learned

    if not known:
        return leaning(Normal(), Normal())
    lags = [arrives(rng) for _ in range(known)]
    within = tuple(sum(1 for lag in lags if lag is not None and lag <= edge) for edge in LAGS)
    cohort = Cohort(known, known, within, round(failing * known), round(unreachable * known), 0, 0)
    return leaning(learned(Normal(), cohort), Normal())


def _calls(
    rng: random.Random, well: Nature, ill: Nature, onset: float, until: float
) -> Iterator[tuple[float, str, str, float | None]]:
    """Calls in the order of time, as an engine makes them that stops, rests and probes."""
    now, unanswered, rests, silent = START, 0, 0, 0
    while now < until:
        nature = ill if now >= onset else well
        outcome, code = nature.ends(rng)
        yield now, outcome, code, nature.arrives(rng) if outcome == ACCEPTED else None
        gap = rng.expovariate(nature.rate / 60.0) if nature.rate > 0 else until
        if outcome in ("sender", "account"):
            return
        if outcome == "resting":
            gap, rests = HOUR * 2**rests, rests + 1
        elif outcome in ("unknown", "temporary"):
            unanswered += 1
            if unanswered >= 3 or silent:
                gap = SILENT_RESTS[min(silent, len(SILENT_RESTS) - 1)]
                silent, unanswered = silent + 1, 0
        else:
            unanswered = silent = 0
        now += gap


Made = tuple[Kind, Nature, bool]
"""The right label, how the number behaves when it is ill, and whether the others of the account do so, too."""
_ILL: dict[str, Callable[[Maker, Nature], Made]] = {}


def _kind(name: str) -> Callable[[Callable[[Maker, Nature], Made]], Callable[[Maker, Nature], Made]]:
    def put(make: Callable[[Maker, Nature], Made]) -> Callable[[Maker, Nature], Made]:
        _ILL[name] = make
        return make

    return put


@_kind("healthy")
def _healthy(maker: Maker, well: Nature) -> Made:
    return Kind.NONE, well, False


@_kind("healthy, receipts slow")
def _slow(maker: Maker, well: Nature) -> Made:
    lag = maker._rng.uniform(400.0, 1500.0)
    return Kind.NONE, Nature(well.ends, _receipts(lag, 1.0, 0.2, 0.15), well.rate), False


@_kind("healthy, at night")
def _night(maker: Maker, well: Nature) -> Made:
    off = maker._rng.uniform(0.55, 0.8)
    return Kind.NONE, Nature(well.ends, _receipts(20.0, 1.2, off, 0.1), well.rate), False


@_kind("healthy, few messages")
def _few(maker: Maker, well: Nature) -> Made:
    return Kind.NONE, Nature(well.ends, well.arrives, maker._rng.uniform(0.05, 0.3)), False


@_kind("healthy, bad list")
def _bad_list(maker: Maker, well: Nature) -> Made:
    share = maker._rng.uniform(0.3, 0.75)
    return Kind.NONE, Nature(_ends(0.01, share), well.arrives, well.rate), False


@_kind("healthy, throttled")
def _throttled(maker: Maker, well: Nature) -> Made:
    share = maker._rng.uniform(0.1, 0.5)
    return (
        Kind.NONE,
        Nature(_ends(0.01, 0.05, (share, "throttled", "130429")), well.arrives, well.rate),
        False,
    )


@_kind("healthy, wrong template")
def _content(maker: Maker, well: Nature) -> Made:
    share = maker._rng.uniform(0.3, 0.9)
    return Kind.NONE, Nature(_ends(0.01, 0.05, (share, "content", "132000")), well.arrives, well.rate), False


@_kind("healthy, flaky line")
def _flaky(maker: Maker, well: Nature) -> Made:
    share = maker._rng.uniform(0.05, 0.12)
    ends = _ends(0.01, 0.05, (share, "temporary", "connect_failed"))
    return Kind.NONE, Nature(ends, well.arrives, well.rate), False


@_kind("spam limit")
def _spam(maker: Maker, well: Nature) -> Made:
    code = maker._rng.choice(["131048", "463", "reachout_timelock"])
    return Kind.SPAM_LIMITED, Nature(_always("resting", code), well.arrives, well.rate), False


@_kind("spam limit, now and then")
def _spam_in_part(maker: Maker, well: Nature) -> Made:
    share = maker._draw("share")
    ends = _ends(0.01, 0.05, (share, "resting", "131048"))
    return Kind.SPAM_LIMITED, Nature(ends, well.arrives, well.rate), False


@_kind("banned")
def _banned(maker: Maker, well: Nature) -> Made:
    code = maker._rng.choice(["banned", "tos_block", "403", "temp_banned"])
    return Kind.BANNED, Nature(_always("sender", code), well.arrives, well.rate), False


@_kind("logged out")
def _logged_out(maker: Maker, well: Nature) -> Made:
    code = maker._rng.choice(["logged_out", "133010", "131045", "session_closed"])
    return Kind.LOGGED_OUT, Nature(_always("sender", code), well.arrives, well.rate), False


@_kind("token invalid")
def _token(maker: Maker, well: Nature) -> Made:
    code = maker._rng.choice(["190", "0", "10", "200", "unauthorized"])
    return Kind.TOKEN_INVALID, Nature(_always("account", code), well.arrives, well.rate), False


@_kind("account blocked")
def _account(maker: Maker, well: Nature) -> Made:
    code = maker._rng.choice(["131042", "131031", "368"])
    return Kind.ACCOUNT_BLOCKED, Nature(_always("account", code), well.arrives, well.rate), False


@_kind("black hole")
def _black_hole(maker: Maker, well: Nature) -> Made:
    leak = maker._draw("leak")

    def arrives(rng: random.Random) -> float | None:
        return well.arrives(rng) if rng.random() < leak else None

    return Kind.BLACK_HOLE, Nature(well.ends, arrives, well.rate), False


@_kind("failing")
def _fails(maker: Maker, well: Nature) -> Made:
    return Kind.FAILING, Nature(_always("unknown", "http_500"), well.arrives, well.rate), False


@_kind("failing in part")
def _fails_in_part(maker: Maker, well: Nature) -> Made:
    share = maker._draw("share")
    return Kind.FAILING, Nature(_always("unknown", "http_500", share), well.arrives, well.rate), False


@_kind("nobody reachable")
def _nobody(maker: Maker, well: Nature) -> Made:
    return (
        Kind.FAILING,
        Nature(_always("recipient", "not_on_whatsapp", 0.995), well.arrives, well.rate),
        False,
    )


@_kind("provider fails")
def _provider(maker: Maker, well: Nature) -> Made:
    share, failure = maker._draw("share"), maker._rng.choice(["temporary", "unknown"])
    return Kind.DEGRADED, Nature(_always(failure, "http_503", share), well.arrives, well.rate), True


@_kind("provider silent")
def _provider_silent(maker: Maker, well: Nature) -> Made:
    return Kind.DEGRADED, Nature(well.ends, lambda rng: None, well.rate), True


NAMES = tuple(_ILL)
"""Every kind of case."""
