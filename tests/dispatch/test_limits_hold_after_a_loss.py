"""What a lost worker, or a slow provider, may still have on its way counts into the provider's limits, too."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from qafila.dispatch import actions, official_lane
from qafila.dispatch.models import Lane
from qafila.dispatch.rules import pair_limit
from qafila.ledger.models import Attempt, Batch, Message
from qafila.ledger.states import Target
from qafila.providers.memory.provider import Outcome
from qafila.senders.models import Sender
from tests.dispatch.conftest import Engine, OfficialMemory

pytestmark = pytest.mark.django_db(transaction=True)
Number = Callable[..., Sender]
Contract = Callable[..., Batch]


async def left_behind(engine: Engine, sender: Sender, batch: Batch, *, slowest: float) -> datetime:
    """The batch is started, and the number's lane is as a worker leaves it that dies in the middle of calls. Gives when."""
    now = datetime.now(UTC)
    pace = {"calls": True, "slowest": slowest}
    await engine.act(Lane.objects.create, sender=sender, business_id=batch.business_id, pace=pace, due_at=now)
    await engine.act(actions.start_batch, batch_id=batch.pk, business_id=batch.business_id, now=now)
    return now


async def test_how_long_calls_took_is_written_into_the_lane(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    official.decide = lambda to, message: Outcome(delay=0.6)
    sender = await engine.act(number, throughput=2)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 4)
    engine.start()
    await engine.at_rest(batch)
    assert (await engine.act(Lane.objects.get, pk=sender.pk)).pace["slowest"] > 0.5


async def test_a_lane_that_was_lost_waits_as_long_as_its_calls_took_before_it_sends(
    engine: Engine, number: Number, contract: Contract
) -> None:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 5, start=False)
    now = await left_behind(engine, sender, batch, slowest=1.5)
    engine.start()
    assert (await engine.at_rest(batch)).sent == 5
    first = await engine.act(lambda: Attempt.objects.earliest("began_at").began_at)
    assert (first - now).total_seconds() > 3.5


async def test_who_gets_a_lane_while_its_last_owner_still_waited_waits_for_the_rest(
    engine: Engine, number: Number, contract: Contract
) -> None:
    """After a loss lanes are handed round: one that was let go during its wait carries the wait with it."""
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 5, start=False)
    now = await left_behind(engine, sender, batch, slowest=2.0)
    engine.start()
    lanes = engine.lanes
    assert lanes is not None
    await engine.until(lambda: lanes.running)
    await engine.stop()
    assert (await engine.counts(batch)).queued == 5
    arriving = (await engine.act(Lane.objects.get, pk=sender.pk)).pace["arriving"]
    assert arriving > now.timestamp() + 4


async def test_a_person_whose_call_is_not_answered_yet_waits_however_long_that_takes(
    engine: Engine,
    number: Number,
    contract: Contract,
    official: OfficialMemory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first may arrive just before its answer: six seconds from its beginning would not be six seconds there."""
    for module in (pair_limit, official_lane):
        monkeypatch.setattr(module, "GAP_SECONDS", 0.3)
    delays = itertools.chain((2.5,), itertools.repeat(0.0))
    official.decide = lambda to, message: Outcome(delay=next(delays))
    sender = await engine.act(number, throughput=20)
    # The others keep the lane busy meanwhile; each person is in it three times.
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 60, people=20)
    engine.start()
    assert (await engine.at_rest(batch)).sent == 60

    def calls() -> list[Attempt]:
        slow = max(Attempt.objects.filter(outcome="accepted"), key=lambda one: one.ended_at - one.began_at)
        to = Message.objects.get(pk=slow.message_id).contact_id
        of_one = Message.objects.filter(contact_id=to).values_list("pk", flat=True)
        return list(Attempt.objects.filter(outcome="accepted", message_id__in=of_one).order_by("began_at"))

    first, second, third = await engine.act(calls)
    assert first.ended_at - first.began_at > timedelta(seconds=2.4)
    assert third.began_at > second.began_at > first.ended_at
