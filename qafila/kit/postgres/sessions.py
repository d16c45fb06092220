"""What every connection of ours asks the server for, so that a process that stands still holds nobody up.

A process that is frozen (a suspended machine, SIGSTOP, a cable pulled out) in the middle of a transaction keeps its row
locks: without these limits for as long as the operating system keeps the connection, which may be hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from psycopg.conninfo import conninfo_to_dict, make_conninfo

IDLE_SECONDS: Final = 60
"""How long a transaction may stand still between two statements; a page that streams to a slow reader takes longest."""

SERVER_LIMITS: Final = {
    "tcp_keepalives_idle": "30",  # the server notices a client that is gone after about a minute
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""PostgreSQL's own names. What the owner's ``options`` in ``DATABASE_URL`` name already, stays theirs."""

CLIENT_LIMITS: Final = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
"""libpq's own names: we notice a server that is gone. What ``DATABASE_URL`` says itself, stays."""


def limited_parameters(
    parameters: Mapping[str, Any], *, idle_seconds: int = IDLE_SECONDS, lock_seconds: int = 0
) -> dict[str, Any]:
    """The parameters of a connection with the limits added.

    :param idle_seconds: see :data:`IDLE_SECONDS`.
    :param lock_seconds: how long a statement may wait for a lock; 0: as long as it takes.
    """
    limits = {"idle_in_transaction_session_timeout": f"{idle_seconds}s", **SERVER_LIMITS}
    if lock_seconds:
        limits["lock_timeout"] = f"{lock_seconds}s"
    options = str(parameters.get("options") or "")
    ours = [f"-c {name}={value}" for name, value in limits.items() if name not in options]
    return {**CLIENT_LIMITS, **parameters, "options": " ".join([options, *ours]).strip()}


def limited(dsn: str, *, idle_seconds: int = IDLE_SECONDS, lock_seconds: int = 0) -> str:
    """A connection string whose sessions have the limits, see :func:`limited_parameters`.

    :raises psycopg.ProgrammingError: it is no connection string.
    """
    parameters = conninfo_to_dict(dsn)
    return make_conninfo(
        "", **limited_parameters(parameters, idle_seconds=idle_seconds, lock_seconds=lock_seconds)
    )
