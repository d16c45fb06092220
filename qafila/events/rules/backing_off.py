"""How long an event waits after a try that did not succeed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MAX_ATTEMPTS: Final = 8
LONGEST_SECONDS: Final = 300.0
LEASE_SECONDS: Final = LONGEST_SECONDS
"""How long whoever took an event has for all of its handlers."""


def wait_after(attempt: int) -> timedelta | None:
    """2, 4, 8 … seconds after the attempt of that number (from 1), at most 5 minutes; None: give it up."""
    if attempt >= MAX_ATTEMPTS:
        return None
    return timedelta(seconds=min(2.0**attempt, LONGEST_SECONDS))
