"""The webhook benches: who falls behind the plan did not keep up, however little waits in the end."""

from __future__ import annotations

from typing import Any

import pytest

from bench.__main__ import main
from bench.webhook_sender import Options, _moments
from bench.webhook_verdicts import broken_promises, shortcomings


def figures(**of_webhooks: Any) -> dict[str, Any]:
    """Those of a run that was in time, with some of the sender's changed."""
    webhooks = {
        "sent": 900_000,
        "answered": 900_000,
        "refused": 0,
        "broken": 0,
        "seconds": 301.2,
        "planned_seconds": 301.0,
        "p50_ms": 9.0,
        "p99_ms": 80.0,
    }
    return {
        "messages": 300_000,
        "webhooks": webhooks | of_webhooks,
        "end_lag_seconds": 0.4,
        "read_in_the_books": 300_000,
    }


def test_in_time_and_quick_is_kept_up() -> None:
    assert shortcomings(figures()) == []
    assert broken_promises(figures()) == []


def test_a_load_that_came_slower_than_planned_was_not_kept_up_with() -> None:
    """The run of 21 November 2026, which called itself kept up: all was answered, and nothing waited at its end."""
    found = shortcomings(figures(seconds=343.88, p50_ms=11_390.7, p99_ms=43_271.6))
    assert len(found) == 2
    assert "42.9 s after the planned end" in found[0]
    assert "p99 is 43271.6 ms" in found[1]


@pytest.mark.parametrize(
    "changed",
    [
        figures(seconds=306.1),
        figures(p99_ms=1_000.1),
        figures(refused=1, answered=899_999),
        figures(broken=1),
        figures(answered=899_999),
        figures() | {"end_lag_seconds": 5.1},
        figures() | {"read_in_the_books": 299_999},
    ],
)
def test_each_shortcoming_counts_alone(changed: dict[str, Any]) -> None:
    (said,) = shortcomings(changed)
    assert said
    assert said in broken_promises(changed) or "p99" in said


def test_the_promise_of_quick_answers_is_narrower() -> None:
    assert broken_promises(figures(p50_ms=50.1)) == ["p50 is 50.1 ms; 50 are allowed"]
    assert broken_promises(figures(p99_ms=250.1)) == ["p99 is 250.1 ms; 250 are allowed"]
    assert shortcomings(figures(p50_ms=50.1, p99_ms=250.1)) == []


def test_each_message_has_its_three_moments_in_order() -> None:
    planned = list(_moments(Options(1, "/", "s", rate=30.0, messages=20)))
    assert [moment for moment, _, _ in planned] == sorted(moment for moment, _, _ in planned)
    assert len(planned) == 60
    assert planned[-1] == pytest.approx((2.9, 19, "read"))


@pytest.mark.parametrize("wrong", [["webhook"], ["webhooks", "other"]])
def test_a_bench_that_there_is_not_is_said_so(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*wrong, "--minutes", "10"]) == 2
    assert "webhook_answers" in capsys.readouterr().err
