"""Tells of webhooks that were refused or turned away: counted as they come, one alert a minute at most."""

from __future__ import annotations

import asyncio
from collections import Counter

import django.db

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.intake.accounts import Address
from qafila.kit.clock import Clock
from qafila.kit.logs import get_logger

log = get_logger(__name__)

TELL_SECONDS = 60.0


class Refusals:
    """One a process."""

    def __init__(self, clock: Clock, *, seconds: float = TELL_SECONDS) -> None:
        self._clock = clock
        self._seconds = seconds
        self._counts: Counter[tuple[int, str]] = Counter()
        self._turned_away = 0
        self._task: asyncio.Task[None] | None = None

    def count(self, address: Address) -> None:
        """A webhook at this address was refused for its signature."""
        self._counts[address.business_id, str(address.public_id)] += 1
        self._begin()

    def count_turned_away(self, address: Address | None) -> None:
        """A webhook was answered 503, because too many wait. The first of a minute is logged at once, with where it came to."""
        if not self._turned_away:
            account = str(address.public_id) if address else ""
            log.warning("Webhooks are turned away: too many wait to be stored", account=account)
        self._turned_away += 1
        self._begin()

    def _begin(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tell_soon(), name="tell of refused webhooks")

    async def close(self) -> None:
        """Tells what was not told yet."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._tell()

    async def _tell_soon(self) -> None:
        await self._clock.sleep(self._seconds)
        await self._tell()

    async def _tell(self) -> None:
        counts, self._counts = self._counts, Counter()
        turned_away, self._turned_away = self._turned_away, 0
        if not counts and not turned_away:
            return
        try:
            await asyncio.to_thread(self._raise_alerts, counts, turned_away)
        except django.db.Error as exc:
            log.warning(
                "Refused webhooks could not be told of",
                count=counts.total(),
                turned_away=turned_away,
                cause=type(exc).__name__,
            )

    def _raise_alerts(self, counts: Counter[tuple[int, str]], turned_away: int) -> None:
        try:
            for (business_id, public_id), count in counts.items():
                alerts.raise_alert(
                    "webhooks_refused",
                    business_id=business_id,
                    level=Level.WARNING,
                    params={"count": count},
                    subject=("provider_account", public_id),
                    now=self._clock.now(),
                )
            if turned_away:
                alerts.raise_alert(
                    "webhooks_turned_away",
                    business_id=None,
                    level=Level.WARNING,
                    params={"count": turned_away},
                    now=self._clock.now(),
                )
        finally:
            django.db.connection.close()
