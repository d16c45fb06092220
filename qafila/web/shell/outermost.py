"""The security headers on what does not come from Django: webhooks' answers, refused bodies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any

from qafila.web.shell.headers import headers_for

Message = MutableMapping[str, Any]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]


@lru_cache(maxsize=64)
def _encoded(content_type: str, is_secure: bool) -> tuple[tuple[bytes, bytes], ...]:
    found = headers_for(content_type, is_secure=is_secure)
    return tuple((name.lower().encode(), value.encode()) for name, value in found.items())


class Outermost:
    """An ASGI application around all others; adds to each answer the headers that it lacks.

    :param is_https: people reach this installation over HTTPS, whatever a proxy speaks to us.
    """

    def __init__(self, inner: Asgi, *, is_https: bool) -> None:
        self._inner = inner
        self._is_https = is_https

    async def __call__(
        self, scope: Message, receive: Any, send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        is_secure = self._is_https or scope.get("scheme") == "https"

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", []))
                there = {name.lower(): value for name, value in given}
                kind = there.get(b"content-type", b"").decode("latin-1")
                given += [pair for pair in _encoded(kind, is_secure) if pair[0] not in there]
                message = {**message, "headers": given}
            await send(message)

        await self._inner(scope, receive, sending)
