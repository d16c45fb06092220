"""What a number's health says of its pace is what its lane does: slower, resting, warming up; never faster than its limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qafila.alerts.models import Alert, Level
from qafila.dispatch import slow_start
from qafila.dispatch.models import Lane
from qafila.dispatch.phone_lane import PhoneLane
from qafila.dispatch.rules.adaptive_pace import GROWTH, State
from qafila.dispatch.rules.human_pace import HumanPolicy
from qafila.events.jobs import run_due
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import Target
from qafila.senders.actions.auto_pause import auto_pause, repair
from qafila.senders.models import Score, Sender
from tests.dispatch.conftest import TEXT, Engine

pytestmark = pytest.mark.django_db(transaction=True)

Number = Callable[..., Sender]
Contract = Callable[..., Batch]
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
QUICK = HumanPolicy(
    burst=100, between=(0.01, 0.02), before_typing=(0, 0.01), typing_at_least=0.01, typing_at_most=0.02
)


def quick(lane: Any, connection: Any, tools: Any) -> PhoneLane:
    return PhoneLane(lane, connection, tools, QUICK)


def paced(sender: Sender, **fields: Any) -> None:
    now = datetime.now(UTC)
    state = State(**fields)
    Score.objects.create(sender=sender, pace=state.kept(), factor=state.factor, at=now)


async def test_a_number_that_rests_after_trouble_answers_people_only(
    engine: Engine, number: Number, contract: Contract
) -> None:
    sender = await engine.act(number, "memory", in_use_since=LONG_AGO)
    until = datetime.now(UTC) + timedelta(hours=1)
    await engine.act(paced, sender, rest_until=until.timestamp())
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 3, content=TEXT)
    answers = await engine.act(contract, (Target.SENDER, sender.pk), 2, content=TEXT, priority=1)
    engine.start(make=quick)
    assert (await engine.at_rest(answers)).sent == 2
    lane = await engine.until(lambda: Lane.objects.filter(pk=sender.pk, owner_id=None).first())
    assert abs(lane.due_at - until) < timedelta(seconds=1)
    assert (await engine.counts(campaign)).queued == 3


async def test_an_owner_who_switched_our_pace_off_is_not_held(
    engine: Engine, number: Number, contract: Contract
) -> None:
    sender = await engine.act(number, "memory", in_use_since=LONG_AGO, use_limits=False)
    rest = (datetime.now(UTC) + timedelta(hours=1)).timestamp()
    await engine.act(paced, sender, rest_until=rest, factor=0.05)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 3, content=TEXT)
    engine.start(make=quick)
    assert (await engine.at_rest(campaign)).sent == 3


async def test_a_new_number_warms_up(engine: Engine, number: Number, contract: Contract) -> None:
    few = HumanPolicy(
        per_day=((0, 20),),
        burst=100,
        between=(0.01, 0.02),
        before_typing=(0, 0.01),
        typing_at_least=0.01,
        typing_at_most=0.02,
    )
    sender = await engine.act(number, "memory", in_use_since=datetime.now(UTC))
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 5, content=TEXT)
    engine.start(make=lambda lane, connection, tools: PhoneLane(lane, connection, tools, few))
    lane = await engine.until(
        lambda: Lane.objects.filter(pk=sender.pk, owner_id=None, due_at__gt=datetime.now(UTC)).first()
    )
    assert (await engine.counts(campaign)).sent == 2  # a tenth of 20 on the first day
    assert lane.due_at - datetime.now(UTC) > timedelta(hours=23)


async def test_an_official_number_goes_at_its_share_of_the_rate(
    engine: Engine, number: Number, contract: Contract
) -> None:
    sender = await engine.act(number, throughput=20)
    await engine.act(paced, sender, factor=0.2)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 10)
    engine.start()
    assert (await engine.at_rest(campaign)).sent == 10
    sent = await engine.act(
        lambda: sorted(Message.objects.filter(batch_id=campaign.pk).values_list("claimed_at", flat=True))
    )
    for first, fifth in zip(sent, sent[4:], strict=False):  # four a second, not twenty
        assert fifth - first >= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("before", "score", "kind", "slowly"),
    [
        ("paused", 100, "none", False),
        ("paused", 30, "none", True),
        ("paused", 100, "black_hole", True),
        ("resting", 60, "spam_limited", True),
        ("resting", 70, "none", False),
        ("stopped", 100, "none", True),
        ("not_connected", 100, "none", False),
        ("", 100, "none", False),
    ],
)
def test_who_comes_back_from_trouble_begins_slowly(
    number: Number, now: datetime, before: str, score: int, kind: str, slowly: bool
) -> None:
    sender = number("memory")
    Score.objects.create(sender=sender, score=score, kind=kind, at=now)
    assert slow_start.comes_back(sender_id=sender.pk, before=before, now=now) is slowly
    kept = Score.objects.get()
    assert kept.pace.get("factor") == (GROWTH.again if slowly else None)
    assert kept.kind == ("none" if slowly else kind)


def test_a_repaired_number_begins_slowly_though_its_account_is_well_again(
    number: Number, now: datetime
) -> None:
    """It was paused for a dead token; the token was put right, and a round found nothing wrong since: the score says 100."""
    sender = number("memory")
    Score.objects.create(sender=sender, score=100, known=True, at=now)
    auto_pause(sender=sender, reason="health_token_invalid", now=now)
    run_due(limit=100, now=now)
    repair(dry_run=False, now=now)
    run_due(limit=100, now=now)
    kept = Score.objects.get()
    assert (kept.pace["factor"], kept.factor) == (GROWTH.again, GROWTH.again)
    sender.refresh_from_db()
    assert sender.state == "ready"


def test_the_alerts_of_a_trouble_are_over_when_somebody_puts_it_back_to_work(
    number: Number, now: datetime
) -> None:
    sender = number("memory", state="stopped", state_reason="memory.x")
    Alert.objects.create(
        business_id=sender.business_id,
        level=Level.CRITICAL,
        code="number_failing",
        subject_kind="sender",
        subject_id=str(sender.public_id),
        opened_at=now,
        last_at=now,
    )
    from qafila.businesses.actor import system_actor
    from qafila.events.jobs import run_due
    from qafila.senders.actions import resume_sender

    resume_sender(sender=sender, actor=system_actor(sender.business), now=now)
    while run_due(limit=100, now=datetime.now(UTC)):
        pass
    assert Alert.objects.get(code="number_failing").closed_at is not None
    assert Score.objects.get(sender=sender).factor == GROWTH.again
