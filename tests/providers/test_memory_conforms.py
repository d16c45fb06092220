"""The provider in memory keeps every promise of a provider."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from qafila.providers import signatures
from qafila.providers.interface import Accepted, Credentials, Failure, Outgoing, ProviderError, Receipt
from qafila.providers.memory import MemoryProvider, Outcome, webhooks
from tests.providers.conformance import ADDRESS, TOKEN, Accident, Conformance, outgoing

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CREDENTIALS = Credentials(base_url="", token=TOKEN, sender_ref="mem-1")


class MemorySide:
    def __init__(self) -> None:
        self.provider = MemoryProvider()
        self.credentials = CREDENTIALS

    def refuse(self, failure: Failure) -> None:
        self.provider.decide = lambda _to, _message: Outcome(ProviderError(failure, "scripted"))

    def suffer(self, accident: Accident) -> None:
        raise NotImplementedError(accident)

    def arrived(self) -> int:
        return len(self.provider.sent)

    def webhook(self) -> bytes:
        common: dict[str, Any] = {"sender_ref": "mem-1", "at": AT, "address": ADDRESS}
        return webhooks.body(
            webhooks.status(**common, provider_id="1", receipt=Receipt.DELIVERED, attempt_id="attempt-1"),
            webhooks.status(
                **common,
                provider_id="2",
                receipt=Receipt.FAILED,
                attempt_id="attempt-2",
                failure=Failure.RECIPIENT,
                code="131026",
            ),
            webhooks.inbound(**common, provider_id="3", text="Hello"),
        )

    def signed(self, body: bytes, secret: str) -> Mapping[str, str]:
        return {"X-Memory-Signature-256": signatures.sign(body, secret)}


@pytest.fixture
def side() -> MemorySide:
    return MemorySide()


class TestMemory(Conformance):
    """The common suite."""


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
    side = MemorySide()
    side.refuse(Failure.RECIPIENT)
    with pytest.raises(ProviderError):
        await side.provider.send(CREDENTIALS, outgoing())
    assert side.provider.sent[0].provider_id is None


async def test_unreachable_addresses() -> None:
    provider = MemoryProvider()
    provider.unreachable.add(ADDRESS)
    assert await provider.check_number(CREDENTIALS, ADDRESS) is False
    assert await provider.check_number(CREDENTIALS, "16505550000") is True
