"""Meta forbids an account to begin conversations: its lanes answer people and send nothing else, until that is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from qafila.dispatch import packages, queries
from qafila.dispatch.models import Lane
from qafila.dispatch.rules import gates
from qafila.events.jobs import run_due
from qafila.ledger import queries as ledger
from qafila.ledger.models import Attempt, Batch, Message, Window
from qafila.ledger.states import Target
from qafila.providers.notices import AccountNotice, Restricts, Weight
from qafila.senders.actions import news
from qafila.senders.models import Package, PackageMember, Sender, SenderState
from tests.dispatch.conftest import TEMPLATE, TEXT, Engine, OfficialMemory

pytestmark = pytest.mark.django_db(transaction=True)
Number = Callable[..., Sender]
Contract = Callable[..., Batch]
ANSWERS = 1
"""The priority of answers."""


def now() -> datetime:
    return datetime.now(UTC)


def restrict(sender: Sender, restricts: Restricts, until: datetime) -> None:
    """A webhook says so; its handlers run."""
    tell(sender, AccountNotice("restricted", Weight.CRITICAL, until=until, restricts=restricts))


def tell(sender: Sender, notice: AccountNotice) -> None:
    assert sender.provider_account_id is not None
    news.heed(account_id=sender.provider_account_id, notice=notice, at=now(), now=now())
    run_due(now=now())


def open_windows(batch: Batch, sender: Sender) -> None:
    """Everybody in it wrote to the number just now."""
    for contact in Message.objects.filter(batch_id=batch.pk).values_list("contact_id", flat=True):
        Window.objects.get_or_create(
            sender_id=sender.pk,
            contact_id=contact,
            defaults={"business_id": sender.business_id, "last_inbound_at": now()},
        )


def asleep_until(sender: Sender) -> datetime | None:
    return Lane.objects.filter(pk=sender.pk, owner_id=None).values_list("due_at", flat=True).first()


async def test_answers_go_out_and_campaigns_wait_until_it_is_lifted(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    sender: Sender = await engine.act(number)
    until = now() + timedelta(days=3)
    answers = await engine.act(
        contract, (Target.SENDER, sender.pk), 2, content=TEXT, priority=ANSWERS, start=False
    )
    await engine.act(open_windows, answers, sender)
    await engine.act(restrict, sender, Restricts.CHATS, until)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 3, content=TEXT)
    await engine.act(start, answers)
    engine.start()
    assert (await engine.at_rest(answers)).sent == 2
    due = await engine.until(lambda: asleep_until(sender))
    assert abs(due - until) < timedelta(seconds=1)
    assert (await engine.counts(campaign)).queued == 3
    assert len(official.sent) == 2
    row = await engine.act(lambda: next(iter(ledger.messages(campaign.pk, limit=1))))
    why = await engine.act(queries.why_not_yet, row, now=now())
    assert (why.code, why.not_before) == ("resting", until)
    await engine.act(tell, sender, AccountNotice("reinstated", Weight.INFO, ends=True))
    assert (await engine.at_rest(campaign)).queued == 0


async def test_a_running_lane_heeds_it_and_an_answer_that_would_begin_a_conversation_waits(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    sender: Sender = await engine.act(number, throughput=1)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 500)
    engine.start()
    await engine.until(Attempt.objects.exists)
    await engine.act(restrict, sender, Restricts.CHATS, now() + timedelta(days=3))
    templates = await engine.act(
        contract, (Target.SENDER, sender.pk), 2, content=TEMPLATE, priority=ANSWERS, start=False
    )
    first = await engine.act(
        lambda: Message.objects.filter(batch_id=templates.pk).order_by("pk").values_list("contact_id", flat=True)[0]
    )  # fmt: skip
    await engine.act(
        lambda: Window.objects.create(
            sender_id=sender.pk, contact_id=first, business_id=sender.business_id, last_inbound_at=now()
        )
    )
    await engine.act(start, templates)
    waits = await engine.until(
        lambda: Message.objects.filter(batch_id=templates.pk, reason="account_no_new_chats").first()
    )
    assert waits.contact_id != first
    assert waits.due_at > now() + timedelta(minutes=30)
    assert waits.due_at < now() + timedelta(hours=2), "it is asked about again: it may be lifted"
    await engine.until(lambda: ledger.counts(templates.pk).sent == 1)
    assert (await engine.counts(campaign)).queued > 400


async def test_where_answers_are_forbidden_nothing_goes_out(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    sender: Sender = await engine.act(number)
    until = now() + timedelta(days=5)
    answers = await engine.act(
        contract, (Target.SENDER, sender.pk), 2, content=TEXT, priority=ANSWERS, start=False
    )
    await engine.act(open_windows, answers, sender)
    await engine.act(restrict, sender, Restricts.ANSWERS, until)
    await engine.act(start, answers)
    engine.start()
    due = await engine.until(lambda: (at := asleep_until(sender)) and at > now() and at)
    assert abs(due - until) < timedelta(seconds=1)
    assert not official.sent


async def test_when_it_is_over_the_lane_goes_on_by_itself(
    engine: Engine, number: Number, contract: Contract
) -> None:
    sender: Sender = await engine.act(number)
    await engine.act(restrict, sender, Restricts.CHATS, now() + timedelta(seconds=2))
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 3)
    engine.start()
    assert (await engine.at_rest(campaign)).sent == 3
    await engine.act(sender.refresh_from_db)
    assert sender.state == SenderState.READY


async def test_its_work_in_a_package_goes_to_the_others_but_for_its_answers(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    first, second = [await engine.act(number) for _ in range(2)]

    def pool() -> Package:
        made = Package.objects.create(business_id=first.business_id, name="Pool", created_at=now())
        for one in (first, second):
            PackageMember.objects.create(package=made, sender=one)
        return made

    package = await engine.act(pool)
    target = (Target.PACKAGE, package.pk)
    campaign = await engine.act(contract, target, 4, start=False)
    answers = await engine.act(contract, target, 2, content=TEXT, priority=ANSWERS, start=False)
    for batch in (campaign, answers):
        await engine.act(
            lambda batch=batch: Message.objects.filter(batch_id=batch.pk).update(sender_id=first.pk)
        )
        await engine.act(start, batch)
    await engine.act(restrict, first, Restricts.CHATS, now() + timedelta(days=1))
    await engine.act(packages.release, now=now())

    def addressed(batch: Batch) -> set[int]:
        return set(Message.objects.filter(batch_id=batch.pk).values_list("sender_id", flat=True))

    assert await engine.act(addressed, campaign) == {0}
    assert await engine.act(addressed, answers) == {first.pk}


def start(batch: Batch) -> None:
    from qafila.dispatch import actions

    actions.start_batch(batch_id=batch.pk, business_id=batch.business_id, now=now())


@pytest.mark.parametrize(
    ("free_text", "last_inbound", "until", "held"),
    [
        (False, None, 9_000.0, True),
        (False, -90_000.0, 9_000.0, True),
        (False, -60.0, 9_000.0, False),
        (True, -60.0, 9_000.0, False),
        (False, None, 0.0, False),
    ],
)
def test_what_would_begin_a_conversation_is_held(
    free_text: bool, last_inbound: float | None, until: float, held: bool
) -> None:
    facts = gates.Facts(
        opted_out=False, reply=True, free_text=free_text, official=True, last_inbound=last_inbound, pair_free_at=0.0,
        answers_only_until=until,
    )  # fmt: skip
    found = gates.new_chats(facts, 0.0)
    assert found == (gates.NotBefore(3_600.0, "account_no_new_chats") if held else None)
