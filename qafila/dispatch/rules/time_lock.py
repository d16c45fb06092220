"""What a phone-linked number still sends while WhatsApp lets it begin no new conversations (reach-out time-lock, 463): answers
to people who wrote to it. Pure.

Source: what stops at a time-lock are new conversations, answers are allowed; trying a refused one again makes it longer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

LOCKED: Final = "phone_time_locked"
"""Wording code of the rest that a gateway's word of the lock leads to (``senders.actions.link_news``)."""
REFUSED: Final = "463"
"""The code with which a call is refused while the lock lasts; the rest after it has the wording code ``<kind>.463``."""


def answers_go_on(reason: str) -> bool:
    """Whether a phone-linked number that rests for this reason goes on answering.

    :param reason: ``Sender.state_reason``, a wording code.
    """
    return reason == LOCKED or reason.partition(".")[2] == REFUSED


def reasons(kinds: Iterable[str]) -> list[str]:
    """All reasons for which :func:`answers_go_on` says yes.

    :param kinds: of phone-linked providers.
    """
    return [LOCKED, *(f"{kind}.{REFUSED}" for kind in kinds)]
