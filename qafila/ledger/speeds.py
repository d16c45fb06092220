"""How long messages wait before they are handed to the provider, and how long a call takes: told from the latest calls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from qafila.kit.statements import statement

OVER: Final = timedelta(hours=24)
"""Older calls are not looked at."""
BATCHES: Final = 10
CALLS: Final = 200
"""Of so many batches, begun last, the latest calls of each."""
ENOUGH: Final = 100
"""Fewer samples say little about one in a hundred."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds: half of all are quicker than ``p50``, of a hundred five are slower than ``p95`` and one than ``p99``."""

    p50: float
    p95: float
    p99: float
    samples: int

    @property
    def is_vague(self) -> bool:
        """Too few samples for the figures to mean much."""
        return self.samples < ENOUGH


@dataclass(frozen=True, slots=True)
class Speeds:
    """None where nothing was measured.

    :ivar wait: from the start of the contract (or from when the message came into the books) to the first call.
    :ivar run: how long the provider took to answer.
    """

    wait: Spread | None
    run: Spread | None


def speeds(
    business_id: int, *, batch_id: int | None = None, sender_id: int | None = None, now: datetime
) -> Speeds:
    """Of the latest calls of a business, perhaps of one batch or one sender only. One statement, at most 2,000 calls."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.ledger", "latest_calls"),
            {
                "business": business_id,
                "batch": batch_id,
                "sender": sender_id,
                "since": now - OVER,
                "batches": BATCHES,
                "calls": CALLS,
            },
        )
        rows = cursor.fetchall()
    return Speeds(spread([row[0] for row in rows]), spread([row[1] for row in rows]))


def spread(seconds: Sequence[float | None]) -> Spread | None:
    """The percentiles (nearest rank) of what was measured; None for nothing. A clock that went back counts as 0."""
    known = sorted(max(0.0, float(one)) for one in seconds if one is not None)
    if not known:
        return None

    def at(share: float) -> float:
        return known[math.ceil(share * len(known)) - 1]

    return Spread(at(0.50), at(0.95), at(0.99), len(known))
