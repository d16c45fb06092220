"""Do the books balance? The counters of a batch beside its rows, recounted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from qafila.kit.statements import statement
from qafila.ledger.states import State

MOST_ROWS = 250_000
"""Rows of one look: a fraction of a second of reading."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A batch whose counters are not its rows; ``states`` are the ones that differ."""

    batch_id: int
    business_id: int
    public_id: uuid.UUID
    states: tuple[State, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found. ``last_id``: the last batch looked at; 0 when there was none beyond the one before."""

    batches: int
    last_id: int
    differences: list[Difference]


def look(*, after_id: int = 0, most_rows: int = MOST_ROWS, now: datetime) -> Look:
    """Recounts the next batches that move or ended within five minutes, in one snapshot.

    :param after_id: the last batch of the look before; 0 begins anew.
    :param most_rows: as many batches as fit, at least one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.ledger", "unbalanced"), {"after": after_id, "most_rows": most_rows, "now": now}
        )
        rows = cursor.fetchall()
    differences = [
        Difference(batch_id, business_id, public_id, tuple(map(State, states)))
        for batch_id, business_id, public_id, states in rows
        if states
    ]
    return Look(len(rows), max((row[0] for row in rows), default=0), differences)
