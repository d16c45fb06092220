"""How phone-linked gateways name people and messages: ``5511…@c.us``, ``…@lid``, ``true_5511…@c.us_3EB0…``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qafila.providers.reading import Unreadable, is_number, member, words

_PEOPLE = ("c.us", "s.whatsapp.net")


@dataclass(frozen=True, slots=True)
class Person:
    """Who: E.164 digits (or "") and other identities."""

    address: str
    aliases: dict[str, str]


def person(*names: Any) -> Person | None:
    """The person behind one or several names of the same chat; None for a group, a channel or a broadcast."""
    address, aliases = "", {}
    for name in names:
        user, _, server = words(name).partition("@")
        user = user.partition(":")[0].partition(".")[0]  # the device
        if server in _PEOPLE and is_number(user):
            address = address or user
        elif server == "lid" and is_number(user):
            aliases["lid"] = user
    return Person(address, aliases) if address or aliases else None


def chat_of(address: str) -> str:
    """The chat of a phone number, as WhatsApp Web names it."""
    return f"{address}@c.us"


def key(value: Any) -> tuple[bool, str, str]:
    """(from us, chat, the message's own id) of a message id, as text or as an object.

    :raises Unreadable: ``no_id``.
    """
    if isinstance(value, dict):
        serialized = words(value.get("_serialized"))
        own = words(value.get("id"))
        remote = value.get("remote")
        chat = words(remote) or words(member(remote, "_serialized"))
        if own and isinstance(value.get("fromMe"), bool):
            return value["fromMe"], chat, own[:200]
        value = serialized
    text = words(value)
    if not 0 < len(text) <= 400:
        raise Unreadable("no_id")
    parts = text.split("_")
    if len(parts) >= 3 and parts[0] in {"true", "false"}:
        return parts[0] == "true", parts[1], parts[2][:200]
    return True, "", text[:200]


def serialized(from_us: bool, chat: str, own: str) -> str:
    """The other way round."""
    return f"{str(from_us).lower()}_{chat}_{own}"
