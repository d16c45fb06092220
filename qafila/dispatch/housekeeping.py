"""What must be looked after each second, by any worker: ends of batches, cancelled rows, the day of uncertain ones."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from qafila.dispatch.actions import wake_stranded
from qafila.events import actions as events
from qafila.ledger import actions as ledger
from qafila.ledger import samples

UNCERTAIN_FOR = timedelta(hours=24)
"""An uncertain message keeps its batch open for so long."""
CANCEL_ROUNDS = 4
SAMPLE_WITHIN_SECONDS = 10
"""Into a minute; a round comes each second, so one of the first ones finds the minute not noted yet."""
NET_EVERY_SECONDS = 5


def keep_house(*, now: datetime) -> None:
    """One round; safe in several workers at once."""
    with transaction.atomic():
        for _, business_id, public_id in ledger.finish_batches(now=now, uncertain_before=now - UNCERTAIN_FOR):
            events.emit(
                "batch.finished", business_id=business_id, subject=("batch", public_id), data={}, now=now
            )
    if now.second % NET_EVERY_SECONDS == 0:
        wake_stranded(now=now)
    if now.second < SAMPLE_WITHIN_SECONDS:
        samples.take(now=now)
    for _ in range(CANCEL_ROUNDS):
        if not ledger.cancel_some(now=now):
            break
