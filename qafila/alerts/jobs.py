"""Background jobs of alerts."""

from __future__ import annotations

from datetime import UTC, datetime

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app

from qafila.alerts import letters, muting


@app.periodic(cron="* * * * *")
@app.task(name="alerts.letters", queueing_lock="alerts.letters")
async def write_and_send(timestamp: int) -> None:
    """Each minute: letters for what is new, and those that a mail server did not take before."""
    del timestamp
    now = datetime.now(UTC)
    await sync_to_async(letters.write_due)(now=now)
    await sync_to_async(letters.send_due)(now=now)
    await sync_to_async(muting.remove_over)(now=now)
