"""What providers get back: a status, a stable code and a sentence; never a secret, never a part of what they sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_CLOSE = (b"connection", b"close")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response. ``headers``: beside type and length."""

    status: int
    body: bytes
    content_type: bytes = b"application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def closing(self) -> Answer:
        """The same, and the connection is closed after it."""
        return self if _CLOSE in self.headers else replace(self, headers=(*self.headers, _CLOSE))

    async def send(self, send: Send) -> None:
        """Sends it."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": [
                    (b"content-type", self.content_type),
                    (b"content-length", str(len(self.body)).encode()),
                    (b"cache-control", b"no-store"),
                    (b"x-content-type-options", b"nosniff"),
                    *self.headers,
                ],
            }
        )
        await send({"type": "http.response.body", "body": self.body})


def _refusal(status: int, code: str, message: str, step: str, *headers: tuple[bytes, bytes]) -> Answer:
    body = orjson.dumps({"error": {"code": code, "message": message, "step": step}})
    return Answer(status, body, headers=headers)


_RETRY = (b"retry-after", b"5")

STORED = Answer(200, b'{"status":"stored"}')
UNKNOWN = _refusal(
    404,
    "unknown_webhook_address",
    "No provider account has this webhook address.",
    "Copy the address from the page of the provider account.",
)
NOT_ALLOWED = _refusal(
    405,
    "method_not_allowed",
    "A webhook address is asked with GET and written to with POST.",
    "Use one of the two.",
    (b"allow", b"GET, POST"),
)
WRONG_TOKEN = _refusal(
    403,
    "wrong_verify_token",
    "The verify token is not the one of this provider account.",
    "Enter the same verify token here and in the provider's settings.",
)
WRONG_SIGNATURE = _refusal(
    403,
    "wrong_signature",
    "The signature of this webhook is missing or wrong.",
    "Enter the app secret with which the provider signs in the provider account.",
)
TOO_LARGE = _refusal(413, "too_large", "A webhook has at most 3 MB.", "Send less at once.", _CLOSE)
TOO_SLOW = _refusal(408, "too_slow", "The webhook did not arrive in time.", "Send it again.", _CLOSE)
BUSY = _refusal(
    503,
    "busy",
    "Too many webhooks are waiting to be stored.",
    "Send it again in a few seconds.",
    _RETRY,
    _CLOSE,
)
AWAY = _refusal(
    503,
    "not_stored",
    "The webhook could not be stored, because the database did not answer.",
    "Send it again in a few seconds.",
    _RETRY,
)


def challenged(text: str) -> Answer:
    """The answer to a provider's check of the address: its own challenge, as plain text."""
    return Answer(200, text.encode(), b"text/plain; charset=utf-8")
