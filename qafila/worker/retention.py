"""Letting go of what nobody needs any more: events, alerts that are over, provider events, ended workers, ended jobs.

Each chunk is a transaction of its own, and what is left is found again from the tables themselves: a run that is killed is
simply gone on with by the next. Messages, contacts, opt-outs and the audit log are never removed here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db import connection

from qafila.alerts import actions as alerts
from qafila.alerts import letters
from qafila.dispatch.models import Worker
from qafila.events import jobs as events
from qafila.events.webhooks import retention as deliveries
from qafila.kit.statements import statement
from qafila.receiving import retention as receiving

log = logging.getLogger(__name__)

CHUNK = 5_000
JOBS_FOR = timedelta(days=1)
"""A background job that came to its end is looked at for a day at most."""
FAILED_JOBS_FOR = timedelta(days=7)

_ENDED = ["succeeded", "cancelled", "aborted"]


@dataclass(frozen=True, slots=True)
class Kept:
    """How long things stay.

    :ivar events: what happened: events that were handled, alerts that are over or deleted, provider events, ended workers.
    :ivar deliveries: what was told to webhook endpoints.
    """

    events: timedelta
    deliveries: timedelta = timedelta(days=30)


def clean(
    *, now: datetime, kept: Kept, chunk: int = CHUNK, after_chunk: Callable[[], None] | None = None
) -> dict[str, int]:
    """Removes everything that is older than it is kept; how many rows, by what they were.

    May run in several workers at once, and again at any time.

    :param after_chunk: called after each chunk was committed.
    """
    before = now - kept.events
    parts: dict[str, Callable[[], int]] = {
        "events": lambda: events.remove_old(now=now, keep_for=kept.events, limit=chunk),
        "alerts": lambda: alerts.remove_old(before=before, limit=chunk),
        "letters": lambda: letters.remove_old(before=before, limit=chunk),
        "provider_events": lambda: receiving.remove_old(before=before, limit=chunk),
        "webhook_messages": lambda: deliveries.remove_old(before=now - kept.deliveries, limit=chunk),
        "webhook_endpoints": lambda: deliveries.remove_deleted(now=now, limit=chunk),
        "workers": lambda: _workers(before, chunk),
        "jobs": lambda: _jobs(_ENDED, now - JOBS_FOR, chunk),
        "failed_jobs": lambda: _jobs(["failed"], now - FAILED_JOBS_FOR, chunk),
    }
    removed: dict[str, int] = {}
    for name, remove in parts.items():
        removed[name] = 0
        while count := remove():
            removed[name] += count
            if after_chunk is not None:
                after_chunk()
    _sessions()
    if any(removed.values()):
        log.info("old things were removed", extra={name: count for name, count in removed.items() if count})
    return removed


def _workers(before: datetime, limit: int) -> int:
    old = Worker.objects.filter(ended_at__lt=before).order_by("pk").values("pk")[:limit]
    return Worker.objects.filter(pk__in=old).delete()[0]


def _jobs(ended: list[str], before: datetime, limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.worker", "remove_old_jobs"), {"ended": ended, "before": before, "most": limit}
        )
        return int(cursor.rowcount)


def _sessions() -> None:
    """Sign-ins that have run out."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
