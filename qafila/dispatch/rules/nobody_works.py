"""When it is said that no worker runs: not at a restart, and not while nothing waits for one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

PATIENCE: Final = timedelta(seconds=60)
"""A restart or an upgrade of the workers takes less."""
COMES_BACK_WITHIN: Final = timedelta(seconds=10)
"""Who was found gone is told of after that: a worker whose connection broke is back under a new row within a second or two."""


def is_missed(*, last_seen: datetime | None, waits_since: datetime | None, now: datetime) -> bool:
    """Whether nothing has worked for so long although messages wait.

    :param last_seen: the last sign of life of any worker; None: there never was one. :param waits_since: None: nothing waits.
    """
    if waits_since is None:
        return False
    return now - max(waits_since, last_seen or waits_since) >= PATIENCE
