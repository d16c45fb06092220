"""The books are checked each minute, and a person is told if they do not balance: a counter is never trusted blindly."""

from __future__ import annotations

import logging
from datetime import datetime

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.ledger import balance

log = logging.getLogger(__name__)


class BookKeeper:
    """One a worker: walks over what moves, a bounded part at each look."""

    def __init__(self) -> None:
        self._after = 0

    def look(self, *, now: datetime) -> int:
        """Recounts the next part; raises an alert for each batch whose counters are not its rows.

        :returns: how many batches were looked at.
        """
        found = balance.look(after_id=self._after, now=now)
        self._after = found.last_id
        for difference in found.differences:
            log.error(
                "the books do not balance",
                extra={"batch": str(difference.public_id), "states": [s.word for s in difference.states]},
            )
            alerts.raise_alert(
                "books_do_not_balance",
                business_id=difference.business_id,
                level=Level.CRITICAL,
                subject=("batch", str(difference.public_id)),
                now=now,
            )
        return found.batches
