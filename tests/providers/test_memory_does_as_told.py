"""The provider in memory does what a test decides. That it keeps every promise of a provider: ``conformance/``."""

from __future__ import annotations

import pytest

from qafila.providers.interface import Accepted, Credentials, Failure, Outgoing, ProviderError
from qafila.providers.memory import MemoryProvider, Outcome
from tests.providers.conformance import ADDRESS, TOKEN, outgoing

CREDENTIALS = Credentials(base_url="", token=TOKEN, sender_ref="mem-1")


async def test_delay_goes_through_the_given_sleep() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    def decide(_: Credentials, message: Outgoing) -> Outcome:
        return Outcome(Accepted(f"id-{message.attempt_id}"), delay=3600.0)

    provider = MemoryProvider(decide, sleep=sleep)
    assert (await provider.send(CREDENTIALS, outgoing("a"))).provider_id == "id-a"
    assert slept == [3600.0]
    assert provider.sent[0].provider_id == "id-a"


async def test_refused_messages_are_kept_too() -> None:
    provider = MemoryProvider(lambda _to, _message: Outcome(ProviderError(Failure.RECIPIENT, "scripted")))
    with pytest.raises(ProviderError):
        await provider.send(CREDENTIALS, outgoing())
    assert provider.sent[0].provider_id is None


async def test_unreachable_addresses() -> None:
    provider = MemoryProvider()
    provider.unreachable.add(ADDRESS)
    assert await provider.check_number(CREDENTIALS, ADDRESS) is False
    assert await provider.check_number(CREDENTIALS, "16505550000") is True
