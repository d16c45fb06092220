"""Tells whoever runs this installation when no worker runs although messages wait, and of workers that were lost."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Max

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.alerts.queries import of_business
from qafila.dispatch.models import Worker
from qafila.dispatch.queries import living_workers
from qafila.dispatch.rules.nobody_works import is_missed
from qafila.events.registry import EventValue, on
from qafila.kit.statements import statement

NOBODY, LOST = "no_worker_running", "worker_lost"


def look(*, now: datetime) -> bool:
    """Raises or closes the alert that no worker runs; whether it stands. For processes that are no worker: of those none can tell."""
    if living_workers(now=now):
        worker_is_back(now=now)
        return False
    last_seen = Worker.objects.aggregate(last=Max("seen_at"))["last"]
    since = _waits_since(now)
    if since is None:
        worker_is_back(now=now)  # nothing waits any more: there is nothing to be told
        return False
    if not is_missed(last_seen=last_seen, waits_since=since, now=now):
        return False
    # It is raised once and stands; looking again is not happening again.
    if not of_business(None).filter(code=NOBODY, closed_at=None, deleted_at=None).exists():
        alerts.raise_alert(
            NOBODY, business_id=None, level=Level.CRITICAL, params={"since": since.isoformat()}, now=now
        )
    return True


def worker_is_back(*, now: datetime) -> None:
    """Closes the alert that no worker runs."""
    alerts.close_alert(NOBODY, business_id=None, now=now)


def _waits_since(now: datetime) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.dispatch", "waits_for_a_worker"), {"now": now})
        found: datetime | None = cursor.fetchone()[0]
    return found


@on("worker.lost", "dispatch.workers")
def tell_of_loss(event: EventValue) -> None:
    """A worker was found gone, and has not come back by now. However many are lost, it is one line.

    One that lost no more than its connection has ended its former row itself meanwhile, as seen after its end.
    """
    worker = Worker.objects.filter(pk=event.data["worker"]).first()
    if worker is None or (worker.ended_at is not None and worker.seen_at >= worker.ended_at):
        return
    alerts.raise_alert(
        LOST,
        business_id=None,
        level=Level.WARNING,
        params={"host": worker.host, "pid": worker.pid, "seen_at": worker.seen_at.isoformat()},
        now=event.at,
    )
