"""Background jobs: asking the providers what numbers, accounts and templates are like, and how linked phones stand; what is
over by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from qafila.kit import rng
from qafila.senders.actions.restrictions import end_due
from qafila.senders.link_watch import watch
from qafila.senders.reading_back import in_thread, read_due

QUEUE = "reading_back"


@app.periodic(cron="*/30 * * * * *")
@app.task(
    name="senders.read_back",
    queue=QUEUE,
    queueing_lock="senders.read_back",
    pass_context=False,
)
async def read_back(timestamp: int) -> None:
    """Reads what is due: each number and account every four hours, and soon after a webhook or a request."""
    del timestamp
    await read_due(now=datetime.now(UTC))


@app.periodic(cron="* * * * *")
@app.task(
    name="senders.watch_links",
    queue=QUEUE,
    queueing_lock="senders.watch_links",
    pass_context=False,
)
async def watch_links(timestamp: int) -> None:
    """Asks for what is due: each linked phone every four minutes or so."""
    del timestamp
    await watch(now=datetime.now(UTC), rng=rng.system())


@app.periodic(cron="* * * * *")
@app.task(
    name="senders.end_restrictions",
    queue=QUEUE,
    queueing_lock="senders.end_restrictions",
    pass_context=False,
)
async def end_restrictions(timestamp: int) -> None:
    """Closes the alerts of restrictions that are over."""
    del timestamp
    await in_thread(end_due)(now=datetime.now(UTC))
