"""Background jobs: reading uploaded files, and taking over what a killed worker had begun."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from qafila.campaigns import adding, checking
from qafila.campaigns.actions import draft_start, drafts
from qafila.campaigns.adding import Adding
from qafila.campaigns.copying import rows_of
from qafila.campaigns.importing import give_up

if TYPE_CHECKING:
    from qafila.campaigns.models import Addition, Campaign, Draft

log = logging.getLogger(__name__)

QUEUE = "imports"
STALLED_AFTER_SECONDS = 30
_MOST_TRIES = 60
"""With a second more between them each time: half an hour."""


@app.task(
    name="campaigns.import_contract",
    queue=QUEUE,
    # A graceful stop cancels a job in the middle; with a retry strategy it goes on elsewhere instead of being lost.
    retry=RetryStrategy(max_attempts=_MOST_TRIES, wait=1, linear_wait=1),
)
async def import_contract(campaign_id: int) -> None:
    """Reads the file of a contract (or the contract it copies) into the ledger. May be run again at any point, by several
    at once too."""
    with await sync_to_async(rows_of)(campaign_id) as run:
        if not await sync_to_async(run.begin)(now=datetime.now(UTC)):
            return
        while await sync_to_async(run.step)(now=datetime.now(UTC)):
            pass


@app.task(
    name="campaigns.add_rows",
    queue=QUEUE,
    retry=RetryStrategy(max_attempts=_MOST_TRIES, wait=1, linear_wait=1),
)
async def add_rows(addition_id: int) -> None:
    """Reads a file into a contract that stands already. May be run again at any point, by several at once too."""
    with Adding(addition_id) as run:
        if not await sync_to_async(run.begin)(now=datetime.now(UTC)):
            return
        while await sync_to_async(run.step)(now=datetime.now(UTC)):
            pass


@app.periodic(cron="*/10 * * * * *")
@app.task(
    name="campaigns.resume_imports", queue=QUEUE, queueing_lock="campaigns.resume_imports", pass_context=False
)
async def resume_imports(timestamp: int) -> None:
    """Gives the imports of workers that died without a word to a living one."""
    del timestamp
    for name in ("campaigns.import_contract", "campaigns.add_rows"):
        stalled = await app.job_manager.get_stalled_jobs(
            queue=QUEUE, task_name=name, seconds_since_heartbeat=STALLED_AFTER_SECONDS
        )
        for job in stalled:
            log.warning("an import goes on after its worker was lost", extra={"job": job.id})
            await app.job_manager.retry_job(job)
    for job in await app.job_manager.list_jobs_async(task="campaigns.import_contract", status="failed"):
        await sync_to_async(give_up)(
            int(str(job.task_kwargs["campaign_id"])), code="internal_error", now=datetime.now(UTC)
        )
    for job in await app.job_manager.list_jobs_async(task="campaigns.add_rows", status="failed"):
        await sync_to_async(adding.give_up)(
            int(str(job.task_kwargs["addition_id"])), code="internal_error", now=datetime.now(UTC)
        )


@app.task(
    name="campaigns.check_draft",
    queue=QUEUE,
    retry=RetryStrategy(max_attempts=_MOST_TRIES, wait=1, linear_wait=1),
)
async def check_draft(draft_id: int, version: int) -> None:
    """Reads the file of a draft and says what would become of its rows. Writes nothing else; may be run again."""
    await sync_to_async(checking.check)(draft_id, version, now=lambda: datetime.now(UTC))


@app.task(name="campaigns.begin_due", queue=QUEUE, retry=RetryStrategy(max_attempts=_MOST_TRIES, wait=1))
async def begin_due(draft_id: int = 0) -> None:
    """Begins contracts whose seconds for taking the start back are over."""
    del draft_id
    await sync_to_async(draft_start.begin_due)(now=datetime.now(UTC))


@app.periodic(cron="*/10 * * * * *")
@app.task(
    name="campaigns.tend_drafts", queue=QUEUE, queueing_lock="campaigns.tend_drafts", pass_context=False
)
async def tend_drafts(timestamp: int) -> None:
    """Begins what a lost job should have begun, gives checks of dead workers to living ones, takes old drafts away."""
    del timestamp
    await begin_due()
    stalled = await app.job_manager.get_stalled_jobs(
        queue=QUEUE, task_name="campaigns.check_draft", seconds_since_heartbeat=STALLED_AFTER_SECONDS
    )
    for job in stalled:
        await app.job_manager.retry_job(job)
    for job in await app.job_manager.list_jobs_async(task="campaigns.check_draft", status="failed"):
        kwargs = job.task_kwargs
        await sync_to_async(checking.give_up)(int(str(kwargs["draft_id"])), int(str(kwargs["version"])))
    await sync_to_async(drafts.forget_old_drafts)(now=datetime.now(UTC))


def defer_check(draft: Draft) -> None:
    """Hands the check of a large file to the workers, in the caller's transaction."""
    check_draft.defer(draft_id=draft.pk, version=draft.version)


def defer_start(draft: Draft, *, now: datetime) -> None:
    """Lets the contract begin when its start can no longer be taken back, in the caller's transaction."""
    del now
    begin_due.configure(schedule_at=draft.start_at).defer(draft_id=draft.pk)


def defer_import(campaign: Campaign) -> None:
    """Hands the reading of a contract's file to the workers, in the caller's transaction."""
    import_contract.defer(campaign_id=campaign.pk)


def defer_addition(addition: Addition) -> None:
    """Hands the reading of rows that are added to the workers, in the caller's transaction."""
    add_rows.defer(addition_id=addition.pk)
