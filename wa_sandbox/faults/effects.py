"""Spoiling an answer on its way out. Each effect is one coroutine; all are called with the answer, if there is one."""

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send

from wa_sandbox.connection import EXTENSION, Connection
from wa_sandbox.faults.rules import Rule
from wa_sandbox.graph.answers import Answer

HOURS = 3600.0

_HTML_502 = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1>"
    b"</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


async def send_answer(send: Send, answer: Answer) -> None:
    """Send an answer whole."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


class Spoiler:
    """One request's way out. Without the server of this package the connection cannot be broken; then it just ends."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        extensions: dict[str, Any] = scope.get("extensions") or {}
        self.connection: Connection | None = extensions.get(EXTENSION)
        self.receive = receive
        self.send = send

    async def spoil(self, rule: Rule, answer: Answer | None) -> None:
        """Do what a rule says with an answer (None: the request was not processed)."""
        effect = rule.effect
        if effect == "processed_but_response_lost":
            await self._wait(rule.seconds or 0.0)
            await self._hang_up()
        elif effect == "reset_before":
            await self._hang_up(reset=True)
        elif effect == "black_hole":
            await self._wait(HOURS if rule.seconds is None else rule.seconds)
            await self._hang_up()
        elif effect == "http_500_bare":
            await send_answer(self.send, Answer(500, b"", [(b"content-length", b"0")]))
        elif effect == "html_502":
            headers = [(b"content-type", b"text/html"), (b"content-length", b"%d" % len(_HTML_502))]
            await send_answer(self.send, Answer(502, _HTML_502, headers))
        elif answer is not None and effect == "truncate":
            await self._start(answer)
            await self.send({"type": "http.response.body", "body": _half(answer.body), "more_body": True})
            await self._hang_up()
        elif answer is not None and effect == "slow_drip":
            await self._drip(
                answer, pieces=max(1, rule.pieces), seconds=5.0 if rule.seconds is None else rule.seconds
            )
        elif answer is not None:
            await send_answer(self.send, answer)

    async def _start(self, answer: Answer) -> None:
        await self.send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})

    async def _drip(self, answer: Answer, *, pieces: int, seconds: float) -> None:
        await self._start(answer)
        size = max(1, -(-len(answer.body) // pieces))
        chunks = [answer.body[i : i + size] for i in range(0, len(answer.body), size)]
        for chunk in chunks:
            await asyncio.sleep(seconds / len(chunks))
            await self.send({"type": "http.response.body", "body": chunk, "more_body": True})
        await self.send({"type": "http.response.body", "body": b""})

    async def _wait(self, seconds: float) -> None:
        """Wait so long, or until the client hangs up."""
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._until_gone()
        except TimeoutError:
            return

    async def _hang_up(self, *, reset: bool = False) -> None:
        if self.connection is None:
            return
        if reset:
            self.connection.reset()
        else:
            self.connection.close()
        await self._until_gone()

    async def _until_gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]
