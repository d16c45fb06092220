"""The provider in memory. One function decides what becomes of each message; the rest follows from it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from qafila.providers import signatures
from qafila.providers.contents_json import KINDS as CONTENT_KINDS
from qafila.providers.interface import (
    Accepted,
    Capabilities,
    Credentials,
    Event,
    Outgoing,
    ProviderError,
    SenderStatus,
)
from qafila.providers.memory import webhooks

SIGNATURE_HEADER = "X-Memory-Signature-256"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one message.

    :ivar result: None accepts it under a fresh id; an error is raised.
    :ivar delay: seconds before the answer, passed to the injected sleep.
    """

    result: Accepted | ProviderError | None = None
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One call of ``send`` that arrived, accepted or not. ``provider_id`` is None for a refused one."""

    sender_ref: str
    message: Outgoing
    provider_id: str | None


def accept(to: Credentials, message: Outgoing) -> Outcome:
    """Takes every message at once."""
    return Outcome()


class MemoryProvider:
    """Keeps what it was sent.

    :ivar sent: every call of ``send``, in the order of the answers.
    :ivar shown_typing: addresses that were shown "typing…"; ``marked_read`` likewise ids of messages.
    :param decide: what becomes of a message; may be replaced at any time (``provider.decide = …``).
    :param sleep: takes seconds; a test's virtual clock goes here.
    """

    kind = "memory"
    capabilities = Capabilities(
        official=False,
        typing=True,
        check_number=True,
        templates=True,
        returns_attempt_id=True,
        can_ask_outcome=False,
        contents=frozenset(CONTENT_KINDS),
    )

    def __init__(
        self,
        decide: Callable[[Credentials, Outgoing], Outcome] = accept,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.decide = decide
        self.sent: list[Sent] = []
        self.shown_typing: list[str] = []
        self.marked_read: list[str] = []
        self.unreachable: set[str] = set()
        self.state = SenderStatus(can_send=True, state="CONNECTED", quality="GREEN")
        self._sleep = sleep
        self._numbers = itertools.count(1)

    async def send(self, to: Credentials, message: Outgoing) -> Accepted:
        """Asks ``decide`` and does what it says."""
        outcome = self.decide(to, message)
        if outcome.delay > 0:
            await self._sleep(outcome.delay)
        result = outcome.result or Accepted(f"mem.{next(self._numbers)}")
        if isinstance(result, ProviderError):
            self.sent.append(Sent(to.sender_ref, message, None))
            raise result
        self.sent.append(Sent(to.sender_ref, message, result.provider_id))
        return result

    async def typing(self, to: Credentials, address: str, *, reply_to: str | None = None) -> None:
        """Remembers the address."""
        self.shown_typing.append(address)

    async def read(self, to: Credentials, provider_id: str) -> None:
        """Remembers the id."""
        self.marked_read.append(provider_id)

    async def check_number(self, to: Credentials, address: str) -> bool | None:
        """False for the addresses in ``unreachable``."""
        return address not in self.unreachable

    async def status(self, to: Credentials) -> SenderStatus:
        """``state``, which may be replaced."""
        return self.state

    def may_be_signed(self, *, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether the header has the form and there is a secret to compare it with."""
        return any(secrets) and signatures.is_of_form(signatures.header(headers, SIGNATURE_HEADER))

    def verify(self, *, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether ``X-Memory-Signature-256`` was made of the body with one of the secrets."""
        return signatures.matches(
            body=body, signature=signatures.header(headers, SIGNATURE_HEADER), secrets=secrets
        )

    def parse(self, body: bytes) -> list[Event]:
        """Reads what :mod:`qafila.providers.memory.webhooks` writes."""
        return webhooks.parse(body)
