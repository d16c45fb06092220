"""What the gateway sends, in its words."""

from __future__ import annotations

from typing import Any, Final

from qafila.providers.contents import Content, Location, Reaction, Text
from qafila.providers.failures import Failure, ProviderError

KINDS: Final = frozenset({"text", "location", "reaction"})


def content(given: Content) -> dict[str, Any]:
    """A content for the gateway. Raises :class:`ProviderError` (CONTENT ``content_not_possible``) before any call."""
    match given:
        case Text(body):
            return {"kind": "text", "text": body}
        case Location(latitude, longitude, name, address):
            place = {"latitude": latitude, "longitude": longitude, "name": name, "address": address}
            return {"kind": "location", **place}
        case Reaction(message_id, emoji):
            return {"kind": "reaction", "message_id": message_id, "emoji": emoji}
    raise ProviderError(
        Failure.CONTENT,
        "content_not_possible",
        "A phone-linked number sends only text, a location or a reaction here.",
    )


def words_in(given: Content) -> tuple[str, ...]:
    """What of it must not stand in an error."""
    match given:
        case Text(body):
            return (body,)
        case Location(name=name, address=address):
            return (name, address)
    return ()
