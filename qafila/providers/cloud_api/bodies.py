"""The part of a request that is the message itself, for every kind of content; checked, so that Meta has nothing to refuse."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from qafila.providers.cloud_api import files_sent, interactive, limits, templates_sent
from qafila.providers.contents import Contacts, Content, Location, Media, Reaction, Template, Text

Shaped = tuple[str, Any]
"""Meta's type of the message, and the object (or list) under that name."""

_NAMES = ("first_name", "last_name", "middle_name", "prefix", "suffix")


def shape(content: Content) -> Shaped:
    """Type and object of a content. Raises :class:`ProviderError` (CONTENT) with a code of ``limits``."""
    match content:
        case Text(body=body, preview_url=preview):
            return "text", {"body": limits.text(body, "text", limits.TEXT), "preview_url": preview}
        case Template():
            return "template", templates_sent.template(content)
        case Media():
            return content.kind.value, files_sent.media(content)
        case Reaction(message_id=target, emoji=emoji):
            limits.text(target, "id of the message to react to", 512)
            return "reaction", {
                "message_id": target,
                "emoji": limits.text(emoji, "emoji", limits.EMOJI, must=False),
            }
        case Location():
            return "location", _location(content)
        case Contacts():
            return "contacts", _contacts(content)
        case _:
            return "interactive", interactive.shape(content)


def _location(place: Location) -> dict[str, Any]:
    if not (_within(place.latitude, 90) and _within(place.longitude, 180)):
        raise limits.refuse(
            limits.MALFORMED, "A latitude is from -90 to 90 degrees, a longitude from -180 to 180."
        )
    shaped: dict[str, Any] = {"latitude": place.latitude, "longitude": place.longitude}
    for key, value in (("name", place.name), ("address", place.address)):
        if value:
            shaped[key] = limits.text(value, f"{key} of the place", limits.PLACE)
    if "address" in shaped and "name" not in shaped:
        raise limits.refuse(
            limits.EMPTY, "The name of the place is empty; its address shows only with a name."
        )
    return shaped


def _within(value: float, most: float) -> bool:
    return math.isfinite(value) and -most <= value <= most


def _contacts(content: Contacts) -> list[Mapping[str, Any]]:
    limits.count(content.cards, "business cards", limits.CARDS)
    for card in content.cards:
        name = card.get("name")
        if not isinstance(name, Mapping) or not isinstance(name.get("formatted_name"), str):
            raise limits.refuse(limits.MALFORMED, "A business card needs a name with a formatted_name.")
        limits.text(name["formatted_name"], "name on the business card", limits.PLACE)
        if not any(name.get(part) for part in _NAMES):
            detail = (
                "The name on a business card needs a first_name or a last_name besides its formatted_name."
            )
            raise limits.refuse(limits.MALFORMED, detail)
        for key in ("phones", "emails", "urls", "addresses"):
            if not isinstance(card.get(key, []), list):
                raise limits.refuse(limits.MALFORMED, f"The {key} of a business card are a list.")
    return list(content.cards)
