"""What a review of the sending engine found: each of these failed when it was written."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import django.db
import psycopg
import pytest

from qafila.dispatch import actions
from qafila.dispatch.lane import Lane as RunningLane
from qafila.dispatch.lane import Waiting
from qafila.dispatch.models import Lane, Worker
from qafila.dispatch.recorder import Outcome as Recorded
from qafila.kit.statements import statement
from qafila.ledger import actions as ledger
from qafila.ledger.models import Attempt, Batch, Message
from qafila.ledger.states import BatchState, State, Target
from qafila.providers.interface import Accepted, Credentials, Failure, Outgoing, ProviderError
from qafila.providers.memory import MemoryProvider
from qafila.providers.memory.provider import Outcome
from qafila.senders.models import Sender, SenderState
from tests.dispatch.conftest import Engine, OfficialMemory

pytestmark = pytest.mark.django_db(transaction=True)
Number = Callable[..., Sender]
Contract = Callable[..., Batch]


@pytest.fixture(autouse=True)
def less_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of these needs half a minute."""
    monkeypatch.setattr("tests.dispatch.conftest.PATIENCE_SECONDS", 8.0)


def fail_once(engine: Engine, name: str, error: Exception) -> None:
    """The first action of this name ends as if its database connection had just broken."""
    real, left = engine.tools.act, [1]

    async def act(action: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if action.__name__ == name and left:
            left.clear()
            raise error
        return await real(action, *args, **kwargs)

    engine.tools = dataclasses.replace(engine.tools, act=act)


async def test_one_strange_answer_does_not_end_the_writing_of_all_outcomes(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    answers = iter([Outcome(Accepted("w" * 201))])
    official.decide = lambda to, message: next(answers, Outcome())
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 5)
    engine.start()
    await engine.at_rest(batch)


async def test_a_lane_whose_start_failed_is_run_again(
    engine: Engine, number: Number, contract: Contract
) -> None:
    fail_once(engine, "credentials", django.db.OperationalError("server closed the connection"))
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 3)
    engine.start(lease_seconds=2.0)
    assert (await engine.at_rest(batch)).sent == 3


async def test_a_lane_given_up_for_the_database_is_run_again(
    engine: Engine, number: Number, contract: Contract
) -> None:
    fail_once(engine, "credentials", psycopg.OperationalError("no connection from the pool"))
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 3)
    engine.start(lease_seconds=2.0)
    assert (await engine.at_rest(batch)).sent == 3


async def test_a_number_in_trouble_is_stopped_though_the_database_was_away_for_a_moment(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    official.decide = lambda to, message: Outcome(ProviderError(Failure.SENDER, "133010"))
    fail_once(engine, "stop_sender", django.db.OperationalError("server closed the connection"))
    sender = await engine.act(number)
    await engine.act(contract, (Target.SENDER, sender.pk), 1)
    engine.start(lease_seconds=2.0)
    await engine.until(lambda: Sender.objects.get(pk=sender.pk).state == SenderState.STOPPED)


async def test_a_fault_in_one_call_leaves_no_message_in_sending(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    def decide(to: Credentials, message: Outgoing) -> Outcome:
        if not official.sent:
            official.sent.append(None)  # type: ignore[arg-type]
            raise TypeError("a parameter that is no text")
        return Outcome()

    official.decide = decide
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 3)
    engine.start(lease_seconds=2.0)
    await engine.at_rest(batch)


async def test_a_message_put_back_late_wakes_the_lane(
    engine: Engine, number: Number, contract: Contract, dsn: str
) -> None:
    """A worker frozen past its lease thaws: what it had claimed and not begun goes back, and somebody must take it."""
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 1, start=False)
    now = datetime.now(UTC)

    def frozen() -> int:
        ghost = Worker.objects.create(host="frozen", pid=1, version="0", started_at=now, seen_at=now)
        Lane.objects.create(
            sender=sender, business_id=batch.business_id, owner_id=ghost.pk, epoch=3, lease_until=now
        )
        Batch.objects.filter(pk=batch.pk).update(state=BatchState.FLOWING)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("UPDATE dispatch_lane SET lease_until = now() + interval '1 hour'")
            claim = {
                "pace": "{}",
                "sender": sender.pk,
                "epoch": 3,
                "worker": ghost.pk,
                "batch": batch.pk,
                "n": 9,
                "shared": 9,
                "target_kind": int(Target.SENDER),
                "target_id": sender.pk,
                "now": datetime.now(UTC),
                "cursor_due": datetime(2000, 1, 1, tzinfo=UTC),
                "cursor_id": 0,
                "use_limits": True,
                "throughput": None,
                "version": 1,
                "hours": None,
                "zone": "UTC",
                "answers_rest": 0.0,
                "rests": [],
            }
            (row,) = connection.execute(statement("qafila.dispatch", "claim"), claim).fetchall()
        return int(row[0])

    message_id = await engine.act(frozen)
    engine.start()
    await engine.until(lambda: Message.objects.get(pk=message_id).state == State.UNCERTAIN)
    await engine.until(lambda: Lane.objects.filter(pk=sender.pk, owner_id=None, due_at=None).exists())
    # What the thawed worker's Caller._put_back hands to its recorder:
    engine.recorder.add(
        Recorded(
            message_id, 1, sender.pk, State.QUEUED, datetime.now(UTC), "not_begun",
            due_at=datetime.now(UTC), uncounted=True,
        )
    )  # fmt: skip
    await engine.recorder.settled()
    await engine.act(actions.wake_stranded, now=datetime.now(UTC))
    assert (await engine.at_rest(batch)).sent == 1


async def test_what_a_stopped_number_puts_back_is_taken_by_the_others(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    from qafila.events.jobs import run_due
    from qafila.senders.models import ProviderAccount

    first = await engine.act(number, throughput=64)
    account = await engine.act(ProviderAccount.objects.get, pk=first.provider_account_id)
    await engine.act(number, account=account, throughput=64)

    def decide(to: Credentials, message: Outgoing) -> Outcome:
        bad = to.sender_ref == first.ref
        return Outcome(ProviderError(Failure.SENDER, "133010") if bad else None, delay=3.0 if bad else 0.0)

    official.decide = decide
    await engine.act(run_due, now=datetime.now(UTC))  # what making them told
    batch = await engine.act(contract, (Target.PROVIDER_ACCOUNT, account.pk), 100)
    engine.start()
    await engine.until(lambda: Sender.objects.get(pk=first.pk).state == SenderState.STOPPED)
    await engine.until(lambda: not Lane.objects.exclude(owner_id=None).exists())
    await engine.act(run_due, now=datetime.now(UTC))
    await engine.act(actions.wake_stranded, now=datetime.now(UTC))
    assert (await engine.at_rest(batch)).sent == 100


async def test_a_clock_that_was_set_back_holds_a_lane_for_no_more_than_a_second(
    engine: Engine, number: Number, contract: Contract
) -> None:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 1)
    before = datetime.now(UTC) + timedelta(hours=1)
    await engine.act(Lane.objects.filter(pk=sender.pk).update, pace={"last": before.timestamp()})
    engine.start()
    assert (await engine.at_rest(batch)).sent == 1


async def test_the_heir_of_a_lost_worker_lets_what_was_in_the_air_arrive_first(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    """What a killed worker had in the air counts into the provider's second, although nobody sees it answered."""
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 3)
    await engine.act(Lane.objects.filter(pk=sender.pk).update, pace={"last": 0.0, "calls": True})
    began = datetime.now(UTC)
    engine.start()
    assert (await engine.at_rest(batch)).sent == 3
    first = await engine.act(
        lambda: Message.objects.filter(batch_id=batch.pk).earliest("claimed_at").claimed_at
    )
    assert first - began >= timedelta(seconds=2)
    pace = await engine.act(lambda: Lane.objects.get(pk=sender.pk).pace)
    assert "calls" not in pace, "everything landed: whoever comes next need not wait"


async def test_a_call_that_could_not_begin_at_once_asks_the_gates_again(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    """A worker that stood still between claim and call must not overlook a STOP of that time."""
    stood_still: list[int] = []

    def decide(to: Credentials, message: Outgoing) -> Outcome:
        if not stood_still:
            stood_still.append(1)
            time.sleep(0.6)  # the whole process, between the claim of both and the call of the other
        return Outcome()

    official.decide = decide
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 2)
    engine.start()
    assert (await engine.at_rest(batch)).sent == 2
    assert len(official.sent) == 2
    attempts = await engine.act(lambda: sorted(Attempt.objects.values_list("outcome", flat=True)))
    assert attempts == ["accepted", "accepted", "not_begun"]


async def test_own_pace_switched_on_counts_for_a_lane_that_runs(
    engine: Engine, number: Number, contract: Contract, phone: MemoryProvider
) -> None:
    from qafila.businesses.actor import system_actor
    from qafila.events.jobs import run_due
    from qafila.senders.actions import set_use_limits

    phone.decide = lambda to, message: Outcome(delay=0.01)
    sender = await engine.act(number, "memory", use_limits=False)
    await engine.act(contract, (Target.SENDER, sender.pk), 400)
    engine.start()
    await engine.until(lambda: len(phone.sent) > 10)
    actor = await engine.act(lambda: system_actor(sender.business))
    await engine.act(set_use_limits, sender=sender, on=True, actor=actor, now=datetime.now(UTC))
    await engine.act(run_due, now=datetime.now(UTC))
    before = len(phone.sent)
    await asyncio.sleep(2.0)
    assert len(phone.sent) - before <= 3


def make_failed(batch: Batch, sender: Sender) -> None:
    Message.objects.filter(batch_id=batch.pk).update(state=State.FAILED, due_at=None, sender_id=sender.pk)
    with django.db.connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_batchsender (batch_id, sender_id, failed) VALUES (%s, %s, %s)",
            (batch.pk, sender.pk, batch.total),
        )


def test_a_batch_whose_failures_are_retried_is_not_finished(number: Number, contract: Contract) -> None:
    sender = number()
    batch = contract((Target.SENDER, sender.pk), 2)
    make_failed(batch, sender)
    now = datetime.now(UTC)
    finishing = threading.Thread(
        target=lambda: (
            ledger.finish_batches(now=now, uncertain_before=now - timedelta(hours=24)),
            django.db.connection.close(),
        )
    )
    with django.db.transaction.atomic():
        ledger.retry_failed(business_id=batch.business_id, batch_id=batch.pk, now=now)
        actions.resume_flow(batch_id=batch.pk, now=now)
        finishing.start()
        finishing.join()
    assert Message.objects.filter(batch_id=batch.pk, state=State.QUEUED).count() == 2
    assert Batch.objects.get(pk=batch.pk).state == BatchState.FLOWING


def wait_for_a_lock_waiter() -> None:
    with django.db.connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute("SELECT pg_sleep(0.01), pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits for a lock")


async def test_a_retry_and_a_claim_do_not_deadlock(
    engine: Engine, number: Number, contract: Contract
) -> None:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 4)
    now = datetime.now(UTC)

    def half_failed() -> None:
        ids = list(Message.objects.filter(batch_id=batch.pk).order_by("id").values_list("id", flat=True)[:2])
        Message.objects.filter(pk__in=ids).update(state=State.FAILED, due_at=None, sender_id=sender.pk)
        with django.db.connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_batchsender (batch_id, sender_id, failed) VALUES (%s, %s, 2)",
                (batch.pk, sender.pk),
            )
            cursor.execute(
                "UPDATE dispatch_lane SET owner_id = 1, epoch = 1, lease_until = now() + interval '1 hour'"
            )

    def retry() -> None:
        with django.db.transaction.atomic():
            ledger.retry_failed(business_id=batch.business_id, batch_id=batch.pk, now=now)
            halfway.set()
            wait_for_a_lock_waiter()
            actions.resume_flow(batch_id=batch.pk, now=now)

    await engine.act(half_failed)
    halfway = threading.Event()
    lane = RunningLane(
        sender.pk, batch.business_id, 1, 0, {}, now, "", "ready", None, True, None, now, None,
        sender.provider_account_id, "memory_official", 1, "ok", None, False, None, "", None, "UTC", 1, 1e12,
    )  # fmt: skip
    target = (int(Target.SENDER), sender.pk)
    waiting = Waiting(batch.pk, 5, {"kind": "text"}, now, 0, "", 0, *target, False, 1.0)
    retrying = asyncio.create_task(engine.act(retry))
    await asyncio.to_thread(halfway.wait)
    rows = await lane.claim(engine.pool, waiting, n=2, now=datetime.now(UTC), monotonic=0.0)
    await retrying
    assert len(rows) == 2


def test_what_is_sent_again_in_a_cancelled_batch_is_not_queued_for_ever(
    number: Number, contract: Contract
) -> None:
    sender = number()
    batch = contract((Target.SENDER, sender.pk), 1)
    now = datetime.now(UTC)
    Message.objects.filter(batch_id=batch.pk).update(
        state=State.UNCERTAIN, due_at=None, sender_id=sender.pk, uncertain_at=now
    )
    with django.db.connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_batchsender (batch_id, sender_id, uncertain) VALUES (%s, %s, 1)",
            (batch.pk, sender.pk),
        )
    ledger.cancel_batch(batch_id=batch.pk, business_id=batch.business_id, now=now)
    ledger.cancel_some(now=now)
    ledger.resolve_uncertain(
        business_id=batch.business_id, as_=ledger.Resolution.RESEND, batch_id=batch.pk, now=now
    )
    actions.resume_flow(batch_id=batch.pk, now=now)
    ledger.cancel_some(now=now)
    assert Message.objects.get(batch_id=batch.pk).state != State.QUEUED


def test_one_cancelled_batch_with_a_call_in_the_air_does_not_hold_up_the_others(
    number: Number, contract: Contract
) -> None:
    sender = number()
    first, second = (contract((Target.SENDER, sender.pk), 1) for _ in range(2))
    now = datetime.now(UTC)
    Message.objects.filter(batch_id=first.pk).update(
        state=State.SENDING, due_at=None, sender_id=sender.pk, claimed_by=sender.pk
    )
    with django.db.connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_batchsender (batch_id, sender_id, sending) VALUES (%s, %s, 1)",
            (first.pk, sender.pk),
        )
    for batch in (first, second):
        ledger.cancel_batch(batch_id=batch.pk, business_id=batch.business_id, now=now)
    ledger.cancel_some(now=now)
    ledger.cancel_some(now=now)
    assert Message.objects.get(batch_id=second.pk).state == State.CANCELLED


async def test_rows_that_somebody_holds_are_not_asked_for_again_and_again(
    engine: Engine, number: Number, contract: Contract, dsn: str
) -> None:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 5)
    asked = [0]
    real = RunningLane.outlook

    async def outlook(self: RunningLane, pool: Any) -> list[Waiting]:
        asked[0] += 1
        return await real(self, pool)

    with pytest.MonkeyPatch.context() as patch, psycopg.connect(dsn) as other:
        patch.setattr(RunningLane, "outlook", outlook)
        other.execute("SELECT id FROM ledger_message WHERE batch_id = %s FOR UPDATE", (batch.pk,))
        engine.start()
        await asyncio.sleep(2.0)
        other.rollback()
    assert asked[0] < 60


async def test_slow_answers_count_for_the_second_after_the_lane_slept(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    """The provider counts arrivals, which lie anywhere between a call and its answer: here, just before the answer."""
    arrived: list[float] = []
    real = official.send

    async def send(to: Credentials, message: Outgoing) -> Accepted:
        accepted = await real(to, message)
        arrived.append(asyncio.get_running_loop().time())
        return accepted

    official.send = send  # type: ignore[method-assign]
    official.decide = lambda to, message: Outcome(delay=1.5)
    sender = await engine.act(number, throughput=10)
    first = await engine.act(contract, (Target.SENDER, sender.pk), 10)
    second = await engine.act(contract, (Target.SENDER, sender.pk), 10, start=False)
    await engine.act(Message.objects.filter(batch_id=second.pk).update, contact_id=None)  # no pair limit
    engine.start()
    await engine.until(lambda: Lane.objects.filter(pk=sender.pk, owner_id=None, due_at=None).exists())
    assert (await engine.at_rest(first)).sent == 10
    official.decide = lambda to, message: Outcome()
    await engine.act(
        actions.start_batch, batch_id=second.pk, business_id=second.business_id, now=datetime.now(UTC)
    )
    await engine.at_rest(second)
    assert max(sum(1 for t in arrived if at <= t < at + 1.0) for at in arrived) <= 10


async def test_what_a_dead_worker_left_behind_raises_an_alert(
    engine: Engine, number: Number, contract: Contract, dsn: str
) -> None:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 2, start=False)
    now = datetime.now(UTC)

    def leave_behind() -> None:
        ghost = Worker.objects.create(host="gone", pid=1, version="0", started_at=now, seen_at=now)
        Lane.objects.create(
            sender=sender, business_id=batch.business_id, owner_id=ghost.pk, epoch=3, lease_until=now
        )
        message = Message.objects.filter(batch_id=batch.pk).order_by("id")[0]
        Message.objects.filter(pk=message.pk).update(
            state=State.SENDING, due_at=None, claimed_by=sender.pk, sender_id=sender.pk, epoch=3
        )
        with django.db.connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_batchsender (batch_id, sender_id, sending) VALUES (%s, %s, 1)",
                (batch.pk, sender.pk),
            )
        actions.start_batch(batch_id=batch.pk, business_id=batch.business_id, now=now)

    await engine.act(leave_behind)
    engine.start()
    counts = await engine.at_rest(batch)
    assert (counts.sent, counts.uncertain) == (1, 1)
    from qafila.alerts.models import Alert
    from qafila.events.jobs import run_due

    await engine.act(run_due, now=datetime.now(UTC))
    await engine.until(lambda: Alert.objects.filter(code="uncertain_messages").exists())


async def test_renewing_leases_and_waking_lanes_do_not_deadlock(
    engine: Engine, number: Number, contract: Contract
) -> None:
    """As when messages of two batches are resolved at once: their lanes are woken in one transaction."""
    first, second = await engine.act(number), await engine.act(number)
    now = datetime.now(UTC)

    def prepare() -> None:
        actions.wake_senders([first.pk, second.pk], now=now)
        for lane in (second.pk, first.pk):  # the order in which they became ours is the order of the index
            Lane.objects.filter(pk=lane).update(owner_id=1, epoch=1)

    def wake() -> None:
        with django.db.transaction.atomic():
            actions.wake_senders([first.pk], now=now)
            halfway.set()
            wait_for_a_lock_waiter()
            actions.wake_senders([second.pk], now=now)

    halfway = threading.Event()
    await engine.act(prepare)
    waking = asyncio.create_task(engine.act(wake))
    await asyncio.to_thread(halfway.wait)
    async with engine.pool.connection() as connection:
        cursor = await connection.execute(
            statement("qafila.dispatch", "renew_leases"),
            {"worker": 1, "lease": 15.0, "running": [first.pk, second.pk]},
        )
        assert len(await cursor.fetchall()) == 2
    await waking
