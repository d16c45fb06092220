"""Keeps what is neither receipt nor message, and what could not be used: nothing that a provider says is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from qafila.kit.statements import statement
from qafila.receiving.rules import kinds
from qafila.receiving.values import Account, Kept, Trouble

Connection = AsyncConnection[Any]
MOST_KINDS_NAMED = 10


async def keep_all(connection: Connection, rows: Sequence[Kept]) -> list[Kept]:
    """Stores what is new, in the caller's transaction, and answers with that."""
    rows = list(dict.fromkeys(rows))
    if not rows:
        return []
    cursor = await connection.execute(
        statement("qafila.receiving", "keep"),
        {
            "businesses": [row.business_id for row in rows],
            "accounts": [row.provider_account_id for row in rows],
            "kinds": [row.kind for row in rows],
            "known": [row.known for row in rows],
            "ats": [row.at for row in rows],
            "payloads": [row.payload for row in rows],
            "reasons": [row.reason for row in rows],
            "digests": [row.digest for row in rows],
        },
    )
    new = {(account, bytes(digest)) for account, digest in await cursor.fetchall()}
    return [row for row in rows if (row.provider_account_id, row.digest) in new]


def alerts_for(new: Sequence[Kept], accounts: dict[int, Account]) -> list[Trouble]:
    """What a person should hear of: kinds that nobody here knows, numbers that nobody entered, items that are unreadable."""
    found: list[Trouble] = []
    unknown: dict[int, Counter[str]] = {}
    per_account: Counter[tuple[int, int, str]] = Counter()
    for row in new:
        if not row.known:
            unknown.setdefault(row.business_id, Counter())[row.kind] += 1
        elif row.kind in (kinds.UNKNOWN_NUMBER, kinds.UNREADABLE_ITEM, kinds.UNREADABLE_WEBHOOK):
            per_account[row.business_id, row.provider_account_id, row.kind] += 1
    for business_id, counted in sorted(unknown.items()):
        params = {
            "kinds": [kind for kind, _ in counted.most_common(MOST_KINDS_NAMED)],
            "count": counted.total(),
        }
        found.append(Trouble("unknown_webhooks", business_id, "info", params))
    for (business_id, account_id, kind), count in sorted(per_account.items()):
        account = accounts.get(account_id)
        subject = ("provider_account", account.public_id) if account else ("", "")
        code = "webhook_for_unknown_number" if kind == kinds.UNKNOWN_NUMBER else "unreadable_webhook_items"
        found.append(Trouble(code, business_id, "warning", {"count": count}, subject))
    return found
