"""How a row of a former system stands in our books. No database, no clock."""

from __future__ import annotations

from typing import Final

from qafila.ledger.states import State

IMPORTED_FAILED: Final = "imported_failed"
IMPORTED_NOT_SENT: Final = "imported_not_sent"

_SENT: Final = {"sent": State.SENT, "success": State.SENT, "delivered": State.DELIVERED, "read": State.READ}
_FAILED: Final = frozenset({"failed", "error", "undelivered", "rejected"})
_SKIPPED: Final = {"skipped": State.SKIPPED, "cancelled": State.CANCELLED, "canceled": State.CANCELLED}
_WAITS: Final = frozenset({"queued", "pending", "waiting", "scheduled", ""})
_OVER: Final = frozenset({"completed", "complete", "finished", "done", "failed", "cancelled", "canceled"})


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
