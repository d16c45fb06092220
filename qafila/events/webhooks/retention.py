"""Letting old deliveries go."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from qafila.kit.statements import statement


def remove_old(*, before: datetime, limit: int) -> int:
    """Deletes messages from before that moment that nothing waits for, with deliveries and tries; at most ``limit``; how many."""
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.events.webhooks", "remove_old"), {"before": before, "most": limit})
        return int(cursor.rowcount)
