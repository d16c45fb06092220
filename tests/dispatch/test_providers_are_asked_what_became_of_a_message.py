"""A provider that keeps our ids is asked about uncertain messages; what it says settles them, and nothing else does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qafila.dispatch.asking import Asker
from qafila.events.jobs import run_due
from qafila.ledger import attempt_ids
from qafila.ledger.models import Attempt, Batch, Message
from qafila.ledger.queries import Counts
from qafila.ledger.states import State, Target
from qafila.providers import registry
from qafila.providers.asking import WhatBecame
from qafila.providers.interface import Credentials, Failure, Outgoing, ProviderError
from qafila.providers.memory import MemoryProvider
from qafila.providers.memory.provider import Outcome
from qafila.senders.models import Sender
from tests.dispatch.conftest import Engine
from tests.dispatch.test_a_time_lock_lets_answers_through import LONG_AGO, answers, asleep, quick

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "testkey"
"""Of the engine in ``conftest``."""
LOST = Outcome(ProviderError(Failure.UNKNOWN, "response_lost"))


class AskedMemory(MemoryProvider):
    """Loses the answers to messages, and says afterwards what ``became`` of them."""

    kind = "memory_asked"
    capabilities = dataclasses.replace(
        MemoryProvider.capabilities, official=True, typing=False, can_ask_outcome=True
    )

    def __init__(self) -> None:
        super().__init__(decide=lambda to, message: LOST)
        self.became: WhatBecame | ProviderError = WhatBecame("unknown")
        self.asked: list[tuple[str, datetime]] = []

    async def outcome(self, to: Credentials, attempt_id: str, *, began_at: datetime) -> WhatBecame:
        self.asked.append((attempt_id, began_at))
        if isinstance(self.became, ProviderError):
            raise self.became
        return self.became


class AskedPhone(AskedMemory):
    """The same, for numbers that are linked to a phone."""

    kind = "memory_phone"
    capabilities = dataclasses.replace(AskedMemory.capabilities, official=False)


@pytest.fixture(params=["memory_asked"])
def asked(request: pytest.FixtureRequest) -> Iterator[AskedMemory]:
    makes = {"memory_asked": AskedMemory, "memory_phone": AskedPhone}
    registry.KINDS[request.param] = registry.Kind("Memory, asked", makes[request.param])
    registry.get.cache_clear()
    provider = registry.get(request.param)
    assert isinstance(provider, AskedMemory)
    yield provider
    del registry.KINDS[request.param]


class Scene:
    """A contract whose messages are all uncertain, and who asks about them."""

    def __init__(self, engine: Engine, batch: Batch, sender: Sender) -> None:
        self.engine, self.batch, self.sender = engine, batch, sender
        tools = engine.tools
        self.asker = Asker(
            pool=tools.pool,
            recorder=tools.recorder,
            act=tools.act,
            clock=tools.clock,
            rng=tools.rng,
            installation=KEY,
        )

    async def counts(self) -> Counts:
        return await self.engine.counts(self.batch)


@pytest.fixture
async def scene(
    engine: Engine, number: Callable[..., Sender], contract: Callable[..., Batch], asked: AskedMemory
) -> Scene:
    sender = await engine.act(number, "memory_asked")
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 4)
    engine.start()
    await engine.at_rest(batch)
    found = Scene(engine, batch, sender)
    assert (await found.counts()).uncertain == 4
    return found


def of(batch: Batch) -> list[Message]:
    return list(Message.objects.filter(batch_id=batch.pk).order_by("pk"))


async def test_what_was_sent_is_sent(scene: Scene, asked: AskedMemory) -> None:
    asked.became = WhatBecame("sent", "3EB0FF")
    assert await scene.asker.look() == 4
    counts = await scene.counts()
    assert (counts.sent, counts.uncertain) == (4, 0)
    rows = await scene.engine.act(of, scene.batch)
    assert {row.provider_id for row in rows} == {"3EB0FF"}
    began = {
        attempt_ids.make(KEY, one.message_id, one.number): one.began_at
        for one in await scene.engine.act(lambda: list(Attempt.objects.all()))
    }
    assert dict(asked.asked) == began
    await scene.engine.balanced(scene.batch)


async def test_a_number_that_cannot_be_asked_does_not_keep_the_others_waiting(
    scene: Scene, asked: AskedMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qafila.kit.crypto import CryptoError
    from qafila.senders import queries

    def locked(sender_id: int) -> object:
        raise CryptoError("key_unknown", "The key is missing.")

    monkeypatch.setattr(queries, "credentials", locked)
    assert await scene.asker.look() == 0
    assert await scene.asker._due([scene.sender.pk]) == [], "their turn comes again later, after the others'"


async def test_what_never_arrived_goes_out_as_another_attempt(scene: Scene, asked: AskedMemory) -> None:
    asked.became = WhatBecame("not_sent")
    asked.decide = lambda to, message: Outcome()
    assert await scene.asker.look() == 4
    await scene.engine.act(run_due, limit=100, now=datetime.now(UTC))
    assert (await scene.engine.at_rest(scene.batch)).sent == 4
    rows = await scene.engine.act(of, scene.batch)
    assert {(row.attempt, row.tries) for row in rows} == {(2, 1)}, "the lost one does not count"
    assert len({one.message.attempt_id for one in asked.sent}) == 8


async def test_what_was_refused_fails(scene: Scene, asked: AskedMemory) -> None:
    def say(to: Credentials, message: Outgoing) -> Any:
        raise AssertionError("nothing is sent meanwhile")

    asked.decide = say
    asked.became = WhatBecame("failed", error=ProviderError(Failure.RECIPIENT, "not_on_whatsapp"))
    assert await scene.asker.look() == 4
    rows = await scene.engine.act(of, scene.batch)
    assert {(row.state, row.reason) for row in rows} == {(State.FAILED, "memory_asked.not_on_whatsapp")}


async def test_a_time_lock_that_is_heard_of_late_makes_the_sender_rest(
    scene: Scene, asked: AskedMemory
) -> None:
    asked.became = WhatBecame("failed", error=ProviderError(Failure.RESTING, "463", retry_after=7200.0))
    assert await scene.asker.look() == 4
    await scene.engine.act(scene.sender.refresh_from_db)
    assert (scene.sender.state, scene.sender.state_reason) == ("resting", "memory_asked.463")
    assert (await scene.counts()).queued == 4


@pytest.mark.parametrize("asked", ["memory_phone"], indirect=True)
async def test_a_refused_answer_is_not_tried_again_at_once(
    engine: Engine, number: Callable[..., Sender], contract: Callable[..., Batch], asked: AskedMemory
) -> None:
    """Answers go on while WhatsApp refuses new conversations; after one that it refused they wait."""
    sender = await engine.act(number, asked.kind, in_use_since=LONG_AGO)
    batch = await engine.act(answers, contract, sender, 2, written=2)
    engine.start(make=quick)
    await engine.at_rest(batch)
    lane = await engine.until(lambda: asleep(sender))
    asked.decide = lambda to, message: Outcome()
    asked.became = WhatBecame("failed", error=ProviderError(Failure.RESTING, "463"))
    assert await Scene(engine, batch, sender).asker.look() == 2
    await engine.act(run_due, limit=100, now=datetime.now(UTC))
    lane = await engine.until(lambda: asleep(sender, after=lane.epoch))
    assert lane.due_at > datetime.now(UTC) + timedelta(minutes=59)
    assert (await engine.counts(batch)).queued == 2
    assert len(asked.sent) == 2, "the two that were lost, and nothing since"


@pytest.mark.parametrize(
    "said", [WhatBecame("unknown"), WhatBecame("pending"), ProviderError(Failure.TEMPORARY, "connect_failed")]
)
async def test_who_does_not_know_is_asked_again_later_and_nothing_changes(
    scene: Scene, asked: AskedMemory, said: WhatBecame | ProviderError
) -> None:
    asked.became = said
    assert await scene.asker.look() == 0
    assert await scene.asker.look() == 0
    assert len(asked.asked) == 4, "not again at once"
    assert (await scene.counts()).uncertain == 4


async def test_a_provider_that_cannot_be_asked_is_left_alone(
    engine: Engine, number: Callable[..., Sender], contract: Callable[..., Batch], official: MemoryProvider
) -> None:
    official.decide = lambda to, message: LOST
    sender = await engine.act(number)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 2)
    engine.start()
    await engine.at_rest(batch)
    found = Scene(engine, batch, sender)
    assert await found.asker.look() == 0
    assert (await found.counts()).uncertain == 2
