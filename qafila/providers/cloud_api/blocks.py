"""People whose messages Meta keeps from a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qafila.providers.cloud_api.graph import Graph
from qafila.providers.interface import Credentials
from qafila.providers.reading import is_number, member, words


class Blocks(Graph):
    """The part of the provider that is about blocking. Meta lets only people be blocked who wrote in the last 24 hours."""

    async def block(self, to: Credentials, people: Sequence[str]) -> list[str]:
        """Blocks people (digits or user ids); those for whom it worked. Raises :class:`ProviderError`."""
        found = await self._post(to, to.sender_ref, "block_users", body=_asked(people), hide=people)
        return _done(found, "added_users")

    async def unblock(self, to: Credentials, people: Sequence[str]) -> list[str]:
        """The other way round."""
        found = await self._delete(to, to.sender_ref, "block_users", body=_asked(people), hide=people)
        return _done(found, "removed_users")

    async def blocked(self, to: Credentials) -> list[str]:
        """Everybody whom this number has blocked."""
        rows = self._pages(to, to.sender_ref, "block_users", query={"limit": "100"})
        found = [words(row.get("wa_id")) or words(row.get("user_id")) async for row in rows]
        return [one for one in found if one]


def _asked(people: Sequence[str]) -> dict[str, Any]:
    listed = [{"user" if is_number(one.lstrip("+")) else "user_id": one} for one in people]
    return {"messaging_product": "whatsapp", "block_users": listed}


def _done(found: dict[str, Any], key: str) -> list[str]:
    rows = member(found, "block_users", key)
    listed = [
        words(member(row, "wa_id")) or words(member(row, "user_id")) or words(member(row, "input"))
        for row in (rows if isinstance(rows, list) else [])
    ]
    return [one for one in listed if one]
