"""How a row of a former system stands in our books. No database, no clock."""

from __future__ import annotations

import enum
from typing import Final

from qafila.ledger.states import State

IMPORTED_AUTO_PAUSE: Final = "imported_auto_pause"
IMPORTED_FAILED: Final = "imported_failed"
IMPORTED_NOT_SENT: Final = "imported_not_sent"

_SENT: Final = {"sent": State.SENT, "success": State.SENT, "delivered": State.DELIVERED, "read": State.READ}
_FAILED: Final = frozenset({"failed", "error", "undelivered", "rejected"})
_SKIPPED: Final = {"skipped": State.SKIPPED, "cancelled": State.CANCELLED, "canceled": State.CANCELLED}
_WAITS: Final = frozenset({"queued", "pending", "waiting", "scheduled", ""})
_PAUSED: Final = frozenset({"paused", "inactive", "disabled"})
_BY_ITSELF: Final = ("auto", "block detect", "block_detect", "failure", "failing")
"""In the reason of a pause: nobody's decision, but the detection's …"""
_BY_HAND: Final = ("manual", "by hand")
"""… unless one of these stands there, too."""
_OVER: Final = frozenset({"completed", "complete", "finished", "done", "failed", "cancelled", "canceled"})


class Pause(enum.StrEnum):
    """Who took a profile out of work."""

    NOBODY = ""
    PERSON = "person"
    AUTO = "auto"


def pause_of(status: str, reason: str, *, is_active: bool | None) -> Pause:
    """Whether a profile was paused there, and by whom. Where that does not stand there it was a person: such a one stays out
    of work until a person says otherwise.

    :param status: its word there. :param reason: why it was paused, in whatever words. :param is_active: None: not said.
    """
    if status.strip().lower() not in _PAUSED and is_active is not False:
        return Pause.NOBODY
    told = reason.lower()
    if any(word in told for word in _BY_HAND) or not any(word in told for word in _BY_ITSELF):
        return Pause.PERSON
    return Pause.AUTO


def is_over(status: str) -> bool:
    """Whether a broadcast or contract had ended there: what still waits in it will not go out."""
    return status.strip().lower() in _OVER


def state_of(status: str, *, over: bool, was_sent: bool) -> tuple[State, str | None]:
    """State and reason of a recipient.

    :param status: its word there. One that was under way, or that nobody knows, is uncertain: it is never sent again by
        itself.
    :param over: whether its broadcast had ended. :param was_sent: whether a time of sending or a provider's id stands there.
    """
    word = status.strip().lower()
    if word in _SENT:
        return _SENT[word], None
    if word in _FAILED:
        return State.FAILED, IMPORTED_FAILED
    if word in _SKIPPED:
        return _SKIPPED[word], IMPORTED_NOT_SENT
    if word in _WAITS and not was_sent:
        return (State.CANCELLED, IMPORTED_NOT_SENT) if over else (State.QUEUED, None)
    return (State.SENT, None) if was_sent else (State.UNCERTAIN, None)
