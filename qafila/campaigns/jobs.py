"""Background jobs: reading uploaded files, and taking over what a killed worker had begun."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from qafila.campaigns.importing import Import, give_up

if TYPE_CHECKING:
    from qafila.campaigns.models import Campaign

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
    """Reads the file of a contract into the ledger. May be run again at any point, by several at once too."""
    with Import(campaign_id) as run:
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
    stalled = await app.job_manager.get_stalled_jobs(
        queue=QUEUE, task_name="campaigns.import_contract", seconds_since_heartbeat=STALLED_AFTER_SECONDS
    )
    for job in stalled:
        log.warning("an import goes on after its worker was lost", extra={"job": job.id})
        await app.job_manager.retry_job(job)
    for job in await app.job_manager.list_jobs_async(task="campaigns.import_contract", status="failed"):
        await sync_to_async(give_up)(
            int(str(job.task_kwargs["campaign_id"])), code="internal_error", now=datetime.now(UTC)
        )


def defer_import(campaign: Campaign) -> None:
    """Hands the reading of a contract's file to the workers, in the caller's transaction."""
    import_contract.defer(campaign_id=campaign.pk)
