"""What came of a batch beyond its receipts: who answered, and who wanted no more.

Nothing of this stands in a counter: it is read from what people wrote since the batch began. A look costs the more, the
more of them wrote, so it is kept for a moment, the longer it took the longer; a page and the list that it links to then
say the same.
"""

from __future__ import annotations

import enum
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from qafila.kit.statements import statement
from qafila.ledger.models import Batch

WITHIN: Final = timedelta(days=7)
"""So long after a message what the person does counts as an answer to it."""
FRESH_SECONDS: Final = 1.0
OLDEST_SECONDS: Final = 20.0
TIMES_ITS_COST: Final = 10.0
"""A look is not taken again before so many times as long as it took."""
_MOST_KEPT: Final = 200


class Answer(enum.StrEnum):
    """What a person did after a message."""

    REPLIED = "replied"
    """They wrote to the number that it came from."""
    OPTED_OUT = "opted_out"
    """They said STOP, or chose at the provider to get no more."""


_STATEMENTS: Final = {Answer.REPLIED: "answered", Answer.OPTED_OUT: "opted_out_after"}


@dataclass(frozen=True, slots=True)
class _Look:
    at: float
    took: float
    found: tuple[int, ...]

    def is_good(self, now: float) -> bool:
        return now - self.at < min(OLDEST_SECONDS, max(FRESH_SECONDS, self.took * TIMES_ITS_COST))


_looking = threading.Lock()
_looks: dict[tuple[str, int, datetime, str], _Look] = {}


def answered_of(batch_id: int, answer: Answer) -> tuple[int, ...]:
    """:func:`answered` of a batch by its id; none where there is no such batch."""
    batch = Batch.objects.filter(pk=batch_id).first()
    return answered(batch, answer) if batch is not None else ()


def answered(batch: Batch, answer: Answer, *, clock: Callable[[], float] = time.monotonic) -> tuple[int, ...]:
    """Ids of the messages of a batch after which people did that within :data:`WITHIN`, ascending; none before its start.

    :param clock: seconds that only go forward, for the age of what is kept.
    """
    if batch.started_at is None:
        return ()
    # With the address of the database: its numbers mean nothing in another one.
    key = (str(connection.settings_dict["NAME"]), batch.pk, batch.started_at, answer.value)
    with _looking:
        kept = _looks.get(key)
    begin = clock()
    if kept is not None and kept.is_good(begin):
        return kept.found
    found = _look(batch, answer)
    with _looking:
        if len(_looks) >= _MOST_KEPT:
            _looks.clear()
        _looks[key] = _Look(begin, clock() - begin, found)
    return found


def _look(batch: Batch, answer: Answer) -> tuple[int, ...]:
    until = batch.finished_at + WITHIN if batch.finished_at else None
    parameters: dict[str, Any] = {
        "business": batch.business_id,
        "batch": batch.pk,
        "since": batch.started_at,
        "until": until,
        "within": WITHIN,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.ledger", _STATEMENTS[answer]), parameters)
        return tuple(row[0] for row in cursor.fetchall())
