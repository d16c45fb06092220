"""An ASGI guard in front of Django, which would write a body of any size to disk before it asks who sent it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from qafila.api.bodies import most_bytes
from qafila.api.refusals import fault
from qafila.kit.ids import random_base62
from qafila.wording import pick_language

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class BodyLimit:
    """Answers 413 as soon as a body is, or says it will be, over the limit of its address (``bodies.most_bytes``)."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = most_bytes(scope["path"])
        headers = {name.lower(): value for name, value in scope["headers"]}
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > most:
            await _refuse(scope, headers, most, send)
            return
        seen = 0
        over = False

        async def counted() -> Message:
            nonlocal seen, over
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > most:
                    over = True
                    return {"type": "http.disconnect"}
            return message

        async def unless_refused(message: Message) -> None:
            if not over:
                await send(message)

        await self._app(scope, counted, unless_refused)
        if over:
            await _refuse(scope, headers, most, send)


async def _refuse(scope: Scope, headers: dict[bytes, bytes], most: int, send: Send) -> None:
    del scope
    language = pick_language(headers.get(b"accept-language", b"").decode("latin-1"))
    error = fault("body_too_large", language, params={"limit": f"{most // 1_000_000} MB"})
    error["requestId"] = random_base62(20)
    body = orjson.dumps({"error": error})
    await send(
        {
            "type": "http.response.start",
            "status": 413,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
