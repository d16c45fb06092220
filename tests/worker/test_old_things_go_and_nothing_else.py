"""Retention (promise 61): what is old goes, exactly that; run again nothing more; killed midway the next run ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from qafila.alerts.actions import raise_alert
from qafila.alerts.models import Alert, Level
from qafila.businesses.models import AuditEntry, Business
from qafila.dispatch.models import Worker
from qafila.events.models import Event
from qafila.receiving.models import ProviderEvent
from qafila.senders.models import ProviderAccount, Sender
from qafila.worker import retention
from qafila.worker.retention import Kept

pytestmark = pytest.mark.django_db(transaction=True)

DAYS = 30
KEPT = Kept(events=timedelta(days=DAYS))
AGES = (0, 29, 30, 31, 400)
"""In days; what is exactly as old as the limit stays."""
TABLES = (
    "events_event",
    "alerts_alert",
    "receiving_providerevent",
    "dispatch_worker",
    "procrastinate_jobs",
    "procrastinate_events",
)
KILLED = """
import os, signal
import django
django.setup()
from datetime import datetime, timedelta
from qafila.worker import retention
chunks = 0
def count():
    global chunks
    chunks += 1
    if chunks == int(os.environ["KILL_AFTER"]):
        os.kill(os.getpid(), signal.SIGKILL)
retention.clean(now=datetime.fromisoformat(os.environ["AT"]), kept=retention.Kept(timedelta(days=30)), chunk=1,
    after_chunk=count)
"""


def _ids(table: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table}")
        return {row[0] for row in cursor.fetchall()}


def _job(status: str, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
            " VALUES ('default', 'tests.job', '{}', 'todo') RETURNING id"
        )
        job = int(cursor.fetchone()[0])
        if status != "todo":
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job])
        if status not in ("todo", "doing"):
            cursor.execute(f"UPDATE procrastinate_jobs SET status = '{status}' WHERE id = %s", [job])
        cursor.execute("UPDATE procrastinate_events SET at = %s WHERE job_id = %s", [at, job])
        return job


@pytest.fixture
def aged(business: Business, provider_account: ProviderAccount, now: datetime) -> dict[str, set[int]]:
    """Things of all ages in every table; the answer is what must be left of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs"
        )  # of other tests: the library's tables are not emptied between them
    left: dict[str, set[int]] = {table: set() for table in TABLES}
    for days in AGES:
        at = now - timedelta(days=days)
        young = days <= DAYS
        handled = Event.objects.create(business=business, kind="message.received", at=at, due_at=None)
        waiting = Event.objects.create(business=business, kind="message.received", at=at, due_at=at)
        left["events_event"] |= {waiting.pk} | ({handled.pk} if young else set())

        over, gone, still = (
            raise_alert(
                "disk_nearly_full",
                business_id=business.pk,
                level=Level.INFO,
                subject=(kind, str(days)),
                now=at,
            )
            for kind in ("over", "gone", "still")
        )
        Alert.objects.filter(pk=over.pk).update(closed_at=at)
        Alert.objects.filter(pk=gone.pk).update(deleted_at=at)
        Event.objects.filter(kind="alert.raised").delete()  # events are looked at above
        left["alerts_alert"] |= {still.pk} | ({over.pk, gone.pk} if young else set())

        told = ProviderEvent.objects.create(
            business_id=business.pk,
            provider_account_id=provider_account.pk,
            kind="x",
            known=True,
            at=at,
            payload={},
        )
        left["receiving_providerevent"] |= {told.pk} if young else set()

        facts = {"host": "h", "pid": 1, "version": "0", "started_at": at, "seen_at": at}
        ended, living = Worker.objects.create(**facts, ended_at=at), Worker.objects.create(**facts)
        left["dispatch_worker"] |= {living.pk} | ({ended.pk} if young else set())
    for status, days, stays in (
        ("succeeded", 0, True),
        ("succeeded", 2, False),
        ("failed", 2, True),
        ("failed", 8, False),
        ("todo", 400, True),
        ("doing", 400, True),
    ):
        job = _job(status, now - timedelta(days=days))
        left["procrastinate_jobs"] |= {job} if stays else set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM procrastinate_events WHERE job_id = ANY (%s)", [list(left["procrastinate_jobs"])]
        )
        left["procrastinate_events"] = {row[0] for row in cursor.fetchall()}
    return left


def _left() -> dict[str, set[int]]:
    return {table: _ids(table) for table in TABLES}


@pytest.mark.parametrize("chunk", [1, 5_000])
def test_exactly_what_is_old_goes_and_a_second_run_takes_nothing(
    aged: dict[str, set[int]], now: datetime, chunk: int
) -> None:
    removed = retention.clean(now=now, kept=KEPT, chunk=chunk)
    assert _left() == aged
    assert removed == {
        "events": 2,
        "alerts": 4,
        "provider_events": 2,
        "letters": 0,
        "webhook_messages": 0,
        "webhook_endpoints": 0,
        "workers": 2,
        "jobs": 1,
        "failed_jobs": 1,
    }
    assert not any(retention.clean(now=now, kept=KEPT, chunk=chunk).values())
    assert _left() == aged


@pytest.mark.parametrize("after", [1, 4, 8, 11])
def test_a_run_that_is_killed_midway_is_gone_on_with(
    aged: dict[str, set[int]], now: datetime, dsn: str, settings: Any, after: int
) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": dsn,
        "QAFILA_DATA": str(settings.DATA),
        "DJANGO_SETTINGS_MODULE": "qafila.project.settings",
        "KILL_AFTER": str(after),
        "AT": now.isoformat(),
    }
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    half = _left()
    assert half != aged
    assert all(aged[table] <= half[table] for table in TABLES)
    assert sum(retention.clean(now=now, kept=KEPT).values()) == 12 - after
    assert _left() == aged


def test_books_and_people_are_never_touched(
    business: Business, phone_linked_sender: Sender, now: datetime
) -> None:
    before = AuditEntry.objects.count(), Business.objects.count(), Sender.objects.count()
    retention.clean(now=now + timedelta(days=4000), kept=KEPT)
    assert (AuditEntry.objects.count(), Business.objects.count(), Sender.objects.count()) == before
