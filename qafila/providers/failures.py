"""How a call to a provider can fail: the classes, how far a throttle reaches, and the one exception."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any


class Failure(enum.StrEnum):
    """Why a call did not end in an acceptance. The class alone decides what the engine does (design: life of a message)."""

    TEMPORARY = "temporary"
    """No connection was made, or the provider said in its own error form that it may be tried again: retry with back-off."""
    THROTTLED = "throttled"
    """Too fast. Wait (this sender, or only this pair); the attempt does not count."""
    RECIPIENT = "recipient"
    """This person cannot be reached: fail this message only."""
    CONTENT = "content"
    """The template or a parameter is wrong: fail; several in a row hold the campaign."""
    RESTING = "resting"
    """Spam limit, time-lock: the sender rests and probes again by itself; the message goes back unharmed."""
    SENDER = "sender"
    """The sender cannot send until a person acts; the message goes back."""
    ACCOUNT = "account"
    """Every sender of the provider account cannot send until a person acts; the message goes back."""
    UNKNOWN = "unknown"
    """Nobody can say whether it was sent (response lost, bare 5xx, unknown code): uncertain, never resent by itself."""


class Scope(enum.StrEnum):
    """How far a throttle reaches."""

    MESSAGE = "message"
    PAIR = "pair"
    SENDER = "sender"
    ACCOUNT = "account"


class ProviderError(Exception):
    """The one exception that crosses the provider's door.

    :ivar failure: the class, which alone decides what happens next.
    :ivar code: the vendor's own code as text (``"131026"``), or a code of ours (``"connect_failed"``, ``"response_lost"``).
    :ivar detail: the vendor's sentence, at most 300 characters, without secrets or message text.
    :ivar retry_after: seconds the vendor asked us to wait, or None.
    :ivar scope: for THROTTLED: how far it reaches.
    :ivar raw: the vendor's answer for the attempt's record (status and parsed error object), never the request.
    """

    def __init__(
        self,
        failure: Failure,
        code: str,
        detail: str = "",
        *,
        retry_after: float | None = None,
        scope: Scope = Scope.MESSAGE,
        raw: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{failure.value} {code}: {detail}" if detail else f"{failure.value} {code}")
        self.failure = failure
        self.code = code
        self.detail = detail[:300]
        self.retry_after = retry_after
        self.scope = scope
        self.raw = dict(raw) if raw else {}
