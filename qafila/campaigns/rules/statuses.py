"""The user's words for how far a contract is, from what the ledger and the import say."""

from __future__ import annotations

import enum
from datetime import timedelta

from qafila.campaigns.models import ImportState
from qafila.ledger.states import BatchState

UNCERTAIN_COUNTS_AS_FAILED_AFTER = timedelta(hours=24)
"""So long an uncertain message keeps its contract open; then it counts as failed, and is still not resent."""

DUPLICATE_WITHIN = timedelta(hours=24)
"""The same contract posted again within this time needs a confirmed start."""


class Status(enum.StrEnum):
    """The words of the contracts API, kept exactly."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


_OF_BATCH = {
    BatchState.DRAFT: Status.PENDING,
    BatchState.FLOWING: Status.IN_PROGRESS,
    BatchState.OPEN: Status.IN_PROGRESS,
    BatchState.PAUSED: Status.PAUSED,
    BatchState.FINISHED: Status.COMPLETED,
    BatchState.CANCELLED: Status.PAUSED,
}
IMPORTING = (ImportState.WAITING, ImportState.RUNNING)


def status_of(batch_state: BatchState, import_state: str) -> Status:
    """The status of a contract. While its file is being read it is PENDING, even if its start is wanted already."""
    if import_state == ImportState.FAILED:
        return Status.FAILED
    if import_state in IMPORTING:
        return Status.PENDING
    return _OF_BATCH[batch_state]


def batch_states_of(status: Status) -> list[BatchState]:
    """The batch states that a status is made of (PENDING and FAILED also depend on the import)."""
    return [state for state, word in _OF_BATCH.items() if word is status]
