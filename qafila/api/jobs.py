"""Background jobs of the API room."""

from __future__ import annotations

from datetime import UTC, datetime

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app

from qafila.api.idempotency import forget_old


@app.periodic(cron="17 * * * *")
@app.task(name="api.forget_old_answers", queueing_lock="api.forget_old_answers")
async def forget_old_answers(timestamp: int) -> None:
    """Each hour: answers kept for ``Idempotency-Key`` go after 24 hours."""
    del timestamp
    await sync_to_async(forget_old)(now=datetime.now(UTC))
