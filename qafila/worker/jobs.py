"""Background jobs of the workers themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from asgiref.sync import sync_to_async
from django.conf import settings
from procrastinate.contrib.django import app

from qafila.worker import retention


@app.periodic(cron="23 * * * *")
@app.task(name="worker.clean", queueing_lock="worker.clean")
async def clean(timestamp: int) -> None:
    """Each hour, because a machine may be off at night: removes what is older than the settings keep it."""
    del timestamp
    kept = retention.Kept(
        events=timedelta(days=settings.ENV.keep_events_days),
        deliveries=timedelta(days=settings.ENV.keep_deliveries_days),
    )
    await sync_to_async(retention.clean)(now=datetime.now(UTC), kept=kept)
