"""Which pages should look again: topics, told to every web process by ``NOTIFY`` about once a second.

A topic names what changed (``batch:<public id>``, ``senders``, ``alerts``, ``queue``, ``dashboard``), never how: the page
asks for its part again, with its own person's rights. So nothing but ids goes through the database's ear.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from typing import Final

from django.db import connection

CHANNEL: Final = "qafila_live"
LONGEST_PAYLOAD: Final = 7_500
"""Bytes of one NOTIFY; PostgreSQL takes less than 8,000."""

_lock = threading.Lock()
_touched: set[tuple[int, str]] = set()


def touch(business_id: int, topic: str) -> None:
    """Remembers in this process that something changed; costs nothing, may be called for every message."""
    with _lock:
        _touched.add((business_id, topic))


def flush() -> int:
    """Tells of everything that was touched since the last call, in as few NOTIFYs as fit.

    :returns: how many topics. What cannot be told because the database is away is told the next time.
    """
    with _lock:
        told = sorted(_touched)
        _touched.clear()
    if not told:
        return 0
    try:
        _notify(told)
    except BaseException:
        with _lock:
            _touched.update(told)
        raise
    return len(told)


def notify_now(business_id: int, topic: str) -> None:
    """Tells of one topic when the present transaction commits; pages see it at once."""
    _notify([(business_id, topic)])


def payloads(told: Iterable[tuple[int, str]]) -> list[str]:
    """JSON texts ``[[business, topic], …]``, none longer than :data:`LONGEST_PAYLOAD` bytes."""
    texts: list[str] = []
    part: list[str] = []
    size = 2
    for business_id, topic in told:
        item = json.dumps([business_id, topic], separators=(",", ":"))
        if part and size + len(item) + 1 > LONGEST_PAYLOAD:
            texts.append(f"[{','.join(part)}]")
            part, size = [], 2
        part.append(item)
        size += len(item) + 1
    if part:
        texts.append(f"[{','.join(part)}]")
    return texts


def _notify(told: Iterable[tuple[int, str]]) -> None:
    with connection.cursor() as cursor:
        for text in payloads(told):
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, text])
