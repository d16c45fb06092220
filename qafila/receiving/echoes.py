"""What the business sent from its phone app, beside us: into the ledger once, as sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from qafila.ledger import incoming
from qafila.ledger.incoming import IncomingRow
from qafila.receiving import telling
from qafila.receiving.reading import LONGEST_ID
from qafila.receiving.rules.identities import Person
from qafila.receiving.telling import Told
from qafila.receiving.values import Account, FoundEcho, Number, as_json


async def store(
    connection: AsyncConnection[Any],
    echoes: Sequence[FoundEcho],
    contacts: Mapping[Person, int],
    *,
    now: datetime,
) -> list[Told]:
    """Stores what is new, in the caller's transaction, after receipts; returns the events to write."""
    if not echoes:
        return []
    rows = [_row(echo, contacts[echo.person], now) for echo in echoes]
    new: dict[tuple[int, int], tuple[Account, Number, list[int]]] = {}
    for stored in await incoming.store_echoes(connection, rows, now=now):
        echo = echoes[stored.position]
        key = (echo.account.id, echo.number.sender_id)
        new.setdefault(key, (echo.account, echo.number, []))[2].append(stored.message_id)
    return [telling.echoed(*one) for _, one in sorted(new.items())]


def _row(echo: FoundEcho, contact_id: int, now: datetime) -> IncomingRow:
    event = echo.event
    detail = {"kind": event.kind, "detail": event.detail, "payload": event.payload, "source": "phone_app"}
    return IncomingRow(
        business_id=echo.account.business_id,
        sender_id=echo.number.sender_id,
        contact_id=contact_id,
        address=echo.person.keys[0][1],
        body=event.text,
        provider_id=event.provider_id,
        at=min(event.at, now),
        detail=as_json(detail),
        reply_to=event.reply_to if event.reply_to and len(event.reply_to) <= LONGEST_ID else None,
        opens_window=False,
    )
