"""Three attempts a message, with an exponential wait of 2 to 10 seconds and jitter."""

from __future__ import annotations

from qafila.kit.rng import Rng

MOST_TRIES = 3
SHORTEST = 2.0
LONGEST = 10.0


def wait_seconds(tries: int, rng: Rng) -> float:
    """How long to wait after so many tries that counted (1: after the first)."""
    base = SHORTEST * 2.0 ** (tries - 1)
    return min(LONGEST, max(SHORTEST, base * rng.uniform(0.8, 1.6)))


def pair_wait_seconds(tries: int) -> float:
    """After a pair throttling (131056): 4 to the power of the tries, as Meta advises; from 6 s, at most 10 minutes."""
    return min(600.0, max(6.0, 4.0**tries))


def rest_seconds(times: int) -> float:
    """How long a sender rests at the n-th spam limit in a row: 1 h, 2 h, 4 h … 24 h; then it probes again."""
    return min(24.0, 2.0 ** max(0, times - 1)) * 3600.0
