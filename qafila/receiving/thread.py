"""Runs a synchronous action of another room beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls ``action`` in a thread; the database connection it opened there is closed at once, since the thread may rest long."""

    def call() -> T:
        try:
            return action(*args, **kwargs)
        finally:
            connection.close()

    return await asyncio.to_thread(call)
