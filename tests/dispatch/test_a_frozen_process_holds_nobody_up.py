"""Somebody stands still with a row or a lock in their hands: the others go on."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import pytest

from qafila.dispatch.health_rounds import HealthRounds
from qafila.dispatch.lanes import LOCK_CLASS
from qafila.dispatch.models import Lane, Worker
from qafila.dispatch.recorder import Outcome, Recorder
from qafila.kit.clock import SystemClock
from qafila.kit.postgres.sessions import limited
from qafila.kit.statements import statement
from qafila.ledger.models import Batch
from qafila.ledger.states import State, Target
from qafila.senders.models import Sender
from tests.dispatch.conftest import Engine, OfficialMemory

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_lane_in_other_hands_does_not_cost_the_leases_of_the_rest(
    engine: Engine, number: Callable[..., Sender], contract: Callable[..., Batch], dsn: str
) -> None:
    first, second = await engine.act(number), await engine.act(number)
    owner = 41

    def take() -> None:
        for sender in (first, second):
            Lane.objects.update_or_create(
                sender_id=sender.pk, defaults={"business_id": sender.business_id, "owner_id": owner}
            )

    await engine.act(take)
    given = {"worker": owner, "lease": 15.0, "running": [first.pk, second.pk]}
    impatient = limited(dsn, lock_seconds=1)
    async with (
        await psycopg.AsyncConnection.connect(dsn) as frozen,
        await psycopg.AsyncConnection.connect(impatient, autocommit=True) as renewing,
    ):
        await frozen.execute("SELECT FROM dispatch_lane WHERE sender_id = %s FOR NO KEY UPDATE", [first.pk])
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await renewing.execute(statement("qafila.dispatch", "renew_leases"), given)
        cursor = await renewing.execute(statement("qafila.dispatch", "renew_free_leases"), given)
        assert [sender for sender, _, _ in await cursor.fetchall()] == [second.pk]


async def test_a_server_process_that_stands_still_does_not_end_the_worker(
    engine: Engine,
    number: Callable[..., Sender],
    contract: Callable[..., Batch],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when the machine was suspended, or is overrun: the question whether we are alive gets no answer in time."""
    monkeypatch.setattr("qafila.dispatch.lanes.ALIVE_SECONDS", 0.3)
    sender = await engine.act(number)
    engine.start()
    await engine.until(lambda: Worker.objects.filter(ended_at=None).exists())
    assert engine.lanes is not None
    first = engine.lanes.worker_id
    pid = await engine.act(_server_process_of, first)
    os.kill(pid, signal.SIGSTOP)
    try:
        await engine.until(lambda: Worker.objects.filter(pk__gt=first).exists())
    finally:
        os.kill(pid, signal.SIGCONT)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 3)
    assert (await engine.at_rest(batch)).sent == 3


def _server_process_of(worker_id: int) -> int:
    """The PostgreSQL process that holds a worker's lock."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s",
            [LOCK_CLASS, worker_id],
        )
        return int(cursor.fetchone()[0])


async def test_who_waits_for_their_own_outcome_does_not_wait_for_those_of_others(engine: Engine) -> None:
    """A steady stream of outcomes: there is never a moment without one."""
    recorder: Recorder = engine.recorder
    made = itertools.count(10**12)
    done = asyncio.Event()

    def add() -> None:
        now = datetime.now(UTC)
        recorder.add(Outcome(next(made), 1, 1, State.SENT, now, "accepted"))

    async def stream() -> None:
        while not done.is_set():
            add()
            await asyncio.sleep(0.001)

    running, streaming = asyncio.create_task(recorder.run()), asyncio.create_task(stream())
    try:
        while not recorder.backlog:
            await asyncio.sleep(0.001)
        await recorder.settled()
        assert recorder.backlog, "others handed over more meanwhile"
    finally:
        done.set()
        await streaming
        recorder.close()
        await running
    await recorder.settled()
    assert recorder.backlog == 0


def test_the_lock_of_a_frozen_round_of_health_comes_free_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    seen = []

    def look(self: HealthRounds, now: datetime) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SHOW idle_session_timeout")
            seen.append(cursor.fetchone())
        return 0

    monkeypatch.setattr(HealthRounds, "_round", look)
    HealthRounds().look(now=datetime.now(UTC))
    assert seen == [("1min",)]
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_session_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.skipif(
    not hasattr(time, "CLOCK_BOOTTIME"), reason="this system has no clock that counts its sleep"
)
def test_our_durations_go_on_while_the_machine_sleeps() -> None:
    clock = SystemClock()
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= clock.monotonic() <= time.clock_gettime(time.CLOCK_BOOTTIME)


async def test_a_number_whose_secrets_cannot_be_opened_is_stopped_and_told(
    engine: Engine,
    number: Callable[..., Sender],
    contract: Callable[..., Batch],
    official: OfficialMemory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from qafila.alerts.models import Alert
    from qafila.kit.crypto import CryptoError
    from qafila.senders import queries
    from qafila.senders.models import ProviderAccount

    sender = await engine.act(number)

    def locked(sender_id: int) -> object:
        raise CryptoError("key_unknown", "The key is missing.")

    monkeypatch.setattr(queries, "credentials", locked)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 3)
    engine.start()
    await engine.until(
        lambda: (
            ProviderAccount.objects.get(pk=sender.provider_account_id).state_reason == "secrets_unreadable"
        )
    )
    await engine.until(lambda: Lane.objects.filter(pk=sender.pk, owner_id=None).exists())
    assert (await engine.counts(batch)).queued == 3
    assert not official.sent
    assert (
        await engine.act(lambda: Alert.objects.filter(code="account_stopped", level="critical").count()) == 1
    )
