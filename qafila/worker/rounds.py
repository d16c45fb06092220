"""What a worker does again and again beside its lanes."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from qafila.alerts import disks
from qafila.campaigns.actions import begin_planned as begin_planned_at
from qafila.campaigns.watching import Watcher
from qafila.dispatch import missing_workers
from qafila.dispatch.books import BookKeeper
from qafila.dispatch.health_rounds import HealthRounds
from qafila.dispatch.housekeeping import keep_house as keep_house_at
from qafila.dispatch.outage import DATABASE_AWAY
from qafila.dispatch.packages import tend as tend_packages_at
from qafila.dispatch.tally import count_calls as count_calls_at
from qafila.events import jobs as events
from qafila.events import live
from qafila.ledger.models import Installation

log = logging.getLogger(__name__)

JOB_POLL_SECONDS = 1.0


def installation_key() -> str:
    """Who we are in attempt ids."""
    return Installation.objects.values_list("key", flat=True).get(pk=1)


def keep_house() -> None:
    """One round of ``dispatch.housekeeping``."""
    keep_house_at(now=datetime.now(UTC))


def run_events() -> None:
    """Runs the handlers of due events until none is due."""
    while events.run_due(limit=100, now=datetime.now(UTC)):
        pass


def tell_pages(watcher: Watcher) -> None:
    """Tells open pages what moved since the last round."""
    watcher.look(now=datetime.now(UTC))
    live.flush()


def count_calls() -> None:
    """What each number's calls came to lately, for its page."""
    count_calls_at(now=datetime.now(UTC))


def close_what_is_over() -> None:
    """That no worker runs is said by the web process; a worker that runs takes it back."""
    missing_workers.worker_is_back(now=datetime.now(UTC))


def look_at_disks() -> None:
    """Room on the disks that this process knows of."""
    disks.look(data=Path(settings.DATA), now=datetime.now(UTC))


def tend_packages() -> None:
    """What waits in packages for a number that is lost goes to the others."""
    tend_packages_at(now=datetime.now(UTC))


def begin_planned() -> None:
    """What was to begin at a moment that has come begins."""
    begin_planned_at(now=datetime.now(UTC))


def all_of_them() -> list[tuple[str, float, Callable[[], object]]]:
    """What every worker does again and again: name, seconds between two rounds, what."""
    watcher, keeper, health = Watcher(), BookKeeper(), HealthRounds()
    return [
        ("events", 0.5, run_events),
        ("house", 1.0, keep_house),
        ("pages", 1.0, functools.partial(tell_pages, watcher)),
        ("planned", 1.0, begin_planned),
        ("packages", 5.0, tend_packages),
        ("tally", 20.0, count_calls),
        ("health", 60.0, lambda: health.look(now=datetime.now(UTC))),
        ("worker", 15.0, close_what_is_over),
        ("disks", disks.LOOK_SECONDS, look_at_disks),
        ("books", 60.0, lambda: keeper.look(now=datetime.now(UTC))),
    ]


async def every(seconds: float, stopping: asyncio.Event, do: Callable[[], Awaitable[Any]]) -> None:
    """Does something each so many seconds until the worker stops; a database that is away is waited for."""
    while not stopping.is_set():
        try:
            await do()
        except DATABASE_AWAY as exc:
            log.warning("a round was left out: the database is away", extra={"cause": type(exc).__name__})
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stopping.wait()


async def run_jobs(stopping: asyncio.Event) -> None:
    """The Procrastinate worker: imports and periodic work. Begins anew when the database was away."""
    from procrastinate.exceptions import ConnectorException

    while not stopping.is_set():
        try:
            await _run_jobs_until(stopping)
        except (ConnectorException, *DATABASE_AWAY) as exc:
            # Procrastinate wraps all that a database can say; none of it may end the worker, which also sends.
            cause = type(exc.__cause__ or exc).__name__
            log.warning("background jobs wait for the database", extra={"cause": cause})
        with suppress(TimeoutError):
            async with asyncio.timeout(JOB_POLL_SECONDS):
                await stopping.wait()


async def _run_jobs_until(stopping: asyncio.Event) -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    connector = app.connector
    if not isinstance(connector, DjangoConnector):
        raise TypeError("background jobs need Procrastinate's Django connector")
    worker_app = app.with_connector(connector.get_worker_connector())
    async with worker_app.open_async():
        running = asyncio.create_task(
            worker_app.run_worker_async(
                concurrency=2,
                install_signal_handlers=False,
                fetch_job_polling_interval=JOB_POLL_SECONDS,
                shutdown_graceful_timeout=10.0,
            )
        )
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not running.done():
            running.cancel()
        await asyncio.wait({running})
        if not running.cancelled():
            running.result()
