"""A fake gateway in a thread of its own, for tests whose calls are made from synchronous code."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator

from tests.providers.conformance.fake import FakeGateway, Reply


@contextlib.contextmanager
def beside(reply: Reply) -> Iterator[FakeGateway]:
    """It answers until the block ends."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    gateway = FakeGateway(reply)
    over = asyncio.Event()

    async def serve() -> None:
        async with gateway:
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="fake gateway")
    thread.start()
    try:
        assert ready.wait(10)
        yield gateway
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()
