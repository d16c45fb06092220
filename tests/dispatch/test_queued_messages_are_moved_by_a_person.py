"""A person puts queued messages first, or gives them to another number of their package: only what no lane has taken moves,
nothing leaves the queue by it, and nobody gets anything twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from qafila.businesses.actor import system_actor
from qafila.businesses.models import Business
from qafila.dispatch import actions as dispatch
from qafila.dispatch.addressing import address_some, put_first
from qafila.events.jobs import run_due
from qafila.ledger import queries
from qafila.ledger.models import Attempt, Batch, Message, Window
from qafila.ledger.states import State, Target
from qafila.senders.actions import packages
from qafila.senders.models import Package, Sender
from tests.dispatch.conftest import TEXT, Engine, OfficialMemory
from tests.dispatch.test_a_row_behind_the_cursor_is_found_again import BEGIN, taken, waiting

pytestmark = pytest.mark.django_db(transaction=True)
Number = Callable[..., Sender]
Contract = Callable[..., Batch]


@pytest.fixture
def pool(business: Business, number: Number) -> Callable[..., tuple[Package, list[Sender]]]:
    """Makes a package of so many official numbers."""

    def make(count: int = 2, **fields: Any) -> tuple[Package, list[Sender]]:
        now, actor = datetime.now(UTC), system_actor(business)
        made = packages.create_package(business=business, name="Clinics", actor=actor, now=now)
        senders = [number(**fields) for _ in range(count)]
        for sender in senders:
            packages.add_member(package=made, sender=sender, actor=actor, now=now)
        return made, senders

    return make


def ids_of(batch: Batch) -> list[int]:
    return list(Message.objects.filter(batch_id=batch.pk).order_by("pk").values_list("pk", flat=True))


def moved(batch: Batch, ids: list[int], to: Sender) -> dict[int, int]:
    return address_some(
        business_id=batch.business_id, message_ids=ids, sender_id=to.pk, now=datetime.now(UTC)
    )


def addressees(batch: Batch) -> list[tuple[int, int]]:
    rows = Message.objects.filter(batch_id=batch.pk).order_by("pk")
    return list(rows.values_list("sender_id", "pinned_to"))


def test_what_a_package_shares_is_given_to_one_of_its_numbers(pool: Any, contract: Contract) -> None:
    made, (first, second) = pool()
    batch = contract((Target.PACKAGE, made.pk), 4)
    ids = ids_of(batch)
    before = queries.counts(batch.pk)
    assert moved(batch, ids[:2], second) == {batch.pk: 2}
    assert addressees(batch) == [(second.pk, second.pk)] * 2 + [(0, 0)] * 2
    assert moved(batch, ids[:1], first) == {batch.pk: 1}
    assert moved(batch, ids[:1], first) == {}
    assert queries.counts(batch.pk) == before
    assert Message.objects.filter(batch_id=batch.pk, state=State.QUEUED, attempt=0).count() == 4


def test_only_within_the_package_and_the_business(
    pool: Any, number: Number, contract: Contract, other_business: Business
) -> None:
    made, (first, _second) = pool()
    outside = number()
    shared, single = (
        contract((Target.PACKAGE, made.pk), 2),
        contract((Target.SENDER, outside.pk), 2),
    )
    assert moved(shared, ids_of(shared), outside) == {}
    assert moved(single, ids_of(single), first) == {}
    given = {"message_ids": ids_of(shared), "sender_id": first.pk, "now": datetime.now(UTC)}
    assert address_some(business_id=other_business.pk, **given) == {}
    dispatch.cancel_batch(batch_id=shared.pk, business_id=shared.business_id, now=datetime.now(UTC))
    assert moved(shared, ids_of(shared), first) == {}
    assert addressees(shared) + addressees(single) == [(0, 0)] * 4


@pytest.mark.parametrize("state", [one for one in State if one is not State.QUEUED])
def test_what_is_not_queued_stays_where_it_is(pool: Any, contract: Contract, state: State) -> None:
    made, (first, second) = pool()
    batch = contract((Target.PACKAGE, made.pk), 1)
    row = Message.objects.filter(batch_id=batch.pk)
    row.update(state=state, due_at=None, sender_id=first.pk, claimed_by=first.pk if state == 2 else None)
    assert moved(batch, ids_of(batch), second) == {}
    Batch.objects.filter(pk=batch.pk).update(target_kind=Target.SENDER, target_id=second.pk)
    row.update(sender_id=0)
    assert put_first(business_id=batch.business_id, message_ids=ids_of(batch)) == 0
    row.update(sender_id=first.pk)
    assert row.values_list("state", "sender_id", "due_at").get() == (state, first.pk, None)


def test_free_text_moves_only_into_an_open_window(pool: Any, contract: Contract) -> None:
    made, (first, second) = pool()
    batch = contract((Target.PACKAGE, made.pk), 2, content=TEXT, start=False)
    now = datetime.now(UTC)
    people = list(
        Message.objects.filter(batch_id=batch.pk).order_by("pk").values_list("contact_id", flat=True)
    )
    for person, hours in zip(people, (1, 25), strict=True):
        Window.objects.create(
            sender_id=second.pk,
            contact_id=person,
            business_id=batch.business_id,
            last_inbound_at=now - timedelta(hours=hours),
        )
    assert moved(batch, ids_of(batch), first) == {}
    assert moved(batch, ids_of(batch), second) == {batch.pk: 1}
    assert addressees(batch) == [(second.pk, second.pk), (0, 0)]


async def test_moving_all_of_it_again_and_again_while_it_runs_doubles_and_loses_nothing(
    engine: Engine, pool: Any, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    made, (first, second) = await engine.act(pool, 2, throughput=40)
    alone = await engine.act(number, throughput=40)
    shared = await engine.act(contract, (Target.PACKAGE, made.pk), 200)
    single = await engine.act(contract, (Target.SENDER, alone.pk), 120)
    ids, of_one = await engine.act(ids_of, shared), await engine.act(ids_of, single)
    engine.start()
    for batch in (shared, single):
        begun = Message.objects.filter(batch_id=batch.pk, state=State.SENT)
        await engine.until(begun.exists)

    def move_and_put_first(turn: int) -> int:
        now = datetime.now(UTC)
        by_batch = moved(shared, ids, (first, second)[turn % 2])
        put_first(business_id=single.business_id, message_ids=of_one[turn::7])
        for each in by_batch:
            dispatch.resume_flow(batch_id=each, now=now)
        run_due(limit=100, now=now)
        return sum(by_batch.values())

    turns = [await engine.act(move_and_put_first, turn) for turn in range(7)]
    assert turns[0] > 0, "it was moved while it ran"
    for batch, count in ((shared, 200), (single, 120)):
        counts = await engine.at_rest(batch)
        assert counts.sent == count
        assert await engine.act(Attempt.objects.filter(message_id__in=ids_of_all(batch)).count) == count
    accepted = Counter(
        sent.message.attempt_id.rsplit(".", 1)[0] for sent in official.sent if sent.provider_id
    )
    assert len(accepted) == 320
    assert set(accepted.values()) == {1}


def ids_of_all(batch: Batch) -> Any:
    return Message.objects.filter(batch_id=batch.pk).values("pk")


async def test_what_a_lane_is_just_taking_is_left_to_it(
    engine: Engine, pool: Any, number: Number, contract: Contract
) -> None:
    made, (_first, second) = await engine.act(pool)
    alone = await engine.act(number)
    shared = await engine.act(contract, (Target.PACKAGE, made.pk), 2)
    single = await engine.act(contract, (Target.SENDER, alone.pk), 2)
    ids, of_one = await engine.act(ids_of, shared), await engine.act(ids_of, single)

    def while_they_are_locked() -> tuple[dict[int, int], int]:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id FROM ledger_message WHERE id = ANY (%s) FOR UPDATE", [[ids[0], of_one[0]]]
                )
            # Another connection: a statement that waited for the rows would stand still here for ever.
            return engine.threads.submit(beside).result()

    def beside() -> tuple[dict[int, int], int]:
        try:
            return moved(shared, ids, second), put_first(business_id=single.business_id, message_ids=of_one)
        finally:
            connection.close()

    assert await engine.act(while_they_are_locked) == ({shared.pk: 1}, 1)
    assert await engine.act(addressees, shared) == [(0, 0), (second.pk, second.pk)]
    assert await engine.act(addressees, single) == [(0, 0), (alone.pk, alone.pk)]


async def test_a_batch_that_is_given_to_others_meanwhile_keeps_none_of_its_rows_back(
    engine: Engine, pool: Any, number: Number, contract: Contract
) -> None:
    """Else a row would wait for a number that its batch is not for any more."""
    from qafila.dispatch.packages import give_batch_to

    made, (first, _second) = await engine.act(pool)
    alone = await engine.act(number)
    batch = await engine.act(contract, (Target.PACKAGE, made.pk), 3, start=False)
    ids = await engine.act(ids_of, batch)
    waits: list[Any] = []

    def give_and_move() -> None:
        with transaction.atomic():
            give_batch_to(
                batch_id=batch.pk,
                business_id=batch.business_id,
                target=(Target.SENDER, alone.pk),
                now=datetime.now(UTC),
            )
            waits.append(engine.threads.submit(beside))
            _until_somebody_waits()

    def beside() -> dict[int, int]:
        try:
            return moved(batch, ids, first)
        finally:
            connection.close()

    await engine.act(give_and_move)
    assert await engine.act(waits[0].result) == {}
    assert await engine.act(addressees, batch) == [(0, 0)] * 3


def _until_somebody_waits() -> None:
    """Returns once another connection waits for a lock that this one holds."""
    with connection.cursor() as cursor:
        for _ in range(2_000):
            cursor.execute(
                "SELECT pg_sleep(0.005), EXISTS (SELECT FROM pg_locks WHERE NOT granted"
                " AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
            )
            if cursor.fetchone()[1]:
                return
    raise AssertionError("nobody waited")


async def test_what_was_put_first_goes_out_first(engine: Engine, number: Number, contract: Contract) -> None:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 6)
    lane, ids = await engine.act(taken, sender), await engine.act(ids_of, batch)

    def put(*which: int) -> int:
        if 5 in which:
            later = datetime.now(UTC) + timedelta(hours=1)
            Message.objects.filter(pk=ids[5]).update(due_at=later)
        return put_first(business_id=batch.business_id, message_ids=[ids[n] for n in which])

    assert await engine.act(put, 4, 3, 5) == 3
    assert await engine.act(put, 4) == 0
    assert [(one.message_id, one.addressed) for one in await lane.outlook(engine.pool)] == [(ids[3], True)]
    took = []
    for n in (1, 2, 9):
        rows = await lane.claim(
            engine.pool, waiting(batch, sender), n=n, now=datetime.now(UTC), monotonic=BEGIN
        )
        took.append(sorted(row.id for row in rows))
    assert took == [[ids[3]], [ids[0], ids[4]], [ids[1], ids[2]]], "a retry keeps its moment"


async def test_what_was_put_first_goes_along_when_its_contract_is_given_to_others(
    engine: Engine, pool: Any, number: Number, contract: Contract
) -> None:
    from qafila.dispatch.packages import give_batch_to

    made, _senders = await engine.act(pool)
    alone = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, alone.pk), 2)

    def put_and_give() -> None:
        assert put_first(business_id=batch.business_id, message_ids=ids_of(batch)) == 2
        with transaction.atomic():
            target, now = (Target.PACKAGE, made.pk), datetime.now(UTC)
            give_batch_to(batch_id=batch.pk, business_id=batch.business_id, target=target, now=now)

    await engine.act(put_and_give)
    assert await engine.act(addressees, batch) == [(0, 0)] * 2
