"""How calls to gateways leave the house: through the guarded door, one for each event loop and set of allowed networks."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Mapping
from typing import Final, Protocol

from qafila.kit.http import Answer, Door
from qafila.providers.credentials import Credentials

LONGEST_SECONDS: Final = 60.0
BODY_LIMIT: Final = 1 << 20


class Way(Protocol):
    """What calls go through: a :class:`~qafila.kit.http.Door`, or a plain client in a rehearsal."""

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float) -> Answer:
        """Sends a body once."""
        ...

    async def put(self, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float) -> Answer:
        """Writes once."""
        ...

    async def get(self, url: str, *, headers: Mapping[str, str], timeout: float) -> Answer:
        """Asks once."""
        ...

    async def delete(
        self, url: str, *, headers: Mapping[str, str], body: bytes | None = None, timeout: float
    ) -> Answer:
        """Deletes once."""
        ...


_doors: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, ...], Door]] = (
    weakref.WeakKeyDictionary()
)


def of(to: Credentials) -> Door:
    """The running loop's door for an account."""
    loop = asyncio.get_running_loop()
    doors = _doors.get(loop)
    if doors is None:
        doors = _doors[loop] = {}
    door = doors.get(to.allowed_networks)
    if door is None:
        door = doors[to.allowed_networks] = Door(
            allowed_networks=to.allowed_networks,
            longest_seconds=LONGEST_SECONDS,
            body_limit=BODY_LIMIT,
            connections=256,
        )
    return door


async def close_all() -> None:
    """Closes the running loop's doors. For the end of a process or of a short errand."""
    for door in _doors.pop(asyncio.get_running_loop(), {}).values():
        await door.close()
