"""A whole contract over the running Baileys gateway: the real library, a mock of WhatsApp's server, the engine's own pace."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from chaos.gateway_process import TOKEN, GatewayHouse, why_not
from qafila.businesses.actor import system_actor
from qafila.businesses.models import Business
from qafila.dispatch.asking import Asker
from qafila.ledger.models import Attempt, Batch
from qafila.ledger.states import Target
from qafila.providers import doors, registry
from qafila.providers.management import Pairing
from qafila.senders import queries
from qafila.senders.models import Sender
from tests.dispatch.conftest import TEXT, Engine

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.gateway,
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[GatewayHouse]:
    with GatewayHouse(tmp_path) as found:
        yield found


@pytest.fixture(autouse=True)
def more_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person takes several seconds for each message."""
    monkeypatch.setattr("tests.dispatch.conftest.PATIENCE_SECONDS", 120.0)


def linked(business: Business, house: GatewayHouse, now: datetime) -> Sender:
    """A number whose phone is linked."""
    from qafila.senders.actions import create_provider_account, create_sender

    actor = system_actor(business)
    account = create_provider_account(
        business=business,
        kind="baileys",
        name="Gateway",
        base_url=house.url,
        ref="",
        token=TOKEN,
        app_secret="secret-of-the-webhooks",
        verify_token="",
        allow_private_network=True,
        actor=actor,
        now=now,
    )
    return create_sender(
        business=business,
        name="Phone",
        phone="+12015550123",
        provider_account=account,
        ref="main",
        actor=actor,
        now=now,
    )


async def test_a_contract_goes_out_as_a_person_would_write_it(
    engine: Engine, contract: Callable[..., Batch], business: Business, now: datetime, house: GatewayHouse
) -> None:
    sender = await engine.act(linked, business, house, now)
    kind, reach, _ = await engine.act(queries.credentials, sender.pk)
    provider = registry.get(kind)
    assert isinstance(provider, Pairing)
    await provider.start(reach, webhook_url="")
    async with asyncio.timeout(60):
        while (await provider.pairing_state(reach)).state != "connected":
            await asyncio.sleep(0.05)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 3, content=TEXT)
    engine.start()
    assert (await engine.at_rest(batch)).sent == 3
    assert sorted(house.sent().values()) == [1, 1, 1]
    began = await engine.act(lambda: sorted(Attempt.objects.values_list("began_at", flat=True)))
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(began)]
    assert min(gaps) > 3.0, "random pauses of three seconds and more, and typing"
    assert "composing" in house.recorded()
    tools = engine.tools
    asker = Asker(
        pool=tools.pool,
        recorder=tools.recorder,
        act=tools.act,
        clock=tools.clock,
        rng=tools.rng,
        installation="testkey",
    )
    assert await asker.look() == 0, "nothing is uncertain"
    await doors.close_all()
