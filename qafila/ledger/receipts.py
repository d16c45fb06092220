"""Applies receipts to messages: many in one statement, only forward, each only over its own provider account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from qafila.kit.statements import statement
from qafila.ledger.states import State


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One receipt.

    :ivar provider_account_id: the account over whose webhook it came; messages of other accounts are not touched.
    :ivar message_id: with :attr:`number` from our own attempt id (``attempt_ids.read``), else None.
    :ivar state: SENT, FAILED, DELIVERED or READ.
    :ivar reason: for FAILED: the wording code that the message gets.
    :ivar failure: for FAILED: its class (``providers.interface.Failure``), for whoever acts on it; not stored.
    :ivar code: with :attr:`detail`, for FAILED: the vendor's own, for the record of the attempt.
    """

    provider_account_id: int
    provider_id: str
    state: State
    at: datetime
    message_id: int | None = None
    number: int | None = None
    reason: str | None = None
    failure: str | None = None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the receipt at :attr:`position` of those given. One without an entry matched no message.

    :ivar change: how its message changed by this call; None if it did not.
    :ivar state: where a failure found the message before this call; None for other receipts.
    """

    position: int
    message_id: int
    sender_id: int
    change: Change | None
    state: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """A message that moved, or of which a time or the provider's id became known (then the states are equal)."""

    contact_id: int | None
    address: str
    old_state: int
    new_state: int


async def apply(connection: AsyncConnection[Any], rows: Sequence[ReceiptRow]) -> list[Applied]:
    """Applies receipts in the caller's transaction, in any order and with any duplicates: the same rows result.

    A receipt settles an uncertain, sending or even queued message. A failure of an attempt that is not the message's
    last changes nothing; nor does one that comes after a delivery, or again after somebody retried the message.
    """
    if not rows:
        return []
    cursor = await connection.execute(statement("qafila.ledger", "receipts"), _arrays(rows))
    matched: list[tuple[int, int, int]] = []
    changes: dict[int, Change] = {}
    states: dict[int, int] = {}
    for kind, position, message_id, sender_id, *change in await cursor.fetchall():
        if kind == "matched":
            matched.append((position, message_id, sender_id))
        elif kind == "changed":
            changes[message_id] = Change(*change)
        else:
            states[message_id] = change[-1]
    return [
        Applied(position, message_id, sender_id, changes.get(message_id), states.get(message_id))
        for position, message_id, sender_id in matched
    ]


def _arrays(rows: Sequence[ReceiptRow]) -> dict[str, list[Any]]:
    return {
        "accounts": [row.provider_account_id for row in rows],
        "message_ids": [row.message_id for row in rows],
        "numbers": [row.number for row in rows],
        "provider_ids": [row.provider_id for row in rows],
        "states": [int(row.state) for row in rows],
        "ats": [row.at for row in rows],
        "reasons": [row.reason for row in rows],
        "codes": [row.code for row in rows],
        "details": [row.detail for row in rows],
    }
