"""What came of a batch beyond its receipts: who answered, and who wanted no more.

Nothing of this stands in a counter: it is read from what people wrote since the batch began. A look costs the more, the
more of them wrote, so it is kept for a moment, the longer it took the longer; a page and the list that it links to then
say the same.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from qafila.kit.looks import Looks
from qafila.kit.statements import statement
from qafila.ledger.models import Batch

WITHIN: Final = timedelta(days=7)
"""So long after a message what the person does counts as an answer to it."""


class Answer(enum.StrEnum):
    """What a person did after a message."""

    REPLIED = "replied"
    """They wrote to the number that it came from."""
    OPTED_OUT = "opted_out"
    """They said STOP, or chose at the provider to get no more."""


_STATEMENTS: Final = {Answer.REPLIED: "answered", Answer.OPTED_OUT: "opted_out_after"}


_looks: Looks[tuple[str, int, datetime, str], tuple[int, ...]] = Looks()


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
    return _looks.at(key, lambda: _look(batch, answer), clock=clock)


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
