"""The numbers of a package pull its work: fairly, each person from the number that they know, and none of it is lost with
a number."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qafila.alerts.models import Alert
from qafila.alerts.saying import says
from qafila.businesses.actor import system_actor
from qafila.businesses.models import Business
from qafila.dispatch import addressing, packages
from qafila.dispatch.models import Lane
from qafila.dispatch.official_lane import IN_THE_AIR
from qafila.events.jobs import run_due
from qafila.events.models import Event
from qafila.ledger import actions as ledger
from qafila.ledger.models import Batch, BatchSender, Message, Window
from qafila.ledger.states import BatchState, State, Target
from qafila.providers.interface import Credentials, Failure, Outgoing, ProviderError, Scope
from qafila.providers.memory.provider import Outcome
from qafila.senders.actions import packages as actions
from qafila.senders.actions import pause_sender, resume_sender, stop_sender
from qafila.senders.models import Package, Sender, SenderState
from tests.dispatch.conftest import TEXT, Engine, OfficialMemory

pytestmark = pytest.mark.django_db(transaction=True)
Number = Callable[..., Sender]
Contract = Callable[..., Batch]


@pytest.fixture
def package(business: Business, number: Number) -> Callable[..., tuple[Package, list[Sender]]]:
    """Makes a package of so many official numbers: ``package(3, weights=[1, 2, 4])``."""

    def make(count: int, *, weights: list[int] | None = None, **fields: Any) -> tuple[Package, list[Sender]]:
        now, actor = datetime.now(UTC), system_actor(business)
        made = actions.create_package(business=business, name="Clinics", actor=actor, now=now)
        senders = [number(throughput=100_000, **fields) for _ in range(count)]
        for n, sender in enumerate(senders):
            weight = weights[n] if weights else 1
            actions.add_member(package=made, sender=sender, weight=weight, actor=actor, now=now)
        return made, senders

    return make


def attempts(provider: OfficialMemory) -> Counter[str]:
    """How often each message was accepted."""
    return Counter(sent.message.attempt_id.rsplit(".", 1)[0] for sent in provider.sent if sent.provider_id)


def by_number(provider: OfficialMemory) -> Counter[str]:
    """How many each number sent."""
    return Counter(sent.sender_ref for sent in provider.sent if sent.provider_id)


async def test_all_numbers_of_a_package_take_part_and_each_message_goes_out_once(
    engine: Engine, package: Any, contract: Contract, official: OfficialMemory
) -> None:
    made, senders = await engine.act(package, 3)
    begun: set[str] = set()

    async def once_all_have_begun(delay: float) -> None:
        """On a busy machine a lane may begin when the others have sent everything: that is no matter of sharing."""
        while len(begun) < len(senders):
            await asyncio.sleep(0.01)
        await asyncio.sleep(delay)

    def decide(to: Credentials, message: Outgoing) -> Outcome:
        begun.add(to.sender_ref)
        return Outcome(delay=0.05)

    official.decide, official._sleep = decide, once_all_have_begun
    engine.tools.slots.give(IN_THE_AIR * len(senders))  # two whole lanes in the air leave room for the third
    batch = await engine.act(contract, (Target.PACKAGE, made.pk), 900)
    engine.start()
    assert (await engine.at_rest(batch)).sent == 900
    assert set(attempts(official).values()) == {1}
    shares = by_number(official)
    assert set(shares) == {one.ref for one in senders}
    assert min(shares.values()) > 100


async def test_a_light_number_gives_a_part_of_its_pace_beside_a_heavy_one(
    engine: Engine, package: Any, contract: Contract, official: OfficialMemory
) -> None:
    made, (light, heavy) = await engine.act(package, 2, weights=[1, 4])
    await engine.act(lambda: Sender.objects.filter(pk__in=(light.pk, heavy.pk)).update(throughput=100))
    batch = await engine.act(contract, (Target.PACKAGE, made.pk), 700)
    engine.start()
    assert (await engine.at_rest(batch)).sent == 700
    shares = by_number(official)
    assert 2.0 < shares[heavy.ref] / shares[light.ref] < 8.0


async def test_a_light_number_takes_its_whole_pace_when_the_heavy_one_stops(
    engine: Engine, package: Any, contract: Contract, official: OfficialMemory
) -> None:
    made, (light, heavy) = await engine.act(package, 2, weights=[1, 100])
    await engine.act(stop_sender, sender_id=heavy.pk, reason="cloud_api.133010", now=datetime.now(UTC))
    batch = await engine.act(contract, (Target.PACKAGE, made.pk), 300)
    engine.start()
    assert (await engine.at_rest(batch)).sent == 300
    assert by_number(official) == {light.ref: 300}


def test_people_get_the_number_that_they_know(package: Any, contract: Contract) -> None:
    made, (first, second, third) = package(3)
    now = datetime.now(UTC)
    before = contract((Target.SENDER, second.pk), 4, start=False)
    rows = list(Message.objects.filter(batch_id=before.pk).order_by("id"))
    Message.objects.filter(pk=rows[0].pk).update(state=State.SENT, sender_id=first.pk, due_at=None)
    Message.objects.filter(pk=rows[1].pk).update(state=State.READ, sender_id=second.pk, due_at=None)
    Message.objects.filter(pk=rows[2].pk).update(state=State.FAILED, sender_id=third.pk, due_at=None)
    people = [row.contact_id for row in rows]
    batch = contract((Target.PACKAGE, made.pk), 1, start=False)
    assert addressing.known_numbers(batch, people, now=now) == {people[0]: first.pk, people[1]: second.pk}
    stop_sender(sender_id=first.pk, reason="banned", now=now)
    assert addressing.known_numbers(batch, people, now=now) == {people[1]: second.pk}
    single = contract((Target.SENDER, second.pk), 1, start=False)
    assert addressing.known_numbers(single, people, now=now) == {}


def test_free_text_goes_over_the_number_whose_window_is_open(package: Any, contract: Contract) -> None:
    made, (first, second) = package(2)
    now = datetime.now(UTC)
    batch = contract((Target.PACKAGE, made.pk), 3, start=False, content=TEXT)
    people = list(
        Message.objects.filter(batch_id=batch.pk).order_by("id").values_list("contact_id", flat=True)
    )
    for sender, person, hours in ((first, 0, 2), (second, 0, 1), (first, 1, 30)):
        Window.objects.create(
            sender_id=sender.pk,
            contact_id=people[person],
            business_id=batch.business_id,
            last_inbound_at=now - timedelta(hours=hours),
        )
    from qafila.dispatch.actions import start_batch
    from qafila.dispatch.queries import closed_windows

    assert closed_windows(batch.pk, now=now) == 2
    start_batch(batch_id=batch.pk, business_id=batch.business_id, now=now)
    addressed = dict(Message.objects.filter(batch_id=batch.pk).values_list("contact_id", "sender_id"))
    assert addressed == {people[0]: second.pk, people[1]: 0, people[2]: 0}


def test_free_text_leaves_a_paused_number_only_for_one_that_may_write_to_the_person(
    package: Any, contract: Contract, business: Business
) -> None:
    """Anybody else would skip it for good: the window is shut there."""
    from qafila.dispatch.actions import start_batch
    from qafila.dispatch.packages import tend
    from qafila.senders.actions import pause_sender

    made, (first, second) = package(2)
    now = datetime.now(UTC)
    batch = contract((Target.PACKAGE, made.pk), 3, start=False, content=TEXT)
    people = list(
        Message.objects.filter(batch_id=batch.pk).order_by("id").values_list("contact_id", flat=True)
    )
    for sender, person, hours in ((first, 0, 1), (second, 0, 2), (first, 1, 3), (first, 2, 4)):
        Window.objects.create(
            sender_id=sender.pk,
            contact_id=people[person],
            business_id=batch.business_id,
            last_inbound_at=now - timedelta(hours=hours),
        )
    start_batch(batch_id=batch.pk, business_id=batch.business_id, now=now)
    rows = Message.objects.filter(batch_id=batch.pk).order_by("id")
    assert set(rows.values_list("sender_id", flat=True)) == {first.pk}
    pause_sender(sender=first, by="person", actor=system_actor(business), now=now)
    tend(now=now)
    assert list(rows.values_list("sender_id", "pinned_to")) == [
        (second.pk, second.pk),
        (first.pk, first.pk),
        (first.pk, first.pk),
    ]
    Window.objects.filter(contact_id=people[2]).update(last_inbound_at=now - timedelta(hours=30))
    tend(now=now)
    assert list(rows.values_list("sender_id", flat=True)) == [second.pk, first.pk, 0]


async def test_what_is_addressed_goes_to_the_others_once_its_number_cannot_send(
    engine: Engine, package: Any, contract: Contract, official: OfficialMemory, business: Business
) -> None:
    made, (first, second, third) = await engine.act(package, 3)
    batch = await engine.act(contract, (Target.PACKAGE, made.pk), 30, start=False)
    actor, now = system_actor(business), datetime.now(UTC)

    def address() -> None:
        ids = list(Message.objects.filter(batch_id=batch.pk).order_by("id").values_list("id", flat=True))
        for sender, some in ((first, ids[:10]), (second, ids[10:20]), (third, ids[20:])):
            Message.objects.filter(pk__in=some).update(sender_id=sender.pk, pinned_to=sender.pk)
        Batch.objects.filter(pk=batch.pk).update(state=BatchState.FLOWING, started_at=now)

    await engine.act(address)
    assert await engine.act(packages.tend, now=now) == 0
    soon = {"state": SenderState.RESTING, "rest_until": now + timedelta(minutes=5)}
    await engine.act(lambda: Sender.objects.filter(pk=second.pk).update(**soon))
    assert await engine.act(packages.tend, now=now) == 0  # a short rest is waited for
    await engine.act(pause_sender, sender=first, by="person", reason="", actor=actor, now=now)
    assert await engine.act(packages.tend, now=now) == 10
    later = {"rest_until": now + timedelta(hours=1)}
    await engine.act(lambda: Sender.objects.filter(pk=second.pk).update(**later))
    assert await engine.act(packages.tend, now=now) == 10
    await engine.act(actions.remove_member, package=made, sender=third, actor=actor, now=now)
    assert await engine.act(packages.tend, now=now) == 10
    await engine.act(actions.add_member, package=made, sender=third, actor=actor, now=now)
    await engine.act(run_due, limit=100, now=now)
    engine.start()
    assert (await engine.at_rest(batch)).sent == 30
    assert by_number(official) == {third.ref: 30}


def test_a_number_far_behind_its_pace_is_not_waited_for(package: Any, contract: Contract) -> None:
    made, (first, _) = package(2)
    now = datetime.now(UTC)
    batch = contract((Target.PACKAGE, made.pk), 3)
    Message.objects.filter(batch_id=batch.pk).update(sender_id=first.pk, pinned_to=first.pk)
    Lane.objects.filter(sender=first).update(due_at=now + timedelta(hours=8))
    assert packages.tend(now=now) == 3
    assert set(Message.objects.filter(batch_id=batch.pk).values_list("sender_id", "pinned_to")) == {(0, 0)}


def dead(kind: str, failing: set[str]) -> Callable[[Credentials, Outgoing], Outcome]:
    """What becomes of calls when these numbers are logged out, or swallowed by the network."""

    def decide(to: Credentials, message: Outgoing) -> Outcome:
        del message
        if to.sender_ref not in failing:
            return Outcome(delay=0.02)
        if kind == "logged_out":
            return Outcome(ProviderError(Failure.SENDER, "logged_out", scope=Scope.SENDER), delay=0.02)
        return Outcome(ProviderError(Failure.UNKNOWN, "response_timeout"), delay=0.02)

    return decide


@pytest.mark.parametrize("kind", ["logged_out", "black_hole"])
async def test_three_of_ten_numbers_lost_in_mid_run_lose_and_double_nothing(
    kind: str, engine: Engine, package: Any, contract: Contract, official: OfficialMemory
) -> None:
    made, senders = await engine.act(package, 10)
    await engine.act(lambda: Sender.objects.filter(pk__in=[s.pk for s in senders]).update(throughput=40))
    batch = await engine.act(contract, (Target.PACKAGE, made.pk), 1200)
    official.decide = dead(kind, set())
    engine.start()
    await engine.until(lambda: Message.objects.filter(batch_id=batch.pk, state=State.SENT).count() > 200)
    lost = {one.ref for one in senders[:3]}
    official.decide = dead(kind, lost)
    at = len(official.sent)
    counts = await engine.at_rest(batch)
    assert counts.sent + counts.uncertain == 1200
    accepted = attempts(official)
    assert set(accepted.values()) == {1}  # nothing twice
    assert sum(accepted.values()) == counts.sent  # nothing lost: what is not sent is uncertain, and listed
    after = Counter(sent.sender_ref for sent in official.sent[at:] if sent.sender_ref in lost)
    if kind == "logged_out":
        assert counts.uncertain == 0
    else:
        assert counts.uncertain == sum(after.values())
    # What was in the air (at most a second of each) and at most three probes.
    assert max(after.values()) <= 40 + 3


async def test_a_dead_number_is_probed_with_one_message_at_most_three_times(
    engine: Engine,
    package: Any,
    contract: Contract,
    official: OfficialMemory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from qafila.dispatch.rules import silence

    monkeypatch.setattr(silence, "RESTS", (0.3, 0.6, 3600.0))
    made, (gone, other) = await engine.act(package, 2)
    await engine.act(lambda: Sender.objects.filter(pk=gone.pk).update(throughput=3))
    await engine.act(lambda: Sender.objects.filter(pk=other.pk).update(throughput=40))
    batch = await engine.act(contract, (Target.PACKAGE, made.pk), 400)
    official.decide = dead("black_hole", {gone.ref})
    engine.start()
    await engine.until(lambda: Sender.objects.get(pk=gone.pk).state == SenderState.RESTING)
    assert (await engine.at_rest(batch)).sent >= 390
    assert sum(sent.sender_ref == gone.ref for sent in official.sent) <= 3 + 3


async def test_a_number_that_answers_again_takes_up_its_whole_pace(
    engine: Engine,
    package: Any,
    contract: Contract,
    official: OfficialMemory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from qafila.dispatch.rules import silence

    monkeypatch.setattr(silence, "RESTS", (0.3, 0.3, 0.3))
    made, (one,) = await engine.act(package, 1)
    await engine.act(lambda: Sender.objects.filter(pk=one.pk).update(throughput=3))
    batch = await engine.act(contract, (Target.PACKAGE, made.pk), 12)
    official.decide = dead("black_hole", {one.ref})
    engine.start()
    await engine.until(lambda: Message.objects.filter(batch_id=batch.pk, state=State.UNCERTAIN).count() >= 3)
    official.decide = dead("black_hole", set())
    counts = await engine.at_rest(batch)
    assert counts.sent >= 8
    lane = await engine.act(Lane.objects.get, pk=one.pk)
    assert "silent" not in lane.pace


async def test_a_number_taken_out_of_its_package_takes_nothing_more_of_it(
    engine: Engine, package: Any, contract: Contract, official: OfficialMemory, business: Business
) -> None:
    official.decide = lambda to, message: Outcome(delay=0.02)
    made, (first, second) = await engine.act(package, 2)
    await engine.act(lambda: Sender.objects.filter(pk__in=(first.pk, second.pk)).update(throughput=60))
    batch = await engine.act(contract, (Target.PACKAGE, made.pk), 500)
    engine.start()
    await engine.until(lambda: Message.objects.filter(batch_id=batch.pk, sender_id=first.pk).count() > 10)
    await engine.act(
        actions.remove_member, package=made, sender=first, actor=system_actor(business), now=datetime.now(UTC)
    )
    claimed = await engine.act(
        lambda: BatchSender.objects.filter(batch_id=batch.pk, sender_id=first.pk).first()
    )
    had = claimed.sending + claimed.sent
    assert (await engine.at_rest(batch)).sent == 500
    assert by_number(official)[first.ref] == had


async def test_a_batch_given_to_others_is_taken_by_them_only(
    engine: Engine, package: Any, number: Number, contract: Contract, official: OfficialMemory
) -> None:
    from django.db import transaction

    made, senders = await engine.act(package, 2)
    alone = await engine.act(number, throughput=40)
    batch = await engine.act(contract, (Target.SENDER, alone.pk), 200)
    engine.start()
    await engine.until(lambda: Message.objects.filter(batch_id=batch.pk, state=State.SENT).count() > 20)

    def give(target: tuple[Target, int]) -> None:
        now = datetime.now(UTC)
        with transaction.atomic():
            packages.give_batch_to(batch_id=batch.pk, business_id=batch.business_id, target=target, now=now)
        run_due(limit=100, now=now)

    await engine.act(give, (Target.PACKAGE, made.pk))
    counts = await engine.at_rest(batch)
    assert counts.sent == 200
    assert set(attempts(official).values()) == {1}
    assert sum(by_number(official)[one.ref] for one in senders) > 50


def test_a_package_that_waits_is_told_of_until_it_goes_on(
    package: Any, contract: Contract, business: Business
) -> None:
    made, (first, second) = package(2)
    now, actor = datetime.now(UTC), system_actor(business)
    contract((Target.PACKAGE, made.pk), 5)
    Sender.objects.filter(pk__in=(first.pk, second.pk)).update(
        state=SenderState.RESTING, rest_until=now + timedelta(hours=1)
    )
    for _ in range(3):
        packages.tend(now=now)
    alert = Alert.objects.get(code="package_waiting", closed_at=None)
    assert (alert.subject_id, alert.level, alert.count) == (str(made.public_id), "warning", 1)
    first.refresh_from_db()
    resume_sender(sender=first, actor=actor, now=now)
    packages.tend(now=now)
    alert.refresh_from_db()
    assert alert.closed_at is not None


def test_a_package_that_stands_still_is_told_of_anew_when_none_comes_back(
    package: Any, contract: Contract, business: Business
) -> None:
    made, (first, second) = package(2)
    now = datetime(2036, 11, 21, 12, 0, tzinfo=UTC)
    Business.objects.filter(pk=business.pk).update(timezone="Asia/Dubai")
    contract((Target.PACKAGE, made.pk), 5)
    both = Sender.objects.filter(pk__in=(first.pk, second.pk))

    def told() -> tuple[str, str, str]:
        packages.tend(now=now)
        [alert] = Alert.objects.filter(code__startswith="package_", closed_at=None)
        return alert.code, alert.level, str(says(alert, "en"))

    both.update(state=SenderState.RESTING, rest_until=now + timedelta(hours=1))
    code, level, text = told()
    assert (code, level) == ("package_waiting", "warning")
    assert "The first one comes back at 2036-11-21 17:00." in text
    both.update(state=SenderState.STOPPED, state_reason="banned", rest_until=None)
    code, level, text = told()
    assert (code, level) == ("package_standing", "critical")
    assert "none comes back by itself" in text and "Nothing to do" not in text
    assert Event.objects.filter(kind="alert.raised", data__code="package_standing").count() == 1
    Sender.objects.filter(pk=first.pk).update(state=SenderState.RESTING, rest_until=now + timedelta(hours=2))
    assert told()[:2] == ("package_waiting", "warning")
    both.update(state=SenderState.READY, rest_until=None)
    packages.tend(now=now)
    assert not Alert.objects.filter(code__startswith="package_", closed_at=None).exists()


async def test_a_small_business_does_not_wait_behind_a_large_one(
    engine: Engine, number: Number, contract: Contract, official: OfficialMemory, other_business: Business
) -> None:
    """Promise 15 with smaller figures: one with 30,000 queued and every place in the air taken, others with 20 each."""
    official.decide = lambda to, message: Outcome(delay=0.1)
    large = [await engine.act(number, throughput=1000) for _ in range(4)]
    heavy = [await engine.act(contract, (Target.SENDER, one.pk), 7500) for one in large]
    small = [await engine.act(number, throughput=80) for _ in range(6)]
    engine.start()
    await engine.until(lambda: Message.objects.filter(batch_id=heavy[0].pk, state=State.SENT).count() > 100)
    delays = []
    for one in small:
        batch = await engine.act(contract, (Target.SENDER, one.pk), 20)
        begin = time.monotonic()
        await engine.until(
            lambda batch=batch: Message.objects.filter(batch_id=batch.pk, state=State.SENT).exists()
        )
        delays.append(time.monotonic() - begin)
        await asyncio.sleep(0)
    assert sorted(delays)[int(len(delays) * 0.95)] <= 5.0
    for batch in heavy:
        await engine.act(
            ledger.cancel_batch, batch_id=batch.pk, business_id=batch.business_id, now=datetime.now(UTC)
        )
