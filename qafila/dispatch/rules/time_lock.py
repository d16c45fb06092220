"""What a phone-linked number still sends while WhatsApp lets it begin no new conversations (reach-out time-lock, 463, or its
quota of new chats is used up): answers to people who wrote to it. Pure.

Source: what stops at a time-lock are new conversations, answers are allowed; trying a refused one again makes it longer. The
quota (``message-capping``: NONE, FIRST_WARNING, SECOND_WARNING, CAPPED) counts new chats only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

LOCKED: Final = "phone_time_locked"
"""Wording code of the rest that a gateway's word of the lock leads to (``senders.actions.link_news``)."""
CAPPED: Final = "phone_capped"
"""The same of the quota of new chats that is used up."""
REFUSED: Final = "463"
"""The code with which a call is refused while the lock lasts; the rest after it has the wording code ``<kind>.463``."""


def answers_go_on(reason: str) -> bool:
    """Whether a phone-linked number that rests for this reason goes on answering.

    :param reason: ``Sender.state_reason``, a wording code.
    """
    return reason in (LOCKED, CAPPED) or reason.partition(".")[2] == REFUSED


def reasons(kinds: Iterable[str]) -> list[str]:
    """All reasons for which :func:`answers_go_on` says yes.

    :param kinds: of phone-linked providers.
    """
    return [LOCKED, CAPPED, *(f"{kind}.{REFUSED}" for kind in kinds)]


def why_strangers_wait(reason: str) -> str:
    """The wording code of why somebody waits who never wrote to a number that rests for this reason.

    :param reason: one for which :func:`answers_go_on` says yes.
    """
    return CAPPED if reason == CAPPED else LOCKED
