"""The provider in memory."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from qafila.providers import signatures
from qafila.providers.interface import Credentials, Failure, ProviderError, Receipt
from qafila.providers.memory import MemoryProvider, Outcome, webhooks
from tests.providers.conformance import ADDRESS, TOKEN, Accident

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CREDENTIALS = Credentials(base_url="", token=TOKEN, sender_ref="mem-1")


class MemorySide:
    """Implements what the common suite asks for."""

    says = frozenset(Failure)
    receipt_says = Failure.RECIPIENT
    attempts = ("attempt-1", "attempt-2")
    inbound_id = "mem.1"
    signs_body = True
    over_http = False
    reads = False

    def __init__(self) -> None:
        self.provider = MemoryProvider()
        self.credentials = CREDENTIALS

    def refuse(self, failure: Failure) -> None:
        self.provider.decide = lambda _to, _message: Outcome(ProviderError(failure, "scripted"))

    def suffer(self, accident: Accident) -> None:
        raise NotImplementedError(accident)

    def arrived(self) -> int:
        return len(self.provider.sent)

    def webhooks(self) -> list[bytes]:
        common: dict[str, Any] = {"sender_ref": "mem-1", "at": AT, "address": ADDRESS}
        return [
            webhooks.body(
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
        ]

    def more_webhooks(self) -> list[tuple[str, bytes]]:
        common: dict[str, Any] = {"sender_ref": "mem-1", "at": AT, "address": ADDRESS, "provider_id": "4"}
        picture = webhooks.inbound(**common, text="A dress", kind="image", reply_to="1")
        return [
            *(
                (f"status.{one.value}", webhooks.body(webhooks.status(**common, receipt=one)))
                for one in (Receipt.SENT, Receipt.READ)
            ),
            ("inbound.image", webhooks.body(picture)),
            ("other", webhooks.body({"event": "of_tomorrow", "a": [1]})),
        ]

    def signed(self, body: bytes, secret: str) -> Mapping[str, str]:
        return {"X-Memory-Signature-256": signatures.sign(body, secret)}


@contextlib.asynccontextmanager
async def memory_side() -> AsyncIterator[MemorySide]:
    yield MemorySide()
