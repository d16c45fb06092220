"""What a page may listen to, and the right that each topic needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

SCOPES: Final[Mapping[str, str]] = {
    "dashboard": "contracts:read",
    "campaigns": "contracts:read",
    "batch": "contracts:read",
    "queue": "messages:read",
    "senders": "accounts:read",
    "sender": "accounts:read",
    "alerts": "events:read",
    "webhooks": "webhooks:read",
    "import": "contracts:read",
    "export": "",
    "change": "",
    "team": "admin",
    "keys": "admin",
    "audit": "admin",
}
"""Word of a topic (before the colon) to a right; "" for every member."""

MOST: Final = 20
_TOPIC = re.compile(r"[a-z]{2,20}(?::[A-Za-z0-9_-]{1,64})?\Z")


def read(text: str) -> list[str] | None:
    """The topics of ``?topics=a,b:ID``; None where one is unknown or there are none or too many."""
    topics = list(dict.fromkeys(part.strip() for part in text[:2000].split(",") if part.strip()))
    if not topics or len(topics) > MOST:
        return None
    known = all(_TOPIC.match(topic) and topic.partition(":")[0] in SCOPES for topic in topics)
    return topics if known else None


def scope_of(topic: str) -> str:
    """The right that a known topic needs."""
    return SCOPES[topic.partition(":")[0]]
