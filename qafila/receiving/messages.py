"""What people send us: into the ledger once, with the contact, the 24-hour window, and the wish to stop or to resume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from qafila.ledger import incoming
from qafila.ledger.incoming import IncomingRow
from qafila.receiving import telling
from qafila.receiving.people import Alias
from qafila.receiving.reading import LONGEST_ID
from qafila.receiving.rules.identities import PHONE, USERNAME, Person, is_number
from qafila.receiving.rules.wishes import spoken
from qafila.receiving.telling import Told
from qafila.receiving.values import Account, FoundMessage, Number, Said, as_json

SYSTEM = "system"
"""The vendor speaks: a person changed the number."""


async def store(
    connection: AsyncConnection[Any],
    messages: Sequence[FoundMessage],
    contacts: Mapping[Person, int],
    *,
    now: datetime,
) -> tuple[list[Told], list[Said], list[Alias]]:
    """Stores what is new, in the caller's transaction.

    :param contacts: the contact of every person who wrote (``people.find_or_make``).
    :returns: events to write; wishes and identities to record. What was stored before has no further effect.
    """
    if not messages:
        return [], [], []
    rows = [_row(message, contacts[message.person], now) for message in messages]
    new: dict[tuple[int, int], tuple[Account, Number, list[int]]] = {}
    wishes: list[Said] = []
    aliases: list[Alias] = []
    for stored in await incoming.store(connection, rows, now=now):
        message, row = messages[stored.position], rows[stored.position]
        key = (message.account.id, message.number.sender_id)
        new.setdefault(key, (message.account, message.number, []))[2].append(stored.message_id)
        event = message.event
        if found := spoken(event.kind, event.text, event.choice):
            wish, words = found
            at = min(event.at, now)
            wishes.append(Said(row.business_id, row.contact_id, wish, "message", words.strip()[:100], at))
        if message.person.username:
            aliases.append(Alias(row.business_id, row.contact_id, USERNAME, message.person.username))
        moved_to = message.event.aliases.get("new_phone", "")
        if message.event.kind == SYSTEM and is_number(moved_to):
            aliases.append(Alias(row.business_id, row.contact_id, PHONE, moved_to))
    return [telling.received(*one) for _, one in sorted(new.items())], wishes, aliases


def _row(message: FoundMessage, contact_id: int, now: datetime) -> IncomingRow:
    event = message.event
    reply_to = event.reply_to if event.reply_to and len(event.reply_to) <= LONGEST_ID else None
    return IncomingRow(
        business_id=message.account.business_id,
        sender_id=message.number.sender_id,
        contact_id=contact_id,
        address=message.person.keys[0][1],
        body=event.text,
        provider_id=event.provider_id,
        at=min(event.at, now),
        detail=as_json(
            {"kind": event.kind, "choice": event.choice, "detail": event.detail, "payload": event.payload}
        ),
        reply_to=reply_to,
        opens_window=event.opens_window,
    )
