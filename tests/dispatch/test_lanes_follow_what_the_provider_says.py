"""What the provider says of templates, limits and rates reaches a running lane: before the call, and without a restart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qafila.dispatch import actions, queries
from qafila.dispatch.models import Lane
from qafila.events.jobs import run_due
from qafila.ledger import queries as ledger
from qafila.ledger.models import Attempt, Batch, Message, Window
from qafila.ledger.states import State, Target
from qafila.providers.contents import Media, MediaKind, Template
from qafila.providers.management import NumberInfo, TemplateInfo
from qafila.providers.notices import LimitNotice, TemplateNotice
from qafila.senders.actions import health, news, templates
from qafila.senders.models import Package, PackageMember, Sender
from tests.dispatch.conftest import TEMPLATE, TEXT, Engine, OfficialMemory

pytestmark = pytest.mark.django_db(transaction=True)
Number = Callable[..., Sender]
Contract = Callable[..., Batch]


def now() -> datetime:
    return datetime.now(UTC)


def tell(sender: Sender, status: str) -> None:
    """A webhook says this of the template of the contracts; its handlers run."""
    assert sender.provider_account_id is not None
    notice = TemplateNotice("hello", "en", status=status)
    news.heed(account_id=sender.provider_account_id, notice=notice, at=now(), now=now())
    run_due(now=now())


def asleep(sender: Sender) -> Lane | None:
    return Lane.objects.filter(pk=sender.pk, owner_id=None).first()


@pytest.mark.parametrize("status", ["PENDING", "REJECTED", "PAUSED", "DISABLED", "OF_TOMORROW"])
async def test_no_call_is_made_with_a_template_that_may_not_be_used(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory, status: str
) -> None:
    sender = await engine.act(number)
    await engine.act(tell, sender, status)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 3)
    free = await engine.act(contract, (Target.SENDER, sender.pk), 1, content={**TEMPLATE, "name": "other"})
    engine.start()
    await engine.at_rest(free)
    await engine.until(lambda: asleep(sender))
    assert len(official.sent) == 1
    assert await engine.act(Attempt.objects.count) == 1
    row = await engine.act(lambda: next(iter(ledger.messages(batch.pk, limit=1))))
    why = await engine.act(queries.why_not_yet, row, now=now())
    codes = {"REJECTED": "template_rejected", "PAUSED": "template_paused", "DISABLED": "template_disabled"}
    assert why.code == codes.get(status, "template_not_approved")
    await engine.act(tell, sender, "APPROVED")
    assert (await engine.at_rest(batch)).sent == 3, "it goes on by itself"


async def test_a_pause_in_mid_run_stops_the_calls(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    sender = await engine.act(number, throughput=20)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 200)
    engine.start()
    await engine.until(lambda: len(official.sent) >= 20)
    await engine.act(tell, sender, "PAUSED")
    await engine.until(lambda: asleep(sender))
    stopped_at = len(official.sent)
    assert stopped_at < 200
    assert not await engine.act(lambda: Message.objects.filter(state=State.SENDING).exists())
    assert await engine.act(lambda: Message.objects.filter(state=State.QUEUED).count()) == 200 - stopped_at
    await engine.act(lambda: Sender.objects.filter(pk=sender.pk).update(throughput=100_000))
    await engine.act(tell, sender, "APPROVED")
    assert (await engine.at_rest(batch)).sent == 200
    sent = Counter(one.message.attempt_id.rsplit(".", 1)[0] for one in official.sent)
    assert set(sent.values()) == {1}


async def test_in_a_package_numbers_whose_account_has_the_template_take_it_all(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    without, having = await engine.act(number), await engine.act(number)
    await engine.act(tell, without, "REJECTED")

    def pack() -> int:
        package = Package.objects.create(business_id=having.business_id, name="All", created_at=now())
        for sender in (without, having):
            PackageMember.objects.create(package=package, sender=sender)
        return package.pk

    batch = await engine.act(contract, (Target.PACKAGE, await engine.act(pack)), 50)
    engine.start()
    assert (await engine.at_rest(batch)).sent == 50
    assert {one.sender_ref for one in official.sent} == {having.ref}


async def test_a_higher_rate_is_kept_to_at_once(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 700)
    engine.start()
    await engine.until(lambda: len(official.sent) >= 80)
    began = now()
    info = NumberInfo(ref=sender.ref, status="CONNECTED", throughput="HIGH")
    await engine.act(
        lambda: (health.record_number(sender_id=sender.pk, info=info, now=now()), run_due(now=now()))
    )
    assert (await engine.at_rest(batch)).sent == 700
    assert now() - began < timedelta(seconds=5), "at 80 a second the rest takes eight"


async def test_a_raised_limit_frees_what_waits_for_it(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    sender = await engine.act(number, throughput=100_000)

    def limit(people: int) -> None:
        assert sender.provider_account_id is not None
        news.heed(account_id=sender.provider_account_id, notice=LimitNotice(people), at=now(), now=now())
        run_due(now=now())

    await engine.act(limit, 10)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 60)
    engine.start()
    await engine.until(lambda: asleep(sender) and len(official.sent) == 10)
    await engine.act(limit, 40)
    await engine.until(lambda: len(official.sent) == 38)  # two places are kept for answers
    await engine.until(lambda: asleep(sender))
    await engine.act(limit, 1000)
    assert (await engine.at_rest(batch)).sent == 60


async def test_any_content_goes_out_and_needs_the_window_that_text_needs(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    sender = await engine.act(number)
    picture = {"kind": "image", "ref": "77"}
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 2, start=False, content=picture)

    def open_one() -> None:
        first = Message.objects.filter(batch_id=batch.pk).order_by("pk")[0]
        Window.objects.create(
            sender_id=sender.pk,
            contact_id=first.contact_id,
            business_id=sender.business_id,
            last_inbound_at=now(),
        )

    await engine.act(open_one)
    await engine.act(actions.start_batch, batch_id=batch.pk, business_id=batch.business_id, now=now())
    engine.start()
    counts = await engine.at_rest(batch)
    assert (counts.sent, counts.skipped) == (1, 1)
    assert [one.message.content for one in official.sent] == [
        Media(MediaKind.IMAGE, ref="77", caption="Text 0")
    ]


async def test_a_message_among_texts_may_be_a_template_or_a_picture(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 3, start=False, content=TEXT, priority=1)

    def fill() -> None:
        own: list[Any] = [
            None,
            {"content": {"kind": "template", "name": "t", "language": "en", "params": ["a"]}},
            {"content": {"kind": "poem"}},
        ]
        for row, params in zip(Message.objects.filter(batch_id=batch.pk).order_by("pk"), own, strict=True):
            Message.objects.filter(pk=row.pk).update(params=params)

    await engine.act(fill)
    await engine.act(actions.start_batch, batch_id=batch.pk, business_id=batch.business_id, now=now())
    engine.start()
    await engine.until(lambda: not Message.objects.filter(state__in=(State.QUEUED, State.SENDING)).exists())
    assert [one.message.content for one in official.sent] == [Template("t", "en", ["a"])]
    rows = await engine.act(lambda: list(Message.objects.order_by("pk").values_list("state", "reason")))
    assert rows == [
        (State.SKIPPED, "window_closed"),
        (State.SENT, None),
        (State.SKIPPED, "window_closed"),
    ]


def test_what_waits_for_its_template_strands_nobody(number: Number, contract: Contract) -> None:
    sender = number()
    contract((Target.SENDER, sender.pk), 3)
    Lane.objects.update(due_at=None)
    assert actions.wake_stranded(now=now()) == 1
    templates.store_templates(
        account_id=sender.provider_account_id or 0,
        found=[TemplateInfo("1", "hello", "en", "PAUSED")],
        asked_at=now(),
        now=now(),
    )
    Lane.objects.update(due_at=None)
    assert actions.wake_stranded(now=now()) == 0
