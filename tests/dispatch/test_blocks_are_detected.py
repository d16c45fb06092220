"""Block detection: what is said counts at once, what is not said is inferred, and slowness is no illness."""

from __future__ import annotations

import pytest

from qafila.dispatch.rules.block_detection import Kind, Observed, Verdict, judge
from qafila.dispatch.rules.normal import LAGS, Cohort, Normal, leaning, learned, together
from qafila.dispatch.rules.traces import ACCEPTED, Slot, Streak, Trace, merged, without

NOW = 1_790_000_400.0
KNOWN = learned(Normal(), Cohort(1000, 1000, (500, 650, 700, 750, 800)))


def trace(minutes: float, *, every: float = 20.0, arrived: float = 0.7, until: float = NOW) -> Trace:
    """Accepted calls up to now, of which a share has arrived."""
    found, count = Trace(), int(minutes * 60 / every)
    for n in range(count):
        at = until - (count - n) * every
        found.call(at, ACCEPTED)
        if n % 10 < 10 * arrived:
            found.arrived(at)
    return found


def verdict(found: Trace, now: float = NOW, **more: object) -> Verdict:
    observed = Observed(found.slots, found.streak, KNOWN, **more)  # type: ignore[arg-type]
    return judge(observed, now=now)


@pytest.mark.parametrize(
    ("failure", "code", "kind"),
    [
        ("sender", "logged_out", Kind.LOGGED_OUT),
        ("sender", "133010", Kind.LOGGED_OUT),
        ("sender", "banned", Kind.BANNED),
        ("sender", "tos_block", Kind.BANNED),
        ("account", "190", Kind.TOKEN_INVALID),
        ("account", "200", Kind.TOKEN_INVALID),
        ("account", "131042", Kind.ACCOUNT_BLOCKED),
        ("resting", "131048", Kind.SPAM_LIMITED),
        ("resting", "463", Kind.SPAM_LIMITED),
    ],
)
def test_what_the_provider_says_counts_at_once(failure: str, code: str, kind: Kind) -> None:
    found = trace(60)
    found.call(NOW, failure, code)
    said = verdict(found, NOW + 1)
    assert (said.kind, said.code, said.since, said.count) == (kind, code, NOW, 1)


def test_it_is_over_as_soon_as_a_call_is_accepted() -> None:
    found = trace(60)
    found.call(NOW, "sender", "logged_out")
    found.call(NOW + 60, ACCEPTED)
    assert verdict(found, NOW + 61).kind is Kind.NONE


def test_a_limit_that_comes_again_and_again_stays_one() -> None:
    found = trace(60, every=120)
    for n in range(6):
        found.call(NOW + n * 20, *(("resting", "131048") if n % 2 else (ACCEPTED, "")))
    found.call(NOW + 130, ACCEPTED)
    assert verdict(found, NOW + 131).kind is Kind.SPAM_LIMITED


def test_accepted_and_never_arrived_is_a_black_hole() -> None:
    found = trace(60, until=NOW - 3600)
    for n in range(150):
        found.call(NOW - 3600 + n * 24, ACCEPTED)
    said = verdict(found)
    assert said.kind is Kind.BLACK_HOLE
    assert abs(said.since - (NOW - 3600)) <= 300 and said.count > 60


@pytest.mark.parametrize("arrived", [0.3, 0.5, 0.7])
def test_fewer_receipts_at_night_are_no_black_hole(arrived: float) -> None:
    assert verdict(trace(360, arrived=arrived)).kind is Kind.NONE


def test_so_little_silence_is_luck_when_it_is_looked_for_every_minute() -> None:
    """Where a fifth of the usual comes, one look in two hundred finds as little as that: too many in a night of looks."""
    found = trace(60, until=NOW - 3600)
    for n in range(45):
        found.call(NOW - 3600 + n * 24, ACCEPTED)
    assert verdict(found).kind is Kind.NONE
    for n in range(45, 50):
        found.call(NOW - 3600 + n * 24, ACCEPTED)
    assert verdict(found).kind is Kind.BLACK_HOLE


def test_a_few_messages_that_wait_for_their_receipts_say_nothing() -> None:
    assert verdict(trace(5, arrived=0.0)).kind is Kind.NONE
    assert verdict(trace(180, every=1200, arrived=0.0)).kind is Kind.NONE


def test_without_receipts_at_all_nobody_can_be_silent() -> None:
    assert verdict(trace(360, arrived=0.0), receipts=False).kind is Kind.NONE


def test_one_that_was_silent_before_needs_less_evidence() -> None:
    found = trace(15, arrived=0.0)
    assert verdict(found).kind is Kind.NONE
    assert verdict(found, suspected=True).kind is Kind.BLACK_HOLE


def test_all_numbers_silent_is_the_provider() -> None:
    found = trace(180, arrived=0.0)
    assert verdict(found, neighbours=trace(180, arrived=0.0).slots).kind is Kind.DEGRADED
    assert verdict(found, neighbours=trace(180).slots).kind is Kind.BLACK_HOLE


def unanswered(count: int, *, every: float = 30.0, failure: str = "unknown") -> Trace:
    found = trace(60)
    for n in range(count):
        found.call(NOW + n * every, failure, "http_500")
    return found


def test_failures_in_a_row_without_a_cause_are_the_numbers_if_the_others_work() -> None:
    others = trace(60, until=NOW + 400).slots
    assert verdict(unanswered(4), NOW + 400, neighbours=others).kind is Kind.NONE
    assert verdict(unanswered(5), NOW + 400, neighbours=others).kind is Kind.FAILING


def test_they_are_the_providers_if_the_others_fail_too() -> None:
    others = merged([unanswered(4).slots, unanswered(5).slots])
    assert verdict(unanswered(6), NOW + 400, neighbours=others).kind is Kind.DEGRADED


def test_alone_a_number_is_blamed_only_for_what_lasts() -> None:
    assert verdict(unanswered(6), NOW + 300).kind is Kind.DEGRADED
    assert verdict(unanswered(25), NOW + 760).kind is Kind.FAILING
    assert verdict(unanswered(25, failure="temporary"), NOW + 760).kind is Kind.DEGRADED


def test_one_burst_of_a_broken_line_is_no_streak() -> None:
    assert verdict(unanswered(30, every=0.5), NOW + 60).kind is Kind.NONE


@pytest.mark.parametrize("failure", ["content", "throttled", "recipient"])
def test_other_failures_are_no_block(failure: str) -> None:
    found = trace(60)
    for n in range(30):
        found.call(NOW + n * 20, failure, "x")
    assert verdict(found, NOW + 601).kind is Kind.NONE


def test_nobody_reachable_any_more_is_the_number() -> None:
    found = trace(60)
    for n in range(45):
        found.call(NOW + n * 20, "recipient", "not_on_whatsapp")
    assert verdict(found, NOW + 901).kind is Kind.FAILING


def test_what_it_was_punished_for_does_not_count_again() -> None:
    found = unanswered(6)
    assert verdict(found, NOW + 900, after=NOW + 800).kind is Kind.NONE
    assert verdict(trace(180, arrived=0.0), after=NOW - 60).kind is Kind.NONE


def test_a_sum_without_one_is_the_others() -> None:
    one, two = unanswered(3), trace(60)
    rest = without(merged([one.slots, two.slots]), one.slots)
    assert sum(slot.calls for slot in rest) == sum(slot.calls for slot in two.slots)
    assert sum(slot.arrived for slot in rest) == sum(slot.arrived for slot in two.slots)
    assert not any(slot.refused for slot in rest)


def test_a_trace_forgets_what_is_a_day_old() -> None:
    found = trace(10, until=NOW - 100_000)
    found.call(NOW, ACCEPTED)
    assert [slot.at for slot in found.slots] == [NOW - NOW % 300]
    assert found.streak == Streak()


def test_the_normal_is_learned_and_leans_on_others_while_little_is_known() -> None:
    assert KNOWN.arrived_by(60) == 0.5
    assert 0.5 < KNOWN.arrived_by(120) < 0.65
    assert KNOWN.arrived_by(10**6) == 0.8
    little = learned(Normal(), Cohort(5, 5, (0, 0, 0, 0, 0)))
    assert leaning(little, KNOWN).arrived_by(60) == pytest.approx(0.5 * 50 / 55)
    assert together([KNOWN, Normal()]).within == KNOWN.within
    changed = KNOWN
    for _ in range(20):
        changed = learned(changed, Cohort(500, 500, (0, 0, 0, 250, 400)))
    assert changed.arrived_by(60) < 0.05
    assert Normal.from_kept(KNOWN.kept()) == KNOWN and len(KNOWN.within) == len(LAGS)


def test_slots_of_several_numbers_add_up() -> None:
    total = merged([[Slot(0.0, 3, {("unknown", "x"): 1}, 2)], [Slot(0.0, 1), Slot(300.0, 5)]])
    assert [(slot.at, slot.accepted, slot.calls) for slot in total] == [(0.0, 4, 5), (300.0, 5, 5)]
