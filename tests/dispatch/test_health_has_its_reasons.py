"""The score of a number: what takes points off, how many, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qafila.dispatch.rules.block_detection import Kind, Verdict
from qafila.dispatch.rules.health import Facts, Health, Sums, assess, surely
from qafila.wording import is_known, say

GOOD_DAY = Sums(accepted=400, refused={"recipient": 20}, expected=300.0, arrived=310, read=200, replies=30)
GOOD_HOUR = Sums(accepted=40, refused={"recipient": 2}, expected=25.0, arrived=26)
WELL = Facts(hour=GOOD_HOUR, day=GOOD_DAY)


def codes(found: Health) -> dict[str, int]:
    return {reason.code: reason.weight for reason in found.reasons}


def with_day(**fields: object) -> Facts:
    return replace(WELL, day=replace(GOOD_DAY, **fields))  # type: ignore[arg-type]


def test_a_well_number_has_all_points() -> None:
    assert assess(WELL) == Health(100, True, ())


def test_nothing_known_is_said_and_takes_nothing_off() -> None:
    found = assess(Facts())
    assert (found.score, found.known, codes(found)) == (100, False, {"health_too_little_known": 0})


def test_one_failure_of_three_says_little_thirty_of_ninety_much() -> None:
    few = assess(Facts(day=Sums(accepted=2, refused={"unknown": 1})))
    assert few.score >= 95
    many = assess(Facts(day=Sums(accepted=60, refused={"unknown": 30}, arrived=60, expected=40.0)))
    assert "health_unclear_failures" in codes(many) and many.score < few.score


@pytest.mark.parametrize("share", [0.5, 0.6, 0.8, 1.0])
def test_slow_receipts_alone_take_nothing_off(share: float) -> None:
    assert assess(with_day(arrived=int(300 * share))).score == 100


def test_hardly_any_receipts_do() -> None:
    assert codes(assess(with_day(arrived=40)))["health_few_arrive"] >= 10


@pytest.mark.parametrize(
    ("facts", "code", "weight"),
    [
        (replace(WELL, quality="RED"), "health_quality_red", 40),
        (replace(WELL, quality="YELLOW"), "health_quality_yellow", 15),
        (replace(WELL, can_send="BLOCKED"), "health_provider_blocked", 60),
        (replace(WELL, time_locked=True), "health_time_lock", 50),
        (replace(WELL, new_chats_used=0.85), "health_new_chats", 10),
        (replace(WELL, people_used=0.8), "health_portfolio_used", 0),
        (replace(WELL, people_used=1.2), "health_portfolio_used", 0),
        (replace(WELL, resting=True), "health_rests", 30),
        (with_day(refused={"resting": 1}), "health_spam_limits", 15),
        (with_day(refused={"resting": 3}), "health_spam_limits", 25),
        (with_day(stops=40), "health_stops", 40),
        (replace(WELL, verdict=Verdict(Kind.BLACK_HOLE, 1.0, "silence", 40)), "health_black_hole", 70),
    ],
)
def test_each_reason_has_its_weight(facts: Facts, code: str, weight: int) -> None:
    found = assess(facts)
    assert codes(found) == {code: weight}
    assert found.score == 100 - weight


def test_half_a_limit_is_nothing_to_speak_of() -> None:
    assert assess(replace(WELL, people_used=0.5)) == Health(100, True, ())
    assert assess(replace(Facts(), people_used=1.0)).known is False


def test_the_providers_own_trouble_takes_nothing_off() -> None:
    degraded = Verdict(Kind.DEGRADED, 1.0, "http_503", 30)
    found = assess(replace(with_day(refused={"temporary": 200}, arrived=10), verdict=degraded))
    assert (found.score, codes(found)) == (100, {"health_degraded": 0})


def test_one_that_cannot_send_has_none() -> None:
    found = assess(replace(WELL, stopped="cloud_api.190", quality="RED"))
    assert (found.score, codes(found)) == (0, {"health_cannot_send": 100})


def test_it_never_falls_below_zero_and_the_heaviest_comes_first() -> None:
    worst = replace(WELL, quality="RED", can_send="BLOCKED", time_locked=True)
    found = assess(worst)
    assert found.score == 0
    assert [reason.weight for reason in found.reasons] == [60, 50, 40]


def test_few_answers_count_against_phone_linked_numbers_only() -> None:
    nobody = with_day(replies=0)
    assert codes(assess(nobody)) == {"health_few_replies": 5}
    assert assess(replace(nobody, official=True)).score == 100
    assert assess(replace(nobody, receipts=False)).score == 100


def test_every_reason_and_verdict_has_a_wording() -> None:
    for kind in Kind:
        if kind is not Kind.NONE:
            said = say(f"health_{kind}", "en", count=2, code="x")
            assert is_known(f"health_{kind}") and said.sentence and "{" not in str(said)


def test_a_share_is_held_against_a_number_only_as_far_as_it_is_sure() -> None:
    assert surely(0, 0) == surely(0, 10) == 0.0
    assert surely(1, 2) < 0.1 < surely(50, 100) < 0.5 < surely(5000, 9000)
