"""Asking a provider what became of a message whose answer was lost: for those that keep our ids durably."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from qafila.providers.credentials import Credentials
from qafila.providers.failures import ProviderError

Fate = Literal["sent", "failed", "not_sent", "pending", "unknown"]


@dataclass(frozen=True, slots=True)
class WhatBecame:
    """What the provider knows of one attempt.

    :ivar fate: ``sent`` it was accepted · ``failed`` it was refused, :attr:`error` says why · ``not_sent`` it never came,
        and the provider will never take it under this id: it may go out as another attempt · ``pending`` it is being sent
        now · ``unknown`` the provider cannot say either.
    :ivar provider_id: for ``sent``: the vendor's id of the message.
    """

    fate: Fate
    provider_id: str = ""
    error: ProviderError | None = None


@runtime_checkable
class OutcomeBook(Protocol):
    """A provider whose ``capabilities.can_ask_outcome`` is True."""

    async def outcome(self, to: Credentials, attempt_id: str, *, began_at: datetime) -> WhatBecame:
        """What became of an attempt that began then. Raises :class:`ProviderError` where it cannot be asked.

        After the answer ``not_sent`` nothing can go out under this id any more, however late a request still arrives.
        """
        ...
