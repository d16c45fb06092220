"""Which contracts may be put away into the archive."""

from __future__ import annotations

from qafila.campaigns.models import ImportState
from qafila.campaigns.rules.statuses import IMPORTING
from qafila.ledger.states import BatchState

OVER = (BatchState.FINISHED, BatchState.CANCELLED)


def may_put_away(batch_state: BatchState, import_state: str) -> bool:
    """Whether nothing of it goes out by itself or by a start any more: it finished, was cancelled, or its rows could not be
    read. What may still send (paused, not started) stays in sight: a program may start it at any moment."""
    if import_state == ImportState.FAILED:
        return True
    return batch_state in OVER and import_state not in IMPORTING
