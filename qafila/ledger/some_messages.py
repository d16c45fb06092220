"""A person's verbs on single messages, or on some of them at once: each moves only what still stands as it should."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from qafila.kit.statements import statement


def retry_some(*, business_id: int, message_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Queues these messages again, where they failed and their batch was not cancelled. Returns how many by batch.

    Call ``dispatch.actions.resume_flow`` for each batch afterwards.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.ledger", "retry_some"),
            {"business": business_id, "ids": list(message_ids), "now": now},
        )
        return dict(cursor.fetchall())


def cancel_messages(*, business_id: int, message_ids: Sequence[int], now: datetime) -> int:
    """Cancels those of these messages that are queued; what a lane just takes is left to it. Returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.ledger", "cancel_messages"),
            {"business": business_id, "ids": list(message_ids), "now": now},
        )
        return int(cursor.fetchone()[0])
