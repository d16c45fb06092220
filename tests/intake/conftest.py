"""What tests of `intake` share: the application on the test database, and requests as a server hands them over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from qafila.intake.app import IntakeApp


@dataclass
class Reply:
    """What came back. ``status`` 0: nothing did."""

    status: int = 0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Client:
    """Asks an ASGI application without a server."""

    app: IntakeApp
    dawdling: int = 0
    """Requests whose body does not go on."""
    reads: int = 0
    """How often a part of a body was asked for."""

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        body: bytes | Sequence[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        query: str = "",
        stays: bool = False,
    ) -> Reply:
        """One request. ``body`` may be several parts. ``stays``: the body never ends."""
        parts = [body] if isinstance(body, bytes) else list(body)
        reply = Reply()

        async def receive() -> dict[str, Any]:
            self.reads += 1
            if not parts:
                if stays:
                    self.dawdling += 1
                    await asyncio.Event().wait()
                return {"type": "http.disconnect"}
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts) or stays}

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                reply.status = message["status"]
                reply.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                reply.body += message.get("body", b"")

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        }
        await self.app(scope, receive, send)
        return reply


@pytest.fixture
def talk(dsn: str) -> Callable[..., Any]:
    """Runs a conversation (``async def (client)``) with an application of its own, which is closed afterwards."""
    from qafila.intake.app import IntakeApp

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"inner"})

    def run(conversation: Callable[[Client], Awaitable[Any]], *, where: str = "", **options: Any) -> Any:
        async def go() -> Any:
            app = IntakeApp(where or dsn, inner, **options)
            try:
                return await conversation(Client(app))
            finally:
                await app.close()

        return asyncio.run(go())

    return run


@pytest.fixture(autouse=True)
def no_webhooks_left(db: None) -> Iterator[None]:
    """Django does not manage the table of raw webhooks, so it does not empty it either."""
    from django.db import connection

    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE receiving_rawwebhook")
