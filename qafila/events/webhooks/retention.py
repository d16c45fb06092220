"""Letting old deliveries go, and what belonged to a deleted endpoint."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from qafila.kit.statements import statement

LANDED: Final = timedelta(minutes=10)
"""So long after an endpoint was deleted no worker has a delivery of it in the air any more."""


def remove_old(*, before: datetime, limit: int) -> int:
    """Deletes messages from before that moment that nothing waits for, with deliveries and tries; at most ``limit``; how many."""
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.events.webhooks", "remove_old"), {"before": before, "most": limit})
        return int(cursor.rowcount)


def remove_deleted(*, now: datetime, limit: int) -> int:
    """Removes what is left of deleted endpoints: at most ``limit`` deliveries with their tries, and last the endpoints
    themselves. How many rows; 0: nothing is left to do (or an endpoint was deleted just now)."""
    given: dict[str, Any] = {"before": now - LANDED, "most": limit}
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.events.webhooks", "remove_deleted"), given)
        count = int(cursor.rowcount)
        if not count:
            cursor.execute(statement("qafila.events.webhooks", "remove_endpoints"), given)
            count = int(cursor.rowcount)
    return count
