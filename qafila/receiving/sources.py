"""Where webhooks come from: provider accounts and their numbers, and who we are ourselves."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import AsyncConnection

from qafila.kit.statements import statement
from qafila.receiving.values import Account, Number


async def accounts(connection: AsyncConnection[Any], ids: Collection[int]) -> dict[int, Account]:
    """The accounts of these row ids, with their numbers; one that is gone has no entry."""
    cursor = await connection.execute(statement("qafila.receiving", "accounts"), {"ids": sorted(ids)})
    found: dict[int, Account] = {}
    numbers: dict[int, dict[str, Number]] = {}
    for (
        account_id,
        public_id,
        business_id,
        kind,
        config,
        sender_id,
        sender_public_id,
        name,
        ref,
    ) in await cursor.fetchall():
        if account_id not in found:
            numbers[account_id] = {}
            found[account_id] = Account(account_id, public_id, business_id, kind, numbers[account_id], config)
        if sender_id is not None:
            # Without a reference yet, a number takes part under its own id, which no webhook names.
            numbers[account_id][ref or f"sender {sender_id}"] = Number(sender_id, sender_public_id, name)
    return found


async def installation_key(connection: AsyncConnection[Any]) -> str:
    """``ledger.Installation.key``."""
    cursor = await connection.execute("SELECT key FROM ledger_installation WHERE id = 1")
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("The ledger has no installation key; migrations make it: run `qafila migrate`.")
    return str(row[0])
