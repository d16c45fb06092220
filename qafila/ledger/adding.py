"""Rows that are added to a batch which stands already: what of them it has, and that it does not finish meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import md5
from typing import Any

import orjson
from django.db import connection

from qafila.kit.statements import statement
from qafila.ledger.models import Batch, Message


@dataclass(frozen=True, slots=True)
class Said:
    """What one row would say to one person."""

    contact_id: int
    body: str
    params: Any = None


def unseal_batch(*, batch_id: int) -> None:
    """Rows will be added by later calls: until it is sealed again (``actions.seal_batch``) it does not finish."""
    Batch.objects.filter(pk=batch_id).update(sealed=False)


def last_row_number(batch: Batch) -> int:
    """The number of the batch's last row; 0: it has none."""
    rows = Message.objects.filter(pk=batch.last_id or 0, batch_id=batch.pk)
    return rows.values_list("row_number", flat=True).first() or 0


def standing_rows(batch: Batch, rows: Sequence[Said], *, once_per_person: bool = False) -> dict[int, int]:
    """Which of these rows the batch has already: place among them, from 0, to the row number of the earliest that stands there.

    The same as in ``actions.skip_duplicates``; but what was cancelled does not count, since it is not sent any more and
    cannot be queued again.

    :param once_per_person: whatever the text.
    """
    if not rows or batch.first_id is None:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.ledger", "standing_rows"),
            {
                "batch": batch.pk,
                "contacts": [row.contact_id for row in rows],
                "bodies": [_digest(row.body) for row in rows],
                "params": [None if row.params is None else orjson.dumps(row.params).decode() for row in rows],
                "any_text": once_per_person,
            },
        )
        return {place - 1: number or 0 for place, number in cursor.fetchall()}


def _digest(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
