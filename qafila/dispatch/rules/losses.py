"""When a package has lost so many numbers that its campaigns must not go on by themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from qafila.senders.rules import restrictions

WITHIN: Final = timedelta(hours=24)
LOSSES: Final = 2
"""So many numbers of one package lost within :data:`WITHIN` hold its campaigns: the same text must not burn one number
after the other."""

BANS: Final = frozenset(
    {
        *("368", "131031"),  # Meta: blocked for violating policies; account locked
        *(
            "banned",
            "account_banned",
            "temp_banned",
            "temporary_ban",
            "temporarily_banned",
            "tos_block",
            "blocked",
        ),  # gateways' words
        *("403", "forbidden"),  # Baileys: the number is banned
        *("phone_banned", "account_disabled"),  # what providers tell by themselves, in our words
    }
)
SPAM_LIMITS: Final = frozenset(
    {
        "131048",  # Meta: spam limit of the number
        *("463", "time_lock", "reachout_time_lock"),  # phone-linked: no new chats for a time
        *("new_chat_quota", "new_chat_limit"),
        *("phone_time_locked", "phone_capped"),  # what gateways tell by themselves, in our words
        "sender.spam_limited",
        *restrictions.RESTS,  # Meta's restriction of an account for breaking its rules
    }
)


def is_loss(reason: str) -> bool:
    """Whether a number that went out of work for this reason was lost to a ban or a spam limit.

    :param reason: a wording code (``cloud_api.131048``), or the provider's own code.
    """
    return reason in BANS | SPAM_LIMITS or reason.partition(".")[2] in BANS | SPAM_LIMITS


def too_many(lost: Iterable[str]) -> bool:
    """Whether these numbers (public ids, each perhaps several times) are enough to hold the package's campaigns."""
    return len(set(lost)) >= LOSSES
