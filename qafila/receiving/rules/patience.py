"""How long a receipt waits for the record of its message."""

from __future__ import annotations

from datetime import datetime, timedelta

WAITS_SECONDS = (2, 10, 60, 300)
"""Before each further try. Our own record is some dozen milliseconds behind; a database that was away, minutes."""


def next_try(tries: int, now: datetime) -> datetime | None:
    """When to try again after so many tries in vain (from 1); None: give up."""
    return now + timedelta(seconds=WAITS_SECONDS[tries - 1]) if tries <= len(WAITS_SECONDS) else None
