"""A worker that dies by ``kill -9`` becomes one alert of the installation; one that stops in order or lost its connection does not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from qafila.alerts.models import Alert, Level
from qafila.alerts.saying import says
from qafila.dispatch.lanes import ended
from qafila.dispatch.models import Worker
from qafila.dispatch.rules.nobody_works import COMES_BACK_WITHIN
from qafila.events.jobs import run_due
from qafila.events.models import Event
from qafila.kit.processes.parent_death import end_with_parent

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 300.0
Start = Callable[[], subprocess.Popen[bytes]]


def until(what: str, done: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := done():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE_SECONDS:.0f} s for {what}")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a real worker on the test's database and waits until it is registered."""
    database, running = connection.settings_dict, []
    url = (
        f"postgresql://{quote(database['USER'], safe='')}:{quote(database['PASSWORD'], safe='')}@:{database['PORT']}"
        f"/{database['NAME']}?host={quote(database['HOST'], safe='')}"
    )

    def go() -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-m", "qafila.worker.main"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url, "QAFILA_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGKILL),  # noqa: PLW1509 - a run that is killed leaves nothing behind
        )
        running.append(child)
        until("a worker", lambda: Worker.objects.filter(pid=child.pid, ended_at=None).exists())
        return child

    yield go
    for child in running:
        child.kill()
        child.wait(timeout=PATIENCE_SECONDS)


def found_gone(child: subprocess.Popen[bytes]) -> Event:
    """The event of its loss, which another worker wrote when it found the lock free."""
    rows = Worker.objects.filter(pid=child.pid)
    event: Event = until(
        "somebody to find it gone",
        lambda: Event.objects.filter(
            kind="worker.lost", data__worker__in=list(rows.values_list("pk", flat=True))
        ).first(),
    )
    return event


def hear() -> list[Alert]:
    """What stands when everybody had the time to come back."""
    run_due(limit=100, now=datetime.now(UTC) + COMES_BACK_WITHIN + timedelta(seconds=1))
    return list(Alert.objects.filter(code="worker_lost"))


def test_each_loss_counts_on_one_line_and_an_orderly_stop_is_none(start: Start) -> None:
    watching, first, second, third = start(), start(), start(), start()
    third.send_signal(signal.SIGTERM)
    assert third.wait(timeout=PATIENCE_SECONDS) == 0
    first.kill()
    found_gone(first)
    assert Event.objects.filter(kind="worker.lost").count() == 1, "the one that stopped in order is not lost"
    (alert,) = hear()
    assert (alert.business_id, alert.level, alert.count) == (None, Level.WARNING, 1)
    assert (alert.params["pid"], alert.subject_kind) == (first.pid, "")
    lost = Worker.objects.get(pid=first.pid)
    assert lost.ended_at is not None
    assert lost.seen_at < lost.ended_at

    second.kill()
    found_gone(second)
    (alert,) = hear()
    assert (alert.count, alert.params["pid"], alert.closed_at) == (2, second.pid, None)
    assert watching.poll() is None
    said = says(alert, "en")
    assert str(second.pid) in said.cause
    assert f"{Worker.objects.get(pid=second.pid).seen_at:%Y-%m-%d %H:%M}" in said.cause


def test_a_worker_that_lost_its_connection_only_is_not_lost(start: Start) -> None:
    watching, cut = start(), start()
    former = Worker.objects.get(pid=cut.pid)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7 AND objid = %s",
            [former.pk],
        )
        assert cursor.rowcount == 1
    until("it to be back", lambda: Worker.objects.filter(pid=cut.pid, ended_at=None).exclude(pk=former.pk))
    former.refresh_from_db()
    assert former.ended_at is not None
    assert hear() == []
    assert watching.poll() is None


def test_one_that_was_found_gone_and_came_back_is_not_told_of(now: datetime) -> None:
    at = {"host": "h", "pid": 7, "version": "0", "started_at": now}
    back = Worker.objects.create(
        **at, seen_at=now + timedelta(seconds=2), ended_at=now + timedelta(seconds=1)
    )
    lost = Worker.objects.create(**at, seen_at=now, ended_at=now + timedelta(seconds=1))
    for worker in (back, lost):
        Event.objects.create(kind="worker.lost", at=now, due_at=now, data={"worker": worker.pk})
    (alert,) = hear()
    assert alert.count == 1
    assert alert.params["seen_at"] == now.isoformat()


async def test_a_part_that_misses_its_cancellation_is_cancelled_again() -> None:
    """As a pool of connections does now and then. Once was a stop of 25 seconds, after which the worker counted as lost."""
    began, missed = asyncio.Event(), []

    async def part() -> None:
        began.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError as exc:
            missed.append(exc)
        await asyncio.sleep(3600)

    async def fault() -> None:
        raise ValueError("a fault of a part")

    tasks = [asyncio.create_task(part()), asyncio.create_task(fault())]
    await began.wait()
    await asyncio.wait_for(ended(tasks), PATIENCE_SECONDS)
    assert [task.cancelled() for task in tasks] == [True, False]
    assert len(missed) == 1
