"""Tells whoever runs this installation when webhooks wait too long to be worked on, and when that is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg_pool import AsyncConnectionPool

from qafila.alerts import actions as alerts
from qafila.alerts.effects import effect_reader
from qafila.alerts.models import Alert, Level
from qafila.kit.clock import Clock
from qafila.kit.logs import get_logger
from qafila.kit.statements import statement
from qafila.receiving.rules.lateness import Standing, standing
from qafila.receiving.thread import in_thread

log = get_logger(__name__)

LOOK_SECONDS = 60.0
QUIET = timedelta(minutes=5)
"""The doors that store webhooks raise ``webhooks_turned_away`` each minute that it happens; after so long without, it is over."""
MOST_COUNTED = 10_000
"""The effect of the alert needs an order of magnitude, not a walk through a day's webhooks."""


class Backlog:
    """One a receiver: looks once a minute, whatever the receiver does between."""

    def __init__(self, pool: AsyncConnectionPool[Any], clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._look_at = float("-inf")

    async def look(self) -> None:
        """Raises the alert or closes it, when the next look is due.

        :raises psycopg.Error: (or Django's) when the database is away; the next call looks.
        """
        if self._clock.monotonic() < self._look_at:
            return
        async with self._pool.connection() as own:
            cursor = await own.execute(statement("qafila.receiving", "oldest_waiting"))
            row = await cursor.fetchone()
        await in_thread(_tell, row[0] if row else None, now=self._clock.now())
        self._look_at = self._clock.monotonic() + LOOK_SECONDS


def _tell(oldest: datetime | None, *, now: datetime) -> None:
    stands = standing(oldest, now)
    if stands is Standing.LATE and oldest is not None:
        minutes = int((now - oldest).total_seconds() // 60)
        log.warning("Webhooks wait too long to be worked on", minutes=minutes)
        alerts.raise_alert(
            "webhooks_behind", business_id=None, level=Level.CRITICAL, params={"count": minutes}, now=now
        )
    elif stands is Standing.CAUGHT_UP:
        alerts.close_alert("webhooks_behind", business_id=None, now=now)
    alerts.close_alerts(
        ("webhooks_turned_away",), business_id=None, subject=("", ""), raised_before=now - QUIET, now=now
    )


@effect_reader
def waiting(raised: Sequence[Alert], business_id: int) -> Mapping[int, str]:
    """Row of an alert to how many webhooks wait, in the active language. One statement, when there is such an alert."""
    del business_id  # who waits is the whole installation
    open_ones = [one.pk for one in raised if one.code == "webhooks_behind" and one.closed_at is None]
    if not open_ones:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.receiving", "count_waiting"), {"most": MOST_COUNTED + 1})
        count = int(cursor.fetchone()[0])
    if count > MOST_COUNTED:
        text = _("more than %(count)s webhooks wait") % {"count": MOST_COUNTED}
    else:
        text = ngettext("%(count)d webhook waits", "%(count)d webhooks wait", count) % {"count": count}
    return dict.fromkeys(open_ones, text if count else "")
