"""A claim begins behind what it took before, and walks over it again after a while: rows that were committed meanwhile
with an earlier moment are found then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from qafila.dispatch import lane as lanes
from qafila.dispatch.lane import CURSOR_SECONDS, Waiting
from qafila.dispatch.models import Lane, Worker
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import State, Target
from qafila.senders.models import Sender
from tests.dispatch.conftest import TEMPLATE, Engine

pytestmark = pytest.mark.django_db(transaction=True)
Number = Callable[..., Sender]
Contract = Callable[..., Batch]
BEGIN = 100.0
"""Monotonic seconds of the first claim."""


def taken(sender: Sender) -> lanes.Lane:
    """The number's lane in the hands of a worker, for an hour."""
    now = datetime.now(UTC)
    worker = Worker.objects.create(host="here", pid=1, version="0", started_at=now, seen_at=now)
    Lane.objects.update_or_create(
        sender=sender,
        defaults={
            "business_id": sender.business_id,
            "owner_id": worker.pk,
            "epoch": 3,
            "lease_until": now + timedelta(hours=1),
        },
    )
    return lanes.Lane(
        sender_id=sender.pk,
        business_id=sender.business_id,
        epoch=3,
        wake=0,
        pace={},
        due_at=now,
        public_id=str(sender.public_id),
        state=sender.state,
        rest_until=None,
        use_limits=sender.use_limits,
        throughput=sender.throughput,
        in_use_since=now,
        default_template=None,
        account_id=sender.provider_account_id,
        kind="memory_official",
        account_version=1,
        account_state="ok",
        portfolio_id=None,
        capped=False,
        worker_id=worker.pk,
        deadline=BEGIN + 10 * CURSOR_SECONDS,
    )


def waiting(batch: Batch, sender: Sender) -> Waiting:
    return Waiting(
        batch_id=batch.pk,
        priority=5,
        content=TEMPLATE,
        due_at=datetime.now(UTC),
        message_id=0,
        address="",
        length=0,
        target_kind=int(Target.SENDER),
        target_id=sender.pk,
        addressed=False,
        share=1.0,
    )


class Claims:
    """Claims of one lane over a contract of ten messages; the last one is put behind the cursor after the first claim."""

    def __init__(self, engine: Engine, batch: Batch, sender: Sender, lane: lanes.Lane) -> None:
        self.engine, self.batch, self.sender, self.lane = engine, batch, sender, lane
        self.ids: list[int] = []

    async def take(self, n: int, *, after: float) -> list[int]:
        """Ids that a claim so many seconds after the first one takes."""
        rows = await self.lane.claim(
            self.engine.pool,
            waiting(self.batch, self.sender),
            n=n,
            now=datetime.now(UTC),
            monotonic=BEGIN + after,
        )
        return sorted(row.id for row in rows)

    def move_behind(self, message_id: int) -> None:
        """As if a transaction that began earlier committed it only now."""
        first = Message.objects.get(pk=self.ids[0])
        assert first.claimed_at is not None
        earlier = first.created_at - timedelta(minutes=5)
        assert Message.objects.filter(pk=message_id, state=State.QUEUED).update(due_at=earlier) == 1


@pytest.fixture
async def claims(engine: Engine, number: Number, contract: Contract) -> Claims:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 10)
    made = Claims(engine, batch, sender, await engine.act(taken, sender))
    made.ids = await engine.act(
        lambda: list(Message.objects.filter(batch_id=batch.pk).order_by("pk").values_list("pk", flat=True))
    )
    return made


async def test_a_row_behind_the_cursor_waits_until_the_cursor_begins_again(claims: Claims) -> None:
    ids = claims.ids
    assert await claims.take(2, after=0.0) == ids[:2]
    await claims.engine.act(claims.move_behind, ids[9])
    assert await claims.take(2, after=1.0) == ids[2:4]
    assert await claims.take(1, after=CURSOR_SECONDS - 0.1) == ids[4:5], (
        "what it passed is not walked over each time"
    )
    assert await claims.take(1, after=CURSOR_SECONDS) == ids[9:]
    assert await claims.take(9, after=CURSOR_SECONDS + 0.1) == ids[5:9]


async def test_a_claim_that_finds_nothing_begins_again_at_once(claims: Claims) -> None:
    ids = claims.ids
    assert await claims.take(9, after=0.0) == ids[:9]
    await claims.engine.act(claims.move_behind, ids[9])
    assert await claims.take(1, after=1.0) == []
    assert await claims.take(1, after=1.1) == ids[9:]
