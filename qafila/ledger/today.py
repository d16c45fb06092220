"""How many messages of older batches moved since a moment (as a rule: midnight), batch by batch.

Newer batches are told by their counters. An older one that still sends after midnight has to be looked through: the
moment stands in no index that receipts would not have to pay for. So a look is kept: for as long as no counter has moved
it is right, and where counters move all the time it is taken again after a short while only, the longer it took the later.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from qafila.kit.statements import statement
from qafila.ledger.states import State
from qafila.ledger.walking import Figures

BEGUN = (State.SENDING, State.UNCERTAIN, State.SENT, State.DELIVERED, State.READ)
"""Counted by when their sending began."""
ENDED = (State.FAILED, State.SKIPPED, State.CANCELLED)
"""Counted by when they ended."""

UNMOVED_SECONDS = 60.0
"""So long a look is kept while no counter moves. Not for ever: a message that failed before, was tried again and failed
again leaves the counters as they were."""
MOVING_SECONDS = 2.0
"""So old may figures be while messages move: what open pages promise."""
TIMES_ITS_COST = 10.0
"""A look is not taken again before so many times as long as it took: a tenth of one connection's time at most."""
_MOST_KEPT = 200

Moved = Mapping[int, Mapping[State, int]]
"""Batch id to how many of its messages stand in each state and moved since."""


@dataclass(frozen=True, slots=True)
class _Look:
    counters: tuple[object, ...]
    at: float
    took: float
    found: Moved

    def is_good(self, counters: tuple[object, ...], now: float) -> bool:
        age = now - self.at
        if self.counters == counters:
            return age < UNMOVED_SECONDS
        return age < min(MOVING_SECONDS, self.took * TIMES_ITS_COST)


_looking = threading.Lock()
_looks: dict[tuple[str, int, datetime], _Look] = {}


def moved(
    business_id: int,
    older: Sequence[Figures],
    *,
    since: datetime,
    clock: Callable[[], float] = time.monotonic,
) -> Moved:
    """Messages of older batches whose sending began since a moment, or that ended without success since then.

    :param older: the batches of a business that were made before the moment.
    :param clock: seconds that only go forward, for the age of what is kept.
    """
    # With the address of the database: its numbers mean nothing in another one.
    database = str(connection.settings_dict["NAME"])
    key = (database, business_id, since)
    counters = tuple((one.id, one.finished_at, one.counts) for one in older)
    with _looking:
        kept = _looks.get(key)
    if kept is not None and kept.is_good(counters, clock()):
        return kept.found
    begin = clock()
    found = _look(business_id, older, since)
    end = clock()
    with _looking:
        if len(_looks) >= _MOST_KEPT:
            _looks.clear()
        _looks[key] = _Look(counters, begin, end - begin, found)
    return found


def _look(business_id: int, older: Sequence[Figures], since: datetime) -> Moved:
    begun = [f for f in older if (f.finished_at is None or f.finished_at >= since) and f.of(BEGUN)]
    ended = [f for f in older if f.of(ENDED)]
    found: dict[int, dict[State, int]] = {}
    with connection.cursor() as cursor:
        if begun:
            parameters: dict[str, Any] = {
                "batches": [f.id for f in begun],
                "firsts": [f.first for f in begun],
                "lasts": [f.last for f in begun],
                "since": since,
            }
            cursor.execute(statement("qafila.ledger", "begun_since"), parameters)
            for batch_id, *counts in cursor.fetchall():
                found[batch_id] = {state: n for state, n in zip(BEGUN, counts, strict=True) if n}
        if ended:
            parameters = {"business": business_id, "batches": [f.id for f in ended], "since": since}
            cursor.execute(statement("qafila.ledger", "ended_since"), parameters)
            for batch_id, state, count in cursor.fetchall():
                found.setdefault(batch_id, {})[State(state)] = count
    return {batch_id: counts for batch_id, counts in found.items() if counts}
