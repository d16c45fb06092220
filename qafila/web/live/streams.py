"""The process's hub, and the round that cuts streams of people who lost access."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections, connection
from psycopg.conninfo import make_conninfo

from qafila.web.live.access import Pass, still_good
from qafila.web.live.hub import Hub, Stream

log = logging.getLogger(__name__)

CHECK_SECONDS = 3.0
"""Between two looks at who may still listen; a stream is cut within 5 s."""


def _dsn() -> str:
    parts = connection.settings_dict
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {ours: parts[theirs] for ours, theirs in names.items() if parts.get(theirs)}
    return make_conninfo("", **given, **{k: v for k, v in parts.get("OPTIONS", {}).items() if k != "pool"})


hub = Hub(_dsn)
_passes: dict[Stream, Pass] = {}
_guards: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}


def enter(stream: Stream, its: Pass, *, since: datetime | None) -> None:
    """Opens a stream under a pass; see :meth:`Hub.join`."""
    loop = asyncio.get_running_loop()
    if loop not in _guards or _guards[loop].done():
        for old in [one for one in _guards if one.is_closed()]:
            del _guards[old]
        _guards[loop] = loop.create_task(_guard(), name="live-access")
    _passes[stream] = its
    hub.join(stream, since=since)


def leave(stream: Stream) -> None:
    """Closes it."""
    _passes.pop(stream, None)
    hub.leave(stream)


def end_all() -> None:
    """Ends every stream, for a process that stops."""
    hub.end_all()


async def _guard() -> None:
    """Runs while there are streams."""
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        if not _passes:
            return
        try:
            good = await sync_to_async(_look, thread_sensitive=False)(set(_passes.values()))
        except DatabaseError as exc:
            # Nobody is cut because the database is away; there is nothing to see then either.
            log.warning("access to live pages cannot be checked", extra={"cause": type(exc).__name__})
            continue
        for stream, its in list(_passes.items()):
            if its not in good:
                stream.end()


def _look(passes: set[Pass]) -> set[Pass]:
    try:
        return still_good(passes, now=datetime.now(UTC))
    finally:
        close_old_connections()
