"""What a look found is good for a moment, the longer the more the look cost, and never for long."""

from __future__ import annotations

import pytest

from qafila.kit import looks
from qafila.kit.looks import Looks


class Clock:
    """Goes on only when told."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.mark.parametrize(
    ("took", "good"),
    [(0.0, looks.FRESH_SECONDS), (0.5, 0.5 * looks.TIMES_ITS_COST), (60.0, looks.OLDEST_SECONDS)],
)
def test_the_longer_it_took_the_longer_it_is_good(took: float, good: float) -> None:
    clock, kept, taken = Clock(), Looks[str, int](), 0

    def look() -> int:
        nonlocal taken
        taken += 1
        clock.at += took
        return taken

    begin = clock.at
    assert kept.at("a", look, clock=clock) == 1
    clock.at = begin + max(good - 0.01, took)
    assert kept.at("a", look, clock=clock) == (1 if took <= good else 2)
    clock.at = begin + 2 * looks.OLDEST_SECONDS + took
    assert kept.at("a", look, clock=clock) == taken > 1


def test_one_key_says_nothing_of_another() -> None:
    clock, kept = Clock(), Looks[str, str]()
    assert [kept.at(key, lambda key=key: key, clock=clock) for key in "aba"] == ["a", "b", "a"]  # type: ignore[misc]
    kept.clear()
    assert kept.at("a", lambda: "new", clock=clock) == "new"


def test_it_does_not_grow_without_end() -> None:
    clock, kept = Clock(), Looks[int, int]()
    for key in range(3 * looks.MOST_KEPT):
        kept.at(key, lambda: 0, clock=clock)
    assert len(kept._kept) <= looks.MOST_KEPT
