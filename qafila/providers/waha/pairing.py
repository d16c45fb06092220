"""Linking a phone to a session of a WAHA server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from qafila.kit.http import Answer
from qafila.providers.credentials import Credentials
from qafila.providers.management import PairingState
from qafila.providers.reading import words
from qafila.providers.talking import hidden, is_success, object_in
from qafila.providers.waha.errors import refusal

EVENTS: Final = ("message.any", "message.ack", "session.status")


class _Asks(Protocol):
    async def _ask(
        self,
        method: str,
        to: Credentials,
        *path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer: ...


class LinksPhones:
    """The part of the provider that is a ``Pairing``."""

    async def start(self: _Asks, to: Credentials, *, webhook_url: str) -> PairingState:
        """Makes and starts the session, or starts the one that is there. Raises :class:`ProviderError`."""
        known = await self._ask("GET", to, "api", "sessions", to.sender_ref)
        if known.status == 404:
            body: dict[str, Any] = {"name": to.sender_ref, "start": True}
            if webhook_url:
                body["config"] = {"webhooks": [webhook_of(to, webhook_url)]}
            answer = await self._ask("POST", to, "api", "sessions", body=body)
        elif not is_success(known):
            raise refusal(known, hidden(to))
        elif words(object_in(known).get("status")) in {"STOPPED", "FAILED"}:
            answer = await self._ask("POST", to, "api", "sessions", to.sender_ref, "restart", body={})
        else:
            answer = known
        if not is_success(answer) or not object_in(answer):
            raise refusal(answer, hidden(to))
        return await _state(self, to, object_in(answer))

    async def pairing_state(self: _Asks, to: Credentials) -> PairingState:
        """How far it has come; an open QR code is asked for where there is one. Raises :class:`ProviderError`."""
        answer = await self._ask("GET", to, "api", "sessions", to.sender_ref)
        if answer.status == 404 and object_in(answer):
            return PairingState("closed")
        if not is_success(answer) or not object_in(answer):
            raise refusal(answer, hidden(to))
        return await _state(self, to, object_in(answer))

    async def use_code(self: _Asks, to: Credentials, phone: str) -> PairingState:
        """A code for the phone with this number. Raises :class:`ProviderError`."""
        answer = await self._ask(
            "POST", to, "api", to.sender_ref, "auth", "request-code", body={"phoneNumber": phone}
        )
        code = words(object_in(answer).get("code"))
        if not is_success(answer) or not code:
            raise refusal(answer, hidden(to, phone))
        return PairingState("code", code=code)

    async def log_out(self: _Asks, to: Credentials) -> None:
        """Unlinks the phone; a session that is not there is no failure. Raises :class:`ProviderError`."""
        answer = await self._ask("POST", to, "api", "sessions", to.sender_ref, "logout", body={})
        if not is_success(answer) and not (answer.status == 404 and object_in(answer)):
            raise refusal(answer, hidden(to))


def webhook_of(to: Credentials, url: str) -> dict[str, Any]:
    """The session's webhook: signed with our secret, repeated for about four hours."""
    found: dict[str, Any] = {
        "url": url,
        "events": list(EVENTS),
        "retries": {"policy": "exponential", "delaySeconds": 2, "attempts": 13},
    }
    if to.app_secret:
        found["hmac"] = {"key": to.app_secret}
    return found


async def _state(asks: _Asks, to: Credentials, found: Mapping[str, Any]) -> PairingState:
    match words(found.get("status")):
        case "WORKING":
            return PairingState("connected")
        case "SCAN_QR_CODE":
            answer = await asks._ask("GET", to, "api", to.sender_ref, "auth", "qr", query={"format": "raw"})
            qr = words(object_in(answer).get("value"))
            return PairingState("qr", qr=qr) if is_success(answer) and qr else PairingState("starting")
        case "STARTING":
            return PairingState("starting")
        case "PASSKEY_REQUIRED" | "PASSKEY_CONFIRMATION_REQUIRED":
            return PairingState("failed", reason="passkey_required")
        case "FAILED":
            return PairingState("failed", reason="session_failed")
    return PairingState("closed")
