"""When a delivery is tried again, and when an endpoint is switched off."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

WAITS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
    timedelta(hours=24),
    timedelta(hours=24),
    timedelta(hours=24),
)
"""After the first try, which is at once; eleven tries in all, over four days. The first eight are Svix's; the last three
are for a receiver that came back but still fails often."""
JITTER: Final = 0.1
"""Each wait is longer or shorter by up to this share, so that what failed together does not come back together."""
OFF_AFTER: Final = timedelta(hours=120)
"""An endpoint that answered nothing but failures for so long is switched off."""
LONGEST_ASKED: Final = timedelta(hours=1)
"""What an endpoint may ask for by ``Retry-After``."""


def wait_after(tries: int, rng: random.Random, *, asked: float | None = None) -> timedelta | None:
    """How long to wait after that many tries (from 1); None: it was the last one.

    :param asked: seconds of ``Retry-After``, which may only make the wait longer.
    """
    if tries > len(WAITS):
        return None
    wait = WAITS[tries - 1] * (1 + rng.uniform(-JITTER, JITTER))
    return max(wait, min(timedelta(seconds=asked), LONGEST_ASKED)) if asked else wait
