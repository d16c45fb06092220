"""Rights: what a key or a role may do. Names are part of the API."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

EVERYTHING: Final = "*"
OWNER: Final = "owner"

SCOPES: Final[Mapping[str, str]] = {
    "contracts:read": "See contracts, broadcasts and their results.",
    "contracts:write": "Create, start, pause and delete contracts and broadcasts.",
    "accounts:read": "See senders, provider accounts, packages and directions.",
    "accounts:write": "Create and change senders, provider accounts, packages and directions; pause and resume them.",
    "numbers:write": "Keep the list of numbers and its default, and the directions.",
    "messages:read": "See messages and conversations.",
    "messages:write": "Send open messages (to more than 50 people: with contracts:write) and answer conversations.",
    "events:read": "See alerts and what happened.",
    "events:write": "Mark alerts as read, mute and delete them.",
    "webhooks:read": "See webhook endpoints and what was sent to them.",
    "webhooks:write": "Add, change and test webhook endpoints, replace their secrets, send again.",
    "admin": "Manage people, keys and settings of the business; see its audit log.",
    OWNER: "What puts the numbers or the business at risk: switch the own pace off, make other owners.",
}
"""Every right with what it allows. ``*`` stands for all of them."""

_READ: Final = frozenset(scope for scope in SCOPES if scope.endswith(":read"))

ROLE_SCOPES: Final[Mapping[str, frozenset[str]]] = {
    "owner": frozenset({EVERYTHING}),
    "admin": frozenset(SCOPES) - {OWNER},
    "agent": frozenset({"accounts:read", "contracts:read", "messages:read", "messages:write", "events:read"}),
    "read_only": _READ,
}
"""What a role may do, by the values of ``businesses.models.Role``."""

LEGACY_SCOPES: Final = frozenset(
    {
        "contracts:read",
        "contracts:write",
        "accounts:read",
        "numbers:write",
        "messages:read",
        "messages:write",
    }
)
"""What an old client without a key may do: the user's paths, without anything that manages access."""


def allows(scopes: Collection[str], needed: str) -> bool:
    """Whether a set of rights covers one. An unknown right is covered by nothing, not even by ``*``."""
    return needed in SCOPES and (EVERYTHING in scopes or needed in scopes)


def unknown(scopes: Collection[str]) -> list[str]:
    """Names that are no rights, sorted."""
    return sorted(set(scopes) - set(SCOPES) - {EVERYTHING})


def beyond(given: Collection[str], own: Collection[str]) -> list[str]:
    """Which rights somebody with ``own`` would hand out without having them, sorted."""
    if EVERYTHING in own:
        return []
    return sorted(set(given) - set(own))
