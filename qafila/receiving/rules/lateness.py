"""Whether the webhooks that wait are too many for who works on them."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

LATE_AFTER = timedelta(minutes=5)
"""Usually a webhook waits for less than a second: one that waits so long was not overlooked in a busy moment."""
CAUGHT_UP_AT = timedelta(minutes=1)
"""Less than :data:`LATE_AFTER`, so that a wait around one bound does not raise and close the alert by turns."""


class Standing(enum.Enum):
    """How the wait stands."""

    LATE = enum.auto()
    BETWEEN = enum.auto()
    """Neither: what was said before stays so."""
    CAUGHT_UP = enum.auto()


def standing(oldest: datetime | None, now: datetime) -> Standing:
    """
    :param oldest: when the webhook came that waits longest; None: none waits.
    """
    if oldest is None or now - oldest < CAUGHT_UP_AT:
        return Standing.CAUGHT_UP
    return Standing.LATE if now - oldest >= LATE_AFTER else Standing.BETWEEN
