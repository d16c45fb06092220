"""WhatsApp forbids a phone-linked number new conversations for a while, or their quota is used up: answers go on, and nothing
else does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from qafila.dispatch import actions, consequences, packages, queries
from qafila.dispatch.lane import Fenced, Waiting
from qafila.dispatch.lane import Lane as RunningLane
from qafila.dispatch.models import Lane
from qafila.dispatch.phone_lane import PhoneLane
from qafila.dispatch.rules import answering, time_lock
from qafila.dispatch.rules.human_pace import HumanPolicy
from qafila.events.actions import emit
from qafila.events.jobs import run_due
from qafila.ledger import queries as ledger
from qafila.ledger.models import Attempt, Batch, Message, Window
from qafila.ledger.states import State, Target
from qafila.providers.interface import Failure, ProviderError
from qafila.providers.memory import MemoryProvider, Outcome
from qafila.senders.actions import rest_sender
from qafila.senders.models import Package, PackageMember, Sender
from qafila.senders.saying import state_says
from tests.dispatch.conftest import TEXT, Engine
from tests.dispatch.lane_in_hand import in_hand

pytestmark = pytest.mark.django_db(transaction=True)

Number = Callable[..., Sender]
Contract = Callable[..., Batch]
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
LOCKED, CAPPED = time_lock.LOCKED, time_lock.CAPPED
QUICK = HumanPolicy(
    per_minute=1000,
    burst=1000,
    between=(0.01, 0.02),
    before_typing=(0, 0.01),
    typing_at_least=0.01,
    typing_at_most=0.02,
)


def quick(lane: Any, connection: Any, tools: Any) -> PhoneLane:
    return PhoneLane(lane, connection, tools, QUICK)


def now() -> datetime:
    return datetime.now(UTC)


def lock(sender: Sender, reason: str = LOCKED) -> datetime:
    """The number rests for an hour from now on, and whoever hears of that acts."""
    until = now() + timedelta(hours=1)
    assert rest_sender(sender_id=sender.pk, until=until, reason=reason, now=now())
    run_due(now=now())
    return until


def answers(contract: Contract, sender: Sender, count: int, *, written: int) -> Batch:
    """A started batch of answers; only the first people in it ever wrote to the number."""
    batch = contract((Target.SENDER, sender.pk), count, start=False, content=TEXT, priority=1)
    for row in of(batch)[:written]:
        _wrote(sender, row)
    actions.start_batch(batch_id=batch.pk, business_id=batch.business_id, now=now())
    return batch


def asleep(sender: Sender, *, after: int = 0) -> Lane | None:
    """The lane, once nobody has it; ``after``: and it was taken since that epoch."""
    return Lane.objects.filter(pk=sender.pk, owner_id=None, epoch__gt=after).first()


def of(batch: Batch) -> Any:
    return Message.objects.filter(batch_id=batch.pk).order_by("pk")


@pytest.mark.parametrize("reason", [LOCKED, CAPPED])
async def test_people_who_wrote_get_their_answers_and_nobody_else_anything(
    engine: Engine, number: Number, contract: Contract, phone: MemoryProvider, reason: str
) -> None:
    sender = await engine.act(number, "memory", in_use_since=LONG_AGO)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 3, content=TEXT)
    until = await engine.act(lock, sender, reason)
    batch = await engine.act(answers, contract, sender, 3, written=2)
    engine.start(make=quick)
    await engine.until(lambda: of(batch).filter(state=State.SENT).count() == 2)
    await engine.until(lambda: of(batch).filter(due_at__gt=now() + timedelta(minutes=1)).exists())
    lane = await engine.until(lambda: asleep(sender))
    assert lane.due_at <= until
    stranger = await engine.act(lambda: of(batch).last())
    assert (stranger.state, stranger.reason) == (State.QUEUED, reason), "called an answer, and is none"
    assert len(phone.sent) == 2
    assert (
        await engine.act(lambda: Attempt.objects.filter(message_id__in=of(campaign).values("pk")).count())
        == 0
    )
    waits = await engine.act(lambda: next(iter(ledger.messages(campaign.pk, limit=1))))
    why = await engine.act(queries.why_not_yet, waits, now=now())
    assert (why.code, why.not_before) == ("resting", until)
    await engine.act(sender.refresh_from_db)
    assert (await engine.act(queries.why_sender_waits, batch, sender, now=now())).code != "resting"
    assert "Answers to people who wrote to it still go out" in state_says(sender, "en").cause


async def test_a_lock_that_comes_in_mid_run_leaves_the_answers_and_its_end_lets_all_go(
    engine: Engine, number: Number, contract: Contract, phone: MemoryProvider
) -> None:
    sender = await engine.act(number, "memory", in_use_since=LONG_AGO)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 60, content=TEXT)
    engine.start(make=quick)
    await engine.until(lambda: len(phone.sent) >= 3)
    await engine.act(lock, sender)
    await engine.until(lambda: asleep(sender))
    begun = (await engine.counts(campaign)).sent
    batch = await engine.act(answers, contract, sender, 4, written=4)
    assert (await engine.at_rest(batch)).sent == 4
    await engine.until(lambda: asleep(sender))
    counts = await engine.counts(campaign)
    assert (counts.sent, counts.sending, counts.queued) == (begun, 0, 60 - begun)
    await engine.balanced(campaign)

    def over() -> None:
        Sender.objects.filter(pk=sender.pk).update(rest_until=now())
        actions.wake_senders([sender.pk], now=now())

    await engine.act(over)
    assert (await engine.at_rest(campaign)).sent == 60
    await engine.act(sender.refresh_from_db)
    assert sender.state == "ready"


async def test_after_a_refused_new_conversation_answers_go_on(
    engine: Engine, number: Number, contract: Contract, phone: MemoryProvider
) -> None:
    sender = await engine.act(number, "memory", in_use_since=LONG_AGO)
    phone.decide = lambda to, message: Outcome(ProviderError(Failure.RESTING, "463"))
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 2, content=TEXT)
    engine.start(make=quick)
    await engine.until(lambda: Sender.objects.filter(pk=sender.pk, state_reason="memory.463").exists())
    phone.decide = lambda to, message: Outcome()
    batch = await engine.act(answers, contract, sender, 2, written=2)
    assert (await engine.at_rest(batch)).sent == 2
    assert (await engine.counts(campaign)).queued == 2
    lane = await engine.until(lambda: asleep(sender))
    assert lane.pace["rests"] == 1, "an answer that goes out makes no next rest shorter"


async def test_a_refused_answer_is_not_tried_again_whoever_has_the_lane(
    engine: Engine, number: Number, contract: Contract, phone: MemoryProvider
) -> None:
    sender = await engine.act(number, "memory", in_use_since=LONG_AGO)
    await engine.act(lock, sender)
    phone.decide = lambda to, message: Outcome(ProviderError(Failure.RESTING, "463"))
    batch = await engine.act(answers, contract, sender, 3, written=3)
    engine.start(make=quick)
    await engine.until(lambda: len(phone.sent) == 1)
    lane = await engine.until(lambda: asleep(sender))
    for _ in range(2):
        await engine.act(actions.wake_senders, [sender.pk], now=now())
        lane = await engine.until(lambda epoch=lane.epoch: asleep(sender, after=epoch))
        assert lane.due_at > now() + timedelta(minutes=1)
    assert len(phone.sent) == 1
    assert (await engine.counts(batch)).queued == 3


async def test_an_answer_that_is_refused_later_lets_the_others_wait(
    engine: Engine, number: Number, contract: Contract, phone: MemoryProvider
) -> None:
    """Trying the next one would make the lock longer, whoever heard of it: a receipt here, which no lane sees."""
    sender = await engine.act(number, "memory", in_use_since=LONG_AGO)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 1, content=TEXT)
    first = await engine.act(answers, contract, sender, 1, written=1)
    engine.start(make=quick)
    assert (await engine.at_rest(first)).sent == (await engine.at_rest(campaign)).sent == 1
    await engine.until(lambda: asleep(sender))

    def told(batch: Batch) -> None:
        data = {"sender_id": sender.pk, "failure": "resting", "code": "memory.463", "scope": "sender"}
        with transaction.atomic():
            emit(
                "sender.trouble",
                business_id=sender.business_id,
                subject=("sender", str(sender.public_id)),
                data={**data, "message_ids": [of(batch).first().pk]},
                now=now(),
            )
        for _ in range(2):  # what follows from it is told, too
            run_due(now=now())

    await engine.act(told, campaign)
    second = await engine.act(answers, contract, sender, 1, written=0)
    assert (await engine.at_rest(second)).sent == 1, "that was no answer: answers go on"
    lane = await engine.until(lambda: asleep(sender))
    await engine.act(told, second)
    third = await engine.act(answers, contract, sender, 1, written=0)
    lane = await engine.until(lambda: asleep(sender, after=lane.epoch))
    assert lane.due_at > now() + timedelta(minutes=59)
    assert (await engine.counts(third)).queued == 1
    assert len(phone.sent) == 3
    await engine.act(sender.refresh_from_db)
    why = await engine.act(queries.why_sender_waits, third, sender, now=now())
    assert (why.code, why.not_before) == ("resting", lane.due_at)


async def test_a_lane_that_runs_hears_of_it_at_its_next_claim(
    engine: Engine, number: Number, contract: Contract, phone: MemoryProvider
) -> None:
    sender = await engine.act(number, "memory", in_use_since=LONG_AGO)
    until = await engine.act(lock, sender)
    batch = await engine.act(answers, contract, sender, 40, written=40)
    policy = dataclasses.replace(QUICK, between=(0.2, 0.3))
    engine.start(make=lambda lane, connection, tools: PhoneLane(lane, connection, tools, policy))
    await engine.until(lambda: len(phone.sent) >= 2)
    await engine.act(refused_elsewhere, sender, until)
    begun = len(phone.sent)
    lane = await engine.until(lambda: asleep(sender))
    assert answering.rest_until(lane.pace) == until.timestamp()
    assert len(phone.sent) <= begun + 1, "what was in its hands at that moment"
    await engine.balanced(batch)


async def test_a_claim_does_not_write_over_what_others_heard(
    engine: Engine, number: Number, contract: Contract
) -> None:
    sender = await engine.act(number, "memory")
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 2, content=TEXT, priority=1)
    until = await engine.act(lock, sender)
    lane = await engine.act(_running, sender, LOCKED)
    await engine.act(refused_elsewhere, sender, until)
    waiting = _waiting(batch, 1, Target.SENDER, sender.pk)
    with pytest.raises(Fenced):
        await lane.claim(engine.pool, waiting, n=1, now=now(), monotonic=0.0)
    kept = await engine.act(lambda: Lane.objects.get(pk=sender.pk).pace)
    assert answering.rest_until(kept) == until.timestamp()
    lane.heed_refusal(until.timestamp())
    lane.heed_refusal(until.timestamp() - 5)
    assert lane.pace == kept, "the later one counts"
    assert len(await lane.claim(engine.pool, waiting, n=1, now=now(), monotonic=0.0)) == 1


def refused_elsewhere(sender: Sender, until: datetime) -> None:
    consequences.rest_sender(
        business_id=sender.business_id,
        sender_id=sender.pk,
        until=until,
        code="memory.463",
        answer=True,
        now=now(),
    )


@pytest.mark.parametrize(
    ("knows", "priority", "reason", "goes"),
    [
        (LOCKED, 1, LOCKED, True),
        (CAPPED, 1, CAPPED, True),
        ("memory.463", 1, "memory.463", True),
        (LOCKED, 5, LOCKED, False),
        ("", 1, LOCKED, False),
        (LOCKED, 1, "rested_by_person", False),
    ],
    ids=[
        "an answer",
        "an answer while the quota is used up",
        "an answer after 463",
        "a campaign",
        "it came just now",
        "another rest by now",
    ],
)
async def test_the_claim_itself_refuses_what_is_no_answer(
    engine: Engine, number: Number, contract: Contract, knows: str, priority: int, reason: str, goes: bool
) -> None:
    sender = await engine.act(number, "memory")
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 2, content=TEXT, priority=priority)
    await engine.act(lock, sender, reason)
    lane = await engine.act(_running, sender, knows)
    waiting = _waiting(batch, priority, Target.SENDER, sender.pk)
    claim = lane.claim(engine.pool, waiting, n=2, now=now(), monotonic=0.0)
    if goes:
        assert len(await claim) == 2
    else:
        with pytest.raises(Fenced):
            await claim


async def test_of_what_a_package_shares_it_takes_only_what_is_addressed_to_it(
    engine: Engine, number: Number, contract: Contract
) -> None:
    sender = await engine.act(number, "memory", in_use_since=LONG_AGO)
    package = await engine.act(_package, sender, sender.business_id)
    batch = await engine.act(contract, (Target.PACKAGE, package), 3, start=False, content=TEXT, priority=1)
    await engine.act(lock, sender)

    def address_one() -> None:
        first = of(batch).first()
        of(batch).filter(pk=first.pk).update(sender_id=sender.pk, pinned_to=sender.pk)
        _wrote(sender, first)
        actions.start_batch(batch_id=batch.pk, business_id=batch.business_id, now=now())

    await engine.act(address_one)
    engine.start(make=quick)
    await engine.until(lambda: of(batch).first().state == State.SENT)
    await engine.until(lambda: asleep(sender))
    rows = await engine.act(lambda: list(of(batch).values_list("state", "attempt")))
    assert rows == [(State.SENT, 1), (State.QUEUED, 0), (State.QUEUED, 0)], "nobody knows the number"


def test_answers_stay_with_the_number_when_its_campaigns_go_to_others(
    number: Number, contract: Contract
) -> None:
    sender, other = number("memory"), number("memory")
    package = _package(sender, sender.business_id)
    PackageMember.objects.create(package_id=package, sender=other)
    batches = [contract((Target.PACKAGE, package), 2, content=TEXT, priority=priority) for priority in (1, 5)]
    Message.objects.update(sender_id=sender.pk, pinned_to=sender.pk)
    lock(sender)
    packages.release(now=now())
    found = [set(of(batch).values_list("sender_id", flat=True)) for batch in batches]
    assert found == [{sender.pk}, {0}]
    Sender.objects.filter(pk=sender.pk).update(state_reason="rested_by_person")
    packages.release(now=now())
    assert set(of(batches[0]).values_list("sender_id", flat=True)) == {0}


@pytest.mark.parametrize("reason", ["phone_time_locked", "phone_capped", "baileys.463", "waha.463"])
def test_rests_through_which_answers_go(reason: str) -> None:
    assert time_lock.answers_go_on(reason)
    assert reason in time_lock.reasons(["baileys", "waha"])


@pytest.mark.parametrize(
    "reason", ["", "463", "cloud_api.131048", "rested_by_person", "provider_silent", "baileys.4630"]
)
def test_rests_through_which_nothing_goes(reason: str) -> None:
    assert not time_lock.answers_go_on(reason)


def _running(sender: Sender, knows: str) -> RunningLane:
    """``knows``: for what the number rests."""
    if not knows:
        return in_hand(sender)
    until = (now() + timedelta(hours=1)).timestamp()
    return in_hand(sender, state="resting", state_reason=knows, answers_only_until=until)


def _waiting(batch: Batch, priority: int, kind: Target, target_id: int) -> Waiting:
    return Waiting(batch.pk, priority, TEXT, now(), 0, "", 0, int(kind), target_id, False, 1.0)


def _wrote(sender: Sender, row: Message) -> None:
    """Whom that message is for wrote to the number a moment ago."""
    Window.objects.create(
        sender_id=sender.pk, contact_id=row.contact_id, business_id=sender.business_id, last_inbound_at=now()
    )


def _package(sender: Sender, business_id: int) -> int:
    package = Package.objects.create(business_id=business_id, name="All", created_at=now())
    PackageMember.objects.create(package=package, sender=sender)
    return package.pk
