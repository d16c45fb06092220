"""Who gets which alerts by e-mail, when, and how long a mail server is tried."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

NONE: Final = "none"
LEVELS: Final = ("info", "warning", "critical")
"""From the mildest."""
DIGEST_EVERY: Final = timedelta(hours=1)
GIVE_UP_AFTER: Final = timedelta(hours=24)
LEASE: Final = timedelta(minutes=5)
"""Whoever sends a letter has it so long; a mail server is asked for 15 seconds at most."""
_LONGEST_WAIT: Final = timedelta(hours=1)


def usual(role: str) -> str:
    """The mildest level of a person who has not chosen: owners and admins get what is urgent, others nothing."""
    return "critical" if role in ("owner", "admin") else NONE


def levels_from(least: str) -> tuple[str, ...]:
    """The levels that are sent to somebody who chose ``least``."""
    return LEVELS[LEVELS.index(least) :] if least in LEVELS else ()


def is_time(*, hourly: bool, last_letter_at: datetime | None, now: datetime) -> bool:
    """Whether a letter may go now: at once, or an hour after the last one."""
    return not hourly or last_letter_at is None or now - last_letter_at >= DIGEST_EVERY


def wait_after(tries: int) -> timedelta:
    """1, 2, 4 … minutes after that many tries (from 1), an hour at most."""
    return min(timedelta(minutes=2 ** min(tries - 1, 10)), _LONGEST_WAIT)
