"""Is this number blocked? A verdict from what its calls came to, and since when.

What a provider says outright (banned, logged out, token invalid, spam limit) counts at once. What it does not say is
inferred: messages that are accepted and never arrive (:attr:`Kind.BLACK_HOLE`), calls that fail one after the other
without a cause (:attr:`Kind.FAILING`). When the other numbers of the same provider account fare alike, it is the
provider's trouble (:attr:`Kind.DEGRADED`) and not this number's.

The thresholds were set on traces with seeds below 1000; ``python -m bench detection`` judges on others.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from qafila.dispatch.rules.normal import Normal
from qafila.dispatch.rules.traces import STEP, VAGUE, Slot, Streak
from qafila.providers.failures import Failure


class Kind(enum.StrEnum):
    """What is the matter with a number."""

    NONE = "none"
    SPAM_LIMITED = "spam_limited"
    """The provider's temporary limit: it rests and comes back by itself."""
    BANNED = "banned"
    LOGGED_OUT = "logged_out"
    """The session or the registration is gone: link or register it again."""
    TOKEN_INVALID = "token_invalid"  # noqa: S105 - a name, no secret
    ACCOUNT_BLOCKED = "account_blocked"
    """Payment, lock or policy of the whole provider account."""
    BLACK_HOLE = "black_hole"
    """It says "sent", and nothing arrives."""
    FAILING = "failing"
    """Calls fail one after the other and no cause is named."""
    DEGRADED = "degraded"
    """The provider's trouble: everybody of that account at once."""


CANNOT_SEND = frozenset({Kind.BANNED, Kind.LOGGED_OUT, Kind.TOKEN_INVALID, Kind.ACCOUNT_BLOCKED})
"""Kinds in which the engine has stopped the number in any case."""
BLOCKS = frozenset(Kind) - {Kind.NONE, Kind.DEGRADED}
"""Kinds that block detection pauses a profile for, where auto-pause is on."""

TOKEN_CODES = frozenset(
    {
        "0",
        "3",
        "10",
        "104",
        "190",
        "token_invalid",
        "unauthorized",
        "invalid_token",
        "invalid_key",
        "http_401",
        "token_refused",
        "secret_key_wrong",
    }
    | {str(code) for code in range(200, 300)}
)
"""Codes of ``account`` failures that say: access token. (Cloud API: spec A9; words: the gateways' own.)"""
BAN_CODES = frozenset(
    {"banned", "blocked", "tos_block", "temp_banned", "temporary_ban", "account_banned", "forbidden", "403"}
    | {"temporarily_banned", "131031", "368", "33"}
)
"""Codes of ``sender`` failures that say: banned. Others of that class say: logged out or not registered."""

STREAK = 5
"""So many failures without a cause in a row, none accepted between them …"""
STREAK_SECONDS = 60.0
"""… over at least so long: many calls in the air fail together when a line breaks."""
OTHERS_CALLS = 3
"""So many calls of the other numbers say how they fare."""
ALONE_SECONDS = 600.0
"""A number without neighbours is blamed only for what lasts so long: most trouble of providers is over sooner."""
UNREACHABLE_STREAK = 40
"""So many people in a row "not reachable": no list is that bad; it is the number."""
SURPRISE = 1e-6
"""A streak must be at most so likely while all is normal."""
ENOUGH_CALLS = 16
RECENT = 900.0
STALE = 21_600.0
"""A number that has not called for so long says nothing by its last failures."""
SLOW = 0.2
"""Even when phones are off together (a night, a holiday), about this share of the usual arrives …"""
DOUBT = 0.001
"""… and silence is something else once what arrived is at most so likely even then. A number is looked at again and again,
each time over every while up to now: so each look may be wrong far more seldom than a whole night may.
``DOUBT_SUSPECTED`` for a number that was silent before and probes."""
DOUBT_SUSPECTED = 0.1
OTHERS_SILENT = 6.0
"""So many arrivals must be missing from the other numbers for them to be silent, too."""
OTHERS_HEARD = 0.35
"""At most this share of what is expected of the other numbers arrived: they fare alike."""
RIPE_SECONDS = 600.0
"""Messages count for a silence only after so long: receipts come late, and all together."""
HALF_HOUR = 1800.0
LOOK_BACK = 21_600.0
"""So far back a silence is looked for: slow numbers hand over few messages."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What is looked at.

    :ivar slots: of the number, oldest first; :ivar streak: its calls since the last acceptance.
    :ivar normal: what is normal for it (``normal.leaning``).
    :ivar neighbours: the other numbers of its provider account together (``traces.merged``); empty without any.
    :ivar receipts: whether the provider tells at all what arrived.
    :ivar after: what lies before this moment does not count (``adaptive_pace.evidence_from``).
    :ivar suspected: it was silent or failing before, and probes: less evidence is enough.
    :ivar step: seconds of a slot.
    """

    slots: Sequence[Slot]
    streak: Streak = field(default_factory=Streak)
    normal: Normal = field(default_factory=Normal)
    neighbours: Sequence[Slot] = ()
    receipts: bool = True
    after: float = 0.0
    suspected: bool = False
    step: float = STEP


@dataclass(frozen=True, slots=True)
class Verdict:
    """:ivar since: when it began (POSIX seconds); 0 without trouble.
    :ivar code: the provider's code, where it gave one.
    :ivar count: failures (or missing arrivals) that it rests on."""

    kind: Kind = Kind.NONE
    since: float = 0.0
    code: str = ""
    count: int = 0


def judge(observed: Observed, *, now: float) -> Verdict:
    """The verdict on one number at a moment. The surest evidence goes first."""
    if observed.after:
        observed = _from(observed, observed.after)
    tests: tuple[Callable[[Observed, float], Verdict | None], ...] = (_said, _limited, _failing, _silent)
    for test in tests:
        verdict = test(observed, now)
        if verdict is not None:
            return verdict
    return Verdict()


def _from(observed: Observed, after: float) -> Observed:
    slots = [slot for slot in observed.slots if slot.at + observed.step > after]
    streak = observed.streak
    if streak.until is None or streak.until < after:
        streak = Streak()
    return replace(observed, slots=slots, streak=streak)


def _said(observed: Observed, now: float) -> Verdict | None:
    """What the provider said outright since the last acceptance."""
    del now
    for failure, name in ((Failure.ACCOUNT, _of_account), (Failure.SENDER, _of_sender)):
        said = observed.streak.worst(failure)
        if said is not None:
            code, count, since = said
            return Verdict(name(code), since, code, count)
    return None


def _of_account(code: str) -> Kind:
    return Kind.TOKEN_INVALID if code in TOKEN_CODES else Kind.ACCOUNT_BLOCKED


def _of_sender(code: str) -> Kind:
    if code in TOKEN_CODES - {"0", "3", "10"}:
        return Kind.TOKEN_INVALID
    return Kind.BANNED if code in BAN_CODES else Kind.LOGGED_OUT


def _limited(observed: Observed, now: float) -> Verdict | None:
    """The provider's temporary limit: said since the last acceptance, or again and again in the last quarter of an hour."""
    limit = observed.streak.worst(Failure.RESTING)
    if limit is not None:
        code, count, since = limit
        return Verdict(Kind.SPAM_LIMITED, since, code, count)
    recent = _recent(observed.slots, now, RECENT)
    said = sum(slot.of(Failure.RESTING) for slot in recent)
    if said < 2 or said < 0.1 * sum(slot.calls for slot in recent):
        return None
    first = next(slot for slot in recent if slot.of(Failure.RESTING))
    code = next(code for (cls, code) in first.refused if cls == Failure.RESTING)
    return Verdict(Kind.SPAM_LIMITED, first.at, code, said)


def _failing(observed: Observed, now: float) -> Verdict | None:
    """Failures without a named cause: a streak, or more than half of the last half hour."""
    streak, normal = observed.streak, observed.normal
    vague, nobody = streak.worst(*VAGUE), streak.worst(Failure.RECIPIENT)
    if vague is not None and _lasts(vague, streak, now):
        code, count, since = vague
        if count >= STREAK and _chance(normal.failing, count) <= SURPRISE:
            temporary = streak.of(Failure.TEMPORARY) > count / 2
            return Verdict(_whose(observed, now, temporary=temporary, since=since), since, code, count)
    if nobody is not None and _lasts(nobody, streak, now):
        code, count, since = nobody
        if count >= UNREACHABLE_STREAK and _chance(normal.unreachable, count) <= SURPRISE:
            return Verdict(Kind.FAILING, since, code, count)
    return _mostly_failing(observed, now)


def _lasts(worst: tuple[str, int, float], streak: Streak, now: float) -> bool:
    """Whether a streak is more than one burst, and not long over."""
    until = streak.until or 0.0
    return until - worst[2] >= STREAK_SECONDS and now - until < STALE


def _mostly_failing(observed: Observed, now: float) -> Verdict | None:
    normal = observed.normal
    recent = _recent(observed.slots, now, HALF_HOUR)
    calls, failed = sum(slot.calls for slot in recent), sum(slot.of(*VAGUE) for slot in recent)
    if calls < ENOUGH_CALLS or _at_least(failed, calls) < max(0.3, 3 * normal.failing):
        return None
    temporary = sum(slot.of(Failure.TEMPORARY) for slot in recent) > failed / 2
    first = next(slot for slot in recent if slot.of(*VAGUE))
    codes = {code: n for slot in recent for (cls, code), n in slot.refused.items() if cls in VAGUE}
    kind = _whose(observed, now, temporary=temporary, since=first.at)
    return Verdict(kind, first.at, max(codes, key=lambda one: codes[one]), failed)


def _whose(observed: Observed, now: float, *, temporary: bool, since: float) -> Kind:
    """Whether failures without a cause are the provider's or the number's. Where no other number of the account shows it, a
    number is not blamed for what the provider calls temporary, nor for what has just begun."""
    others = [slot for slot in observed.neighbours if slot.at + observed.step > since]
    failed = sum(slot.of(*VAGUE) for slot in others)
    accepted = sum(slot.accepted for slot in others if slot.at >= since)
    if failed >= OTHERS_CALLS and failed >= accepted:
        return Kind.DEGRADED
    if accepted >= OTHERS_CALLS:
        return Kind.FAILING
    return Kind.DEGRADED if temporary or now - since < ALONE_SECONDS else Kind.FAILING


def _silent(observed: Observed, now: float) -> Verdict | None:
    """Accepted, and nothing arrives, though by its normal much should have by now."""
    if not observed.receipts:
        return None
    found = _silence(observed, now)
    if found is None:
        return None
    since, missing = found
    others, arrived = _arrivals(observed.neighbours, observed, now, since)
    alike = others >= OTHERS_SILENT and arrived <= OTHERS_HEARD * others
    return Verdict(Kind.DEGRADED if alike else Kind.BLACK_HOLE, since, "silence", round(missing))


def _silence(observed: Observed, now: float) -> tuple[float, float] | None:
    """The longest while up to now from which next to nothing arrived though much should have: since when, and how much is
    missing. None where there is none."""
    doubt = DOUBT_SUSPECTED if observed.suspected else DOUBT
    expected, arrived = 0.0, 0
    found = None
    for slot in reversed(observed.slots):
        if slot.at < now - LOOK_BACK:
            break
        if now - slot.at < RIPE_SECONDS:
            continue
        share, came = _of_slot(slot, observed, now)
        expected, arrived = expected + share, arrived + came
        if _poisson_at_most(arrived, SLOW * expected) <= doubt:
            found = slot.at, expected - arrived
    return found


def _poisson_at_most(count: int, mean: float) -> float:
    """How likely at most so many are when so many are expected."""
    if count > mean:
        return 1.0
    term = total = math.exp(-mean)
    for n in range(1, count + 1):
        term *= mean / n
        total += term
    return total


def _arrivals(slots: Sequence[Slot], observed: Observed, now: float, since: float) -> tuple[float, int]:
    """How many arrivals the messages accepted since a moment should have by now, and how many they have."""
    pairs = [_of_slot(slot, observed, now) for slot in slots if slot.at >= since]
    return sum(expected for expected, _ in pairs), sum(arrived for _, arrived in pairs)


def _of_slot(slot: Slot, observed: Observed, now: float) -> tuple[float, int]:
    age = now - min(slot.at + observed.step / 2, (slot.at + now) / 2)
    return max(0, slot.accepted - slot.bounced) * observed.normal.arrived_by(age), slot.arrived


def _recent(slots: Sequence[Slot], now: float, look: float) -> list[Slot]:
    found: list[Slot] = []
    for slot in reversed(slots):
        if slot.at < now - look:
            break
        found.append(slot)
    found.reverse()
    return found


def _chance(usual: float, times: int) -> float:
    """How likely so many failures in a row are while each happens as often as usual."""
    return math.pow(min(max(usual, 0.05), 0.7), times)


def _at_least(count: int, of: int, z: float = 1.96) -> float:
    """The share that is surely reached (the lower end of Wilson's interval); 0 for nothing."""
    if of <= 0:
        return 0.0
    share = count / of
    middle = share + z * z / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + z * z / of))
