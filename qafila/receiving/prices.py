"""What messages cost, as receipts say it: kept once a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection

from qafila.kit.statements import statement


@dataclass(frozen=True, slots=True)
class Priced:
    """A matched receipt that speaks of a price. ``price``: as ``StatusEvent.price``."""

    message_id: int
    business_id: int
    sender_id: int
    at: datetime
    price: Mapping[str, Any]


async def keep(connection: AsyncConnection[Any], found: Sequence[Priced]) -> None:
    """Keeps them in the caller's transaction; again: no effect."""
    if not found:
        return

    def texts(key: str) -> list[str]:
        return [str(one.price.get(key) or "") for one in found]

    await connection.execute(
        statement("qafila.receiving", "keep_prices"),
        {
            "message_ids": [one.message_id for one in found],
            "businesses": [one.business_id for one in found],
            "senders": [one.sender_id for one in found],
            "ats": [one.at for one in found],
            "billables": [one.price.get("billable") for one in found],
            "models": texts("model"),
            "types": texts("type"),
            "categories": texts("category"),
            "conversations": texts("conversation"),
            "origins": texts("origin"),
            "expires": [_moment(one.price.get("expires")) for one in found],
        },
    )


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None
