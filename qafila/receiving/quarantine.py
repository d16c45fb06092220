"""Webhooks that cannot be handled: tried alone, then put aside with the reason, until somebody lets them try again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from qafila.kit.logs import get_logger
from qafila.kit.statements import statement
from qafila.providers.reading import excerpt
from qafila.receiving import keeping
from qafila.receiving.rules import kinds
from qafila.receiving.values import Account, Trouble, keep

log = get_logger(__name__)

MOST_ATTEMPTS = 3
REASON = "This webhook could not be handled and was put aside. Its body is kept with the raw webhooks."


async def note(
    connection: AsyncConnection[Any], key: tuple[datetime, int], trouble: str, *, now: datetime
) -> Trouble | None:
    """Counts an attempt in vain, in the caller's transaction.

    :param key: arrival and id of the webhook. :param trouble: the failure's name, without content.
    :returns: the alert to raise when that was the last attempt.
    """
    received_at, id_ = key
    cursor = await connection.execute(
        statement("qafila.receiving", "note_trouble"),
        {"received_at": received_at, "id": id_, "trouble": trouble[:300], "now": now, "most": MOST_ATTEMPTS},
    )
    row = await cursor.fetchone()
    if row is None or not row[0]:
        return None
    _, account_id, business_id, size, beginning = row
    account = Account(account_id, "", business_id, "", {})
    payload = {
        "webhook": id_,
        "received_at": received_at.isoformat(),
        "bytes": size,
        "excerpt": excerpt(beginning),
    }
    reason = f"{REASON} ({trouble})"
    kept = keep(account, kinds.UNREADABLE_WEBHOOK, payload=payload, at=received_at, now=now, reason=reason)
    await keeping.keep_all(connection, [kept])
    log.error("A webhook was put aside", webhook=id_, cause=trouble)
    return Trouble("webhook_put_aside", business_id, "warning", {"webhook": id_, "cause": trouble})


async def try_again(connection: AsyncConnection[Any]) -> int:
    """Lets every webhook that was put aside try again, for instance after an update. Returns how many."""
    cursor = await connection.execute(
        "UPDATE receiving_rawwebhook SET handled_at = NULL, attempts = 0, trouble = NULL "
        "WHERE handled_at IS NOT NULL AND trouble IS NOT NULL"
    )
    return cursor.rowcount
