"""The token of a session: made by the server from its SECRET_KEY, kept in memory, made anew when it is refused."""

from __future__ import annotations

import asyncio
import weakref
from collections import OrderedDict
from typing import Final

from qafila.providers.credentials import Credentials
from qafila.providers.failures import Failure, ProviderError, Scope
from qafila.providers.reading import words
from qafila.providers.talking import Line, address, object_in, unclear

MOST_KEPT: Final = 10_000
_MADE: Final = ("$2a$", "$2b$", "$2y$")


_Key = tuple[str, str, str]


class Tokens:
    """One a provider. What was given as a token that the server made is used as it is."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._kept: OrderedDict[_Key, str] = OrderedDict()
        self._making: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Key, asyncio.Lock]] = (
            weakref.WeakKeyDictionary()
        )

    async def of(self, to: Credentials) -> str:
        """The session's token. Raises :class:`ProviderError`: ACCOUNT ``secret_key_wrong`` …"""
        if to.token.startswith(_MADE):
            return to.token
        if (known := self._kept.get(_key(to))) is not None:
            return known
        # Many messages at once need one token; making one is hard work for the server.
        locks = self._making.setdefault(asyncio.get_running_loop(), {})
        async with locks.setdefault(_key(to), asyncio.Lock()):
            known = self._kept.get(_key(to))
            if known is None:
                known = self._kept[_key(to)] = await self._make(to)
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
        locks.pop(_key(to), None)
        return known

    def forget(self, to: Credentials) -> bool:
        """After a refusal; whether there was one of ours to forget, so that a new one may help."""
        return self._kept.pop(_key(to), None) is not None

    async def _make(self, to: Credentials) -> str:
        """The key stands in the path there: nothing of that address is kept."""
        url = address(to, "api", to.sender_ref, to.token or "-", "generate-token")
        answer = await self._line.ask("POST", to, url, headers={})
        found = object_in(answer)
        token = words(found.get("token"))
        if answer.status == 201 and token:
            return token
        if answer.status == 400 and found.get("response") is False:
            raise ProviderError(
                Failure.ACCOUNT,
                "secret_key_wrong",
                "The server says that the SECRET_KEY is incorrect.",
                scope=Scope.ACCOUNT,
                raw={"status": 400},
            )
        raise not_begun(unclear(answer))


def not_begun(error: ProviderError) -> ProviderError:
    """For a fault before the request that matters was made: that one was not sent, whatever became of this one."""
    if error.failure is not Failure.UNKNOWN:
        return error
    return ProviderError(Failure.TEMPORARY, error.code, error.detail, raw=error.raw)


def _key(to: Credentials) -> _Key:
    return to.base_url, to.sender_ref, to.token
