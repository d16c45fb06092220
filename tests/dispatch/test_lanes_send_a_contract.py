"""Lanes take a contract from its start to its last row, pause, resume, stop and are taken over."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from qafila.contacts.actions import opt_out
from qafila.dispatch import actions
from qafila.dispatch.models import Lane, Worker
from qafila.dispatch.phone_lane import PhoneLane
from qafila.dispatch.rules.human_pace import HumanPolicy
from qafila.ledger.models import Attempt, Batch, Message
from qafila.ledger.states import BatchState, State, Target
from qafila.providers.interface import Credentials, Failure, Outgoing, ProviderError, Scope
from qafila.providers.memory import MemoryProvider
from qafila.providers.memory.provider import Outcome
from qafila.senders.models import Sender, SenderState
from tests.dispatch.conftest import TEXT, Engine, OfficialMemory

pytestmark = pytest.mark.django_db(transaction=True)
Number = Callable[..., Sender]
Contract = Callable[..., Batch]


def attempts(provider: MemoryProvider) -> Counter[str]:
    return Counter(sent.message.attempt_id.rsplit(".", 1)[0] for sent in provider.sent if sent.provider_id)


async def test_every_message_goes_out_once(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    sender = await engine.act(number, throughput=100_000)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 500)
    engine.start()
    counts = await engine.at_rest(batch)
    assert counts.sent == 500
    assert sorted(attempts(official).values()) == [1] * 500
    assert len({sent.message.to for sent in official.sent}) == 500


async def test_a_number_without_a_lane_gets_one_when_work_comes(
    engine: Engine, number: Number, contract: Contract
) -> None:
    engine.start()
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 3)
    assert (await engine.at_rest(batch)).sent == 3
    lane = await engine.until(lambda: Lane.objects.filter(pk=sender.pk, owner_id=None, due_at=None).first())
    assert lane.epoch >= 1  # it let go, and sleeps until it is woken


async def test_pause_stops_the_flow_and_resume_repeats_nothing(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    official.decide = lambda to, message: Outcome(delay=0.002)
    sender = await engine.act(number, throughput=100_000)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 1500)
    engine.start()
    rng = random.Random(4)
    for _ in range(8):
        await asyncio.sleep(rng.uniform(0.01, 0.08))
        await engine.act(
            actions.pause_batch, batch_id=batch.pk, business_id=batch.business_id, now=datetime.now(UTC)
        )
        await engine.until(
            lambda: not Message.objects.filter(batch_id=batch.pk, state=State.SENDING).exists()
        )
        before = len(official.sent)
        await asyncio.sleep(0.05)
        assert len(official.sent) == before
        await engine.act(
            actions.start_batch, batch_id=batch.pk, business_id=batch.business_id, now=datetime.now(UTC)
        )
    assert (await engine.at_rest(batch)).sent == 1500
    assert set(attempts(official).values()) == {1}


async def test_stopping_lands_what_is_in_the_air_and_lets_go(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    official.decide = lambda to, message: Outcome(delay=0.05)
    sender = await engine.act(number, throughput=100_000)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 2000)
    engine.start()
    await engine.until(lambda: Message.objects.filter(batch_id=batch.pk, state=State.SENT).count() > 50)
    await engine.stop()
    counts = await engine.counts(batch)
    assert counts.sending == counts.uncertain == 0
    assert counts.sent == len(official.sent)
    assert counts.queued == 2000 - counts.sent > 0
    lane = await engine.act(Lane.objects.get, pk=sender.pk)
    assert lane.owner_id is None
    assert lane.due_at is not None
    assert await engine.act(lambda: Worker.objects.get().ended_at) is not None


async def test_a_dead_workers_messages_become_uncertain_and_are_not_sent_again(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory, dsn: str
) -> None:
    sender = await engine.act(number, throughput=100_000)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 50, start=False)
    now = datetime.now(UTC)

    def leave_behind() -> None:
        ghost = Worker.objects.create(host="gone", pid=1, version="0", started_at=now, seen_at=now)
        Lane.objects.create(
            sender=sender,
            business_id=batch.business_id,
            owner_id=ghost.pk,
            epoch=3,
            lease_until=now + timedelta(hours=1),
        )
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(
                "WITH u AS (UPDATE ledger_message SET state = 2, due_at = NULL, claimed_by = %s, sender_id = %s,"
                " epoch = 3, attempt = 1, tries = 1, claimed_at = now() WHERE id IN (SELECT id FROM ledger_message"
                " WHERE batch_id = %s ORDER BY id LIMIT 7) RETURNING id) INSERT INTO ledger_attempt"
                " (message_id, number, sender_id, worker_id, epoch, began_at) SELECT id, 1, %s, %s, 3, now() FROM u",
                (sender.pk, sender.pk, batch.pk, sender.pk, ghost.pk),
            )
            connection.execute(
                "INSERT INTO ledger_batchsender (batch_id, sender_id, sending) VALUES (%s, %s, 7)",
                (batch.pk, sender.pk),
            )
        actions.start_batch(batch_id=batch.pk, business_id=batch.business_id, now=now)

    await engine.act(leave_behind)
    engine.start()
    counts = await engine.at_rest(batch)
    assert (counts.sent, counts.uncertain) == (43, 7)
    assert set(attempts(official).values()) == {1}
    assert await engine.act(lambda: Worker.objects.exclude(ended_at=None).filter(host="gone").exists())


async def test_a_worker_whose_lock_is_held_keeps_its_lanes(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory, dsn: str
) -> None:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 5)
    now = datetime.now(UTC)
    living = await engine.act(
        Worker.objects.create, host="alive", pid=1, version="0", started_at=now, seen_at=now
    )
    with psycopg.connect(dsn, autocommit=True) as alive:
        alive.execute("SELECT pg_advisory_lock(7, %s)", (living.pk,))
        await engine.act(
            Lane.objects.filter(pk=sender.pk).update,
            owner_id=living.pk,
            epoch=5,
            lease_until=now + timedelta(hours=1),
        )
        engine.start()
        await engine.until(lambda: Worker.objects.exclude(pk=living.pk).exists())
        await asyncio.sleep(1.5)  # more than one round of the watch
        assert official.sent == []
    assert (await engine.at_rest(batch)).sent == 5


async def test_an_opt_out_wins_over_what_is_queued(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 4, start=False)

    def refuse() -> str:
        message = Message.objects.filter(batch_id=batch.pk).order_by("id")[1]
        opt_out(
            business_id=batch.business_id,
            contact_id=message.contact_id or 0,
            source="person",
            words="",
            now=datetime.now(UTC),
        )
        actions.start_batch(batch_id=batch.pk, business_id=batch.business_id, now=datetime.now(UTC))
        return message.address

    address = await engine.act(refuse)
    engine.start()
    counts = await engine.at_rest(batch)
    assert (counts.sent, counts.skipped) == (3, 1)
    assert address not in {sent.message.to for sent in official.sent}
    skipped = await engine.act(Message.objects.get, batch_id=batch.pk, state=State.SKIPPED)
    assert skipped.reason == "opted_out"


async def test_free_text_goes_into_open_windows_only(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory, dsn: str
) -> None:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 3, content=TEXT, start=False)

    def open_one() -> None:
        first, second, _ = Message.objects.filter(batch_id=batch.pk).order_by("id")
        with psycopg.connect(dsn, autocommit=True) as connection:
            for message, age in ((first, "1 hour"), (second, "23 hours 59 minutes 30 seconds")):
                connection.execute(
                    "INSERT INTO ledger_window (sender_id, contact_id, business_id, last_inbound_at)"
                    " VALUES (%s, %s, %s, now() - %s::interval)",
                    (sender.pk, message.contact_id, batch.business_id, age),
                )
        actions.start_batch(batch_id=batch.pk, business_id=batch.business_id, now=datetime.now(UTC))

    await engine.act(open_one)
    engine.start()
    counts = await engine.at_rest(batch)
    assert (counts.sent, counts.skipped) == (1, 2)
    assert {
        m.reason for m in await engine.act(lambda: list(Message.objects.filter(state=State.SKIPPED)))
    } == {"window_closed"}


@pytest.mark.parametrize(
    ("failure", "expected"),
    [(Failure.RECIPIENT, "failed"), (Failure.UNKNOWN, "uncertain"), (Failure.CONTENT, "failed")],
)
async def test_a_failed_call_is_written_down_by_its_class(
    engine: Engine,
    number: Number,
    contract: Contract,
    official: OfficialMemory,
    failure: Failure,
    expected: str,
) -> None:
    official.decide = lambda to, message: Outcome(ProviderError(failure, "131026", "a detail"))
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 2)
    engine.start()
    counts = await engine.at_rest(batch)
    assert getattr(counts, expected) == 2
    message = await engine.act(lambda: Message.objects.filter(batch_id=batch.pk).first())
    assert message.reason == "memory_official.131026"
    attempt = await engine.act(Attempt.objects.get, message_id=message.pk)
    assert (attempt.outcome, attempt.code, attempt.detail) == (failure.value, "131026", "a detail")


async def test_temporary_failures_are_tried_three_times(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    official.decide = lambda to, message: Outcome(ProviderError(Failure.TEMPORARY, "131016", retry_after=0.0))
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 1)
    engine.start()
    assert (await engine.at_rest(batch)).failed == 1
    message = await engine.act(Message.objects.get, batch_id=batch.pk)
    assert (message.tries, message.attempt, len(official.sent)) == (3, 3, 3)


@pytest.mark.parametrize(
    ("failure", "state"), [(Failure.SENDER, SenderState.STOPPED), (Failure.RESTING, SenderState.RESTING)]
)
async def test_a_number_in_trouble_stops_and_its_messages_go_back(
    engine: Engine,
    number: Number,
    contract: Contract,
    official: OfficialMemory,
    failure: Failure,
    state: SenderState,
) -> None:
    def trouble(to: Credentials, message: Outgoing) -> Outcome:
        return Outcome(ProviderError(failure, "133010")) if len(official.sent) > 10 else Outcome()

    official.decide = trouble
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 300)
    engine.start()
    await engine.until(lambda: Sender.objects.get(pk=sender.pk).state == state)
    await engine.until(lambda: Lane.objects.filter(pk=sender.pk, owner_id=None).exists())
    counts = await engine.counts(batch)
    accepted = sum(sent.provider_id is not None for sent in official.sent)
    assert counts.sending == counts.uncertain == counts.failed == 0
    assert (counts.sent, counts.queued) == (accepted, 300 - accepted)
    await engine.balanced(batch)
    lane = await engine.act(Lane.objects.get, pk=sender.pk)
    assert (lane.due_at is not None) == (state == SenderState.RESTING)


async def test_a_number_rests_as_long_as_its_provider_says(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    """Trying again while a time-lock stands counts against the number: an hour, the first rest of ours, is not enough."""
    locked = ProviderError(Failure.RESTING, "463", retry_after=20 * 3600.0, scope=Scope.SENDER)
    official.decide = lambda to, message: Outcome(locked)
    sender = await engine.act(number)
    await engine.act(contract, (Target.SENDER, sender.pk), 1)
    before = datetime.now(UTC)
    engine.start()
    await engine.until(lambda: Sender.objects.get(pk=sender.pk).state == SenderState.RESTING)
    rest_until = (await engine.act(Sender.objects.get, pk=sender.pk)).rest_until
    assert rest_until >= before + timedelta(hours=20)


async def test_a_stopped_account_stops_all_its_numbers_and_resuming_goes_on(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    from qafila.businesses.actor import system_actor
    from qafila.events.jobs import run_due
    from qafila.senders.actions import resume_account
    from qafila.senders.models import ProviderAccount

    official.decide = lambda to, message: Outcome(ProviderError(Failure.ACCOUNT, "190"))
    first = await engine.act(number)
    account = await engine.act(ProviderAccount.objects.get, pk=first.provider_account_id)
    second = await engine.act(number, account=account)
    batches = [await engine.act(contract, (Target.SENDER, s.pk), 20) for s in (first, second)]
    engine.start()
    await engine.until(lambda: ProviderAccount.objects.get(pk=account.pk).state == "stopped")
    await engine.until(lambda: not Lane.objects.exclude(owner_id=None).exists())
    for batch in batches:
        counts = await engine.counts(batch)
        assert counts.queued == 20
    official.decide = lambda to, message: Outcome()
    actor = system_actor(await engine.act(lambda: account.business))
    await engine.act(resume_account, account=account, actor=actor, now=datetime.now(UTC))
    await engine.act(run_due, now=datetime.now(UTC))
    for batch in batches:
        assert (await engine.at_rest(batch)).sent == 20


async def test_content_failures_in_a_row_hold_the_campaign(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    official.decide = lambda to, message: Outcome(ProviderError(Failure.CONTENT, "132001"), delay=0.01)
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 400)
    engine.start()
    await engine.until(lambda: Batch.objects.get(pk=batch.pk).state == BatchState.PAUSED)
    held = await engine.act(Batch.objects.get, pk=batch.pk)
    assert held.hold_code == "memory_official.132001"
    await engine.until(lambda: Lane.objects.filter(pk=sender.pk, owner_id=None).exists())
    assert 5 <= (await engine.counts(batch)).failed < 400


async def test_throttling_costs_no_try_and_loses_nothing(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    refusals = iter(range(10))

    def throttle(to: Credentials, message: Outgoing) -> Outcome:
        error = ProviderError(Failure.THROTTLED, "130429", scope=Scope.SENDER, retry_after=0.1)
        return Outcome(error) if next(refusals, None) is not None else Outcome()

    official.decide = throttle
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 40)
    engine.start()
    assert (await engine.at_rest(batch)).sent == 40
    assert {m.tries for m in await engine.act(lambda: list(Message.objects.filter(batch_id=batch.pk)))} == {1}


async def test_replies_go_first(
    engine: Engine, number: Number, contract: Contract, phone: MemoryProvider
) -> None:
    sender = await engine.act(number, "memory", use_limits=False)
    await engine.act(contract, (Target.SENDER, sender.pk), 30)
    reply = await engine.act(contract, (Target.SENDER, sender.pk), 3, priority=1, content=TEXT)
    engine.start()
    await engine.at_rest(reply)
    assert [
        sent.message.content.body for sent in phone.sent[:3] if hasattr(sent.message.content, "body")
    ] == [
        "Text 0",
        "Text 1",
        "Text 2",
    ]


async def test_batches_of_one_number_take_turns(
    engine: Engine, number: Number, contract: Contract, phone: MemoryProvider
) -> None:
    sender = await engine.act(number, "memory", use_limits=False)
    big = await engine.act(contract, (Target.SENDER, sender.pk), 60)
    small = await engine.act(contract, (Target.SENDER, sender.pk), 10)
    engine.start()
    await engine.at_rest(small)
    assert (await engine.counts(big)).sent < 20
    assert (await engine.at_rest(big)).sent == 60


async def test_people_of_one_pair_wait_their_six_seconds(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 6, people=3)
    engine.start()
    await engine.until(lambda: Message.objects.filter(batch_id=batch.pk, state=State.SENT).count() == 3)
    await engine.until(lambda: Message.objects.filter(batch_id=batch.pk, reason="pair_limit").count() == 3)
    waiting = await engine.act(lambda: list(Message.objects.filter(batch_id=batch.pk, state=State.QUEUED)))
    assert all(m.due_at - m.claimed_at > timedelta(seconds=5.5) for m in waiting if m.due_at and m.claimed_at)
    assert (await engine.at_rest(batch)).sent == 6
    assert {m.tries for m in await engine.act(lambda: list(Message.objects.filter(batch_id=batch.pk)))} == {1}


async def test_a_portfolio_never_reaches_more_people_than_it_may(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    from qafila.dispatch.models import Reach
    from qafila.senders.models import Portfolio, ProviderAccount

    official.decide = lambda to, message: Outcome(
        delay=0.03
    )  # so that one lane alone cannot use all of the room
    first = await engine.act(number, throughput=100_000)
    account = await engine.act(ProviderAccount.objects.get, pk=first.provider_account_id)
    second = await engine.act(number, account=account, throughput=100_000)

    def cap() -> Portfolio:
        portfolio = Portfolio.objects.create(business_id=first.business_id, ref="p", cap=320)
        ProviderAccount.objects.filter(pk=account.pk).update(portfolio=portfolio)
        return portfolio

    portfolio = await engine.act(cap)
    batch = await engine.act(contract, (Target.PROVIDER_ACCOUNT, account.pk), 500)
    engine.start()
    await engine.until(lambda: Message.objects.filter(batch_id=batch.pk, state=State.SENT).count() == 304)
    await engine.until(lambda: not Lane.objects.exclude(owner_id=None).exists())
    counts = await engine.counts(batch)
    assert (counts.sent, counts.queued, counts.sending) == (304, 196, 0)
    assert await engine.act(Reach.objects.count) == 304
    assert {sent.sender_ref for sent in official.sent} == {first.ref, second.ref}
    # One in twenty was kept for answers: they use up the rest, and no more. Whom the portfolio knows takes no place.
    answers = await engine.act(contract, (Target.PROVIDER_ACCOUNT, account.pk), 600, priority=1)
    await engine.until(lambda: Message.objects.filter(batch_id=answers.pk, state=State.SENT).count() == 320)
    await engine.until(lambda: not Lane.objects.exclude(owner_id=None).exists())
    assert (await engine.counts(answers)).sent == 304 + 16
    assert (await engine.act(Portfolio.objects.get, pk=portfolio.pk)).used == 320
    await engine.balanced(batch)


async def test_a_phone_linked_number_keeps_a_persons_pace(
    engine: Engine, number: Number, contract: Contract, phone: MemoryProvider
) -> None:
    quick = HumanPolicy(
        burst=3,
        rest=(0.4, 0.5),
        between=(0.1, 0.2),
        before_typing=(0.01, 0.02),
        typing_at_least=0.05,
        typing_at_most=0.1,
    )
    sender = await engine.act(number, "memory")
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 7, content=TEXT)
    engine.start(make=lambda lane, connection, tools: PhoneLane(lane, connection, tools, quick))
    assert (await engine.at_rest(batch)).sent == 7
    assert phone.shown_typing == [sent.message.to for sent in phone.sent]
    rows = await engine.act(lambda: list(Message.objects.filter(batch_id=batch.pk).order_by("claimed_at")))
    gaps = [(b.claimed_at - a.claimed_at).total_seconds() for a, b in itertools.pairwise(rows)]  # type: ignore[operator]
    assert min(gaps) > 0.15
    assert min(gaps[2], gaps[5]) > 0.4
    assert max(engine.lags) < 0.25
    lane = await engine.until(lambda: Lane.objects.filter(pk=sender.pk, owner_id=None).first())
    assert len(lane.pace["human"]["recent"]) == 7  # a restart does not forget


async def test_a_lost_claim_is_put_back_and_a_stale_lane_may_not_claim(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    from qafila.dispatch.lane import Fenced

    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 5)
    caught: list[str] = []

    class Losing(PhoneLane):
        """Claims behind the frame's back, as a claim whose answer was lost, then recovers and gets fenced."""

        async def work(self) -> None:
            lane, tools = self.lane, self.tools
            waiting = (await lane.outlook(tools.pool))[0]
            now, monotonic = tools.clock.now(), tools.clock.monotonic()
            rows = await lane.claim(tools.pool, waiting, n=3, now=now, monotonic=monotonic)
            lane.begun.add(rows[0].id)
            caught.append(f"returned {await lane.recover(tools.pool, now)}")
            lane.epoch -= 1
            try:
                await lane.claim(tools.pool, waiting, n=1, now=now, monotonic=monotonic)
            except Fenced:
                caught.append("fenced")
            lane.epoch += 1
            self.closed = True

    engine.start(make=Losing)
    await engine.until(lambda: len(caught) == 2)
    assert caught == ["returned 2", "fenced"]
    counts = await engine.counts(batch)
    assert (counts.queued, counts.sending) == (4, 1)
    assert await engine.act(lambda: Attempt.objects.filter(outcome="not_begun").count()) == 2
    assert {m.tries for m in await engine.act(lambda: list(Message.objects.filter(state=State.QUEUED)))} == {
        0
    }
