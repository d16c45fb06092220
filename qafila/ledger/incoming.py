"""What comes from outside: messages of people (state ``received``), and what the business sent from its phone app (``sent``).

Both are rows of the same ledger, in their sender's open batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from qafila.kit.statements import statement

_OPEN = """SELECT target_id, min(id) FROM ledger_batch
    WHERE target_kind = 1 AND target_id = ANY(%(senders)s) AND priority = 1 AND state = 6 GROUP BY 1"""
# A lock for each sender that lasts to the end of the transaction: whoever comes second finds the batch.
_LOCK = """SELECT pg_advisory_xact_lock(hashtextextended('ledger.open_batch', k))
    FROM (SELECT unnest(%(senders)s::bigint[]) ORDER BY 1) AS s (k)"""


@dataclass(frozen=True, slots=True)
class IncomingRow:
    """One message that a person sent.

    :ivar detail: what the text does not say: ``{"kind", "choice", "detail", "payload"}`` as ``InboundEvent`` has them, the
        payload as the vendor sent it; JSON as text.
    :ivar at: when the person sent it, as the provider says.
    :ivar opens_window: whether the sender may answer with free text for 24 hours from then on.
    """

    business_id: int
    sender_id: int
    contact_id: int
    address: str
    body: str
    provider_id: str
    at: datetime
    detail: str
    reply_to: str | None = None
    opens_window: bool = True


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A message that was new; :attr:`position` is its place among those given."""

    message_id: int
    position: int


async def open_batches(
    connection: AsyncConnection[Any], sender_ids: Iterable[int], *, now: datetime
) -> dict[int, int]:
    """The open batch of each sender (sender id to batch id); made on demand, one a sender, whoever asks at the same time.

    Runs in the caller's transaction, before it locks anything else. An unknown sender has no entry.
    """
    wanted = sorted(set(sender_ids))
    found = await _open_among(connection, wanted)
    missing = [sender for sender in wanted if sender not in found]
    if missing:
        await connection.execute(_LOCK, {"senders": missing})
        await connection.execute(statement("qafila.ledger", "open_batches"), {"senders": missing, "now": now})
        found |= await _open_among(connection, missing)
    return found


async def store(
    connection: AsyncConnection[Any], rows: Sequence[IncomingRow], *, now: datetime
) -> list[StoredRow]:
    """Stores what is new and opens windows; in the caller's transaction. What was stored before is left out of the answer."""
    known, parameters = await _parameters(connection, rows, now)
    if not known:
        return []
    parameters["opens"] = [row.opens_window for _, row in known]
    cursor = await connection.execute(statement("qafila.ledger", "store_incoming"), parameters)
    return [StoredRow(message_id, known[position][0]) for message_id, position in await cursor.fetchall()]


async def store_echoes(
    connection: AsyncConnection[Any], rows: Sequence[IncomingRow], *, now: datetime
) -> list[StoredRow]:
    """Stores what the business sent from its phone app, what is new of it; in the caller's transaction, after receipts.

    ``opens_window`` does not count: only a person opens a window.
    """
    known, parameters = await _parameters(connection, rows, now)
    if not known:
        return []
    cursor = await connection.execute(statement("qafila.ledger", "store_echoes"), parameters)
    return [StoredRow(message_id, known[position][0]) for message_id, position in await cursor.fetchall()]


async def _parameters(
    connection: AsyncConnection[Any], rows: Sequence[IncomingRow], now: datetime
) -> tuple[list[tuple[int, IncomingRow]], dict[str, Any]]:
    """Rows of senders that there are, with their places, and the arrays of a statement."""
    batches = await open_batches(connection, (row.sender_id for row in rows), now=now)
    known = [(place, row) for place, row in enumerate(rows) if row.sender_id in batches]
    return known, {
        "businesses": [row.business_id for _, row in known],
        "batches": [batches[row.sender_id] for _, row in known],
        "senders": [row.sender_id for _, row in known],
        "contacts": [row.contact_id for _, row in known],
        "addresses": [row.address[:128] for _, row in known],
        "bodies": [row.body for _, row in known],
        "details": [row.detail for _, row in known],
        "provider_ids": [row.provider_id for _, row in known],
        "replies_to": [row.reply_to for _, row in known],
        "ats": [min(row.at, now) for _, row in known],
        "now": now,
    }


async def _open_among(connection: AsyncConnection[Any], sender_ids: Sequence[int]) -> dict[int, int]:
    cursor = await connection.execute(_OPEN, {"senders": list(sender_ids)})
    return dict(await cursor.fetchall())
