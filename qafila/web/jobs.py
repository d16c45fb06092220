"""Background jobs of the pages."""

from __future__ import annotations

import logging
import smtplib
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from asgiref.sync import sync_to_async
from django.db import connections
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from qafila.web.lists import changing, export_run
from qafila.web.pages.account.mails import send_now

log = logging.getLogger(__name__)


@app.task(
    name="web.send_mail",
    retry=RetryStrategy(
        max_attempts=8, exponential_wait=4, retry_exceptions=[OSError, smtplib.SMTPException]
    ),
)
async def send_sealed(sealed: str) -> None:
    """Sends one e-mail; a mail server that does not answer is tried again for some hours."""
    await sync_to_async(send_now)(sealed)


EXPORTS = "exports"
CHANGES = "changes"
_LOST_AFTER_SECONDS = 30


async def _aside(work: Callable[[], None]) -> None:
    """Does what takes minutes in a thread of its own: the short steps of all other jobs share one."""

    def alone() -> None:
        try:
            work()
        finally:
            connections.close_all()

    await sync_to_async(alone, thread_sensitive=False)()


async def _looked_after(queue: str, task: str, subject: str) -> list[int]:
    """Gives jobs of lost workers to a living one; returns what the failed ones were about.

    :param subject: the argument of the task that names it.
    """
    lost = await app.job_manager.get_stalled_jobs(
        queue=queue, task_name=task, seconds_since_heartbeat=_LOST_AFTER_SECONDS
    )
    for job in lost:
        log.warning(
            "a job of the pages goes on after its worker was lost", extra={"job": job.id, "task": task}
        )
        await app.job_manager.retry_job(job)
    failed = await app.job_manager.list_jobs_async(task=task, status="failed")
    return [int(str(job.task_kwargs[subject])) for job in failed]


@app.task(
    name="web.write_export",
    queue=EXPORTS,
    # A graceful stop cancels a job in the middle; with a retry strategy it is begun anew elsewhere.
    retry=RetryStrategy(max_attempts=5, wait=2, linear_wait=2),
)
async def write_export(export_id: int) -> None:
    """Writes the file of a large list. May be run again at any point."""
    await _aside(lambda: export_run.run(export_id, now=datetime.now(UTC)))


@app.periodic(cron="*/15 * * * * *")
@app.task(name="web.keep_exports", queue=EXPORTS, queueing_lock="web.keep_exports", pass_context=False)
async def keep_exports(timestamp: int) -> None:
    """Gives exports of lost workers to a living one, says which failed, deletes files whose time is over."""
    del timestamp
    now = datetime.now(UTC)
    for export_id in await _looked_after(EXPORTS, "web.write_export", "export_id"):
        await sync_to_async(export_run.give_up)(export_id, now=now)
    await sync_to_async(export_run.expire)(now=now)


@app.task(
    name="web.run_change",
    queue=CHANGES,
    # Each try goes on where the one before was broken off, by a graceful stop or by trouble with the database.
    retry=RetryStrategy(max_attempts=60, wait=1, linear_wait=1),
)
async def run_change(change_id: int) -> None:
    """Does a bulk action on very many rows. May be run again at any point, by several at once too."""
    stopping = threading.Event()
    try:
        await _aside(lambda: changing.run(change_id, now=datetime.now(UTC), is_stopping=stopping.is_set))
    finally:
        stopping.set()  # the thread outlives a job that is cancelled; it ends before its next rows


@app.periodic(cron="*/10 * * * * *")
@app.task(name="web.keep_changes", queue=CHANGES, queueing_lock="web.keep_changes", pass_context=False)
async def keep_changes(timestamp: int) -> None:
    """Gives bulk actions of lost workers to a living one, says which failed, forgets old ones."""
    del timestamp
    now = datetime.now(UTC)
    for change_id in await _looked_after(CHANGES, "web.run_change", "change_id"):
        await sync_to_async(changing.give_up)(change_id, now=now)
    await sync_to_async(changing.forget)(now=now)
