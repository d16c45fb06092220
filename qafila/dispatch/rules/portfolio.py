"""The people limit of a portfolio: how much of it campaigns may use up, and how much is kept for answers."""

from __future__ import annotations

REPLIES_SHARE = 0.05
"""Of the unique people in 24 hours: kept for templates that people send as answers when a window is shut. Answers inside an
open window do not count at Meta and need no place."""


def kept_for_replies(cap: int) -> int:
    """People of a limit whom campaigns leave to answers."""
    return int(cap * REPLIES_SHARE)


def campaign_cap(cap: int) -> int:
    """People of a limit whom campaigns may reach; at least one."""
    return max(1, cap - kept_for_replies(cap))
