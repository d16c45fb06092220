"""How far an open message is, in one word."""

from __future__ import annotations

import enum

from qafila.ledger.queries import Counts
from qafila.ledger.states import BatchState


class OpenStatus(enum.StrEnum):
    """The words of the open messages API."""

    QUEUED = "queued"
    """Nothing of it has gone out yet."""
    SENDING = "sending"
    COMPLETED = "completed"
    """Every recipient is decided, and at least one got it."""
    FAILED = "failed"
    """Every recipient is decided, and nobody got it."""
    HELD = "held"
    """The engine or a person stopped it; it goes on when it is resumed."""
    CANCELLED = "cancelled"


def status_of(state: BatchState, counts: Counts) -> OpenStatus:
    """The word, from the batch's state and the true states of its messages."""
    if state is BatchState.CANCELLED:
        return OpenStatus.CANCELLED
    if state is BatchState.PAUSED:
        return OpenStatus.HELD
    if state is BatchState.FINISHED:
        return OpenStatus.COMPLETED if counts.success or counts.uncertain else OpenStatus.FAILED
    begun = counts.success + counts.sending + counts.uncertain + counts.failed
    return OpenStatus.SENDING if begun else OpenStatus.QUEUED
