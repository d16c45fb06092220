"""Linking a phone to a session of a WAHA server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from qafila.kit.http import Answer
from qafila.providers.credentials import Credentials
from qafila.providers.management import PairingState, is_elsewhere
from qafila.providers.reading import member, words
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

    async def start(self: _Asks, to: Credentials, *, webhook_url: str, fresh: bool = False) -> PairingState:
        """Makes and starts the session, or starts the one that is there; it then reports to us too.

        Its codes go on as they are, ``fresh`` or not. Raises :class:`ProviderError`.
        """
        return await _state(self, to, await _begun(self, to, webhook_url))

    async def pairing_state(self: _Asks, to: Credentials, *, code_given: bool = False) -> PairingState:
        """How far it has come; an open QR code is asked for where there is one. Raises :class:`ProviderError`."""
        answer = await self._ask("GET", to, "api", "sessions", to.sender_ref)
        if answer.status == 404 and object_in(answer):
            return PairingState("closed")
        if not is_success(answer) or not object_in(answer):
            raise refusal(answer, hidden(to))
        found = object_in(answer)
        if code_given and words(found.get("status")) == "SCAN_QR_CODE":
            return PairingState("code")
        return await _state(self, to, found)

    async def use_code(self: _Asks, to: Credentials, phone: str) -> PairingState:
        """A code for the phone with this number, where the session is ready for one. Raises :class:`ProviderError`."""
        found = await _begun(self, to, to.webhook_url)
        if words(found.get("status")) != "SCAN_QR_CODE":
            return await _state(self, to, found)
        answer = await self._ask(
            "POST", to, "api", to.sender_ref, "auth", "request-code", body={"phoneNumber": phone}
        )
        code = words(object_in(answer).get("code"))
        if not is_success(answer) or not code:
            raise refusal(answer, hidden(to, phone))
        return PairingState("code", code=code)

    async def abandon(self: _Asks, to: Credentials, *, code_shown: bool) -> None:
        """Only where a code was shown: a session without one may be linked and starting. Raises :class:`ProviderError`."""
        if code_shown:
            await LinksPhones.log_out(self, to)

    async def log_out(self: _Asks, to: Credentials) -> None:
        """Unlinks the phone; a session that is not there is no failure. Raises :class:`ProviderError`."""
        answer = await self._ask("POST", to, "api", "sessions", to.sender_ref, "logout", body={})
        if not is_success(answer) and not (answer.status == 404 and object_in(answer)):
            raise refusal(answer, hidden(to))

    async def report_here(self: _Asks, to: Credentials) -> None:
        """Changes our entry in the session's set-up where it has another address; the server then starts the session anew, with
        what it knows of the phone. Raises :class:`ProviderError`."""
        found = _object(to, await self._ask("GET", to, "api", "sessions", to.sender_ref))
        listed = member(found, "config", "webhooks")
        if any(is_elsewhere(member(one, "url"), to.webhook_url) for one in _entries(listed)):
            await _begun(self, to, to.webhook_url)


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


def with_webhook(to: Credentials, config: Mapping[str, Any], url: str) -> dict[str, Any] | None:
    """A session's ``config`` with our webhook in it and everything else as it was; None where it is so already."""
    webhooks = _entries(config.get("webhooks"))
    ours = [one for one in webhooks if _path(one.get("url")) == _path(url)]
    wanted = webhook_of(to, url)
    if len(ours) == 1 and all(ours[0].get(name) == value for name, value in wanted.items()):
        return None
    kept = [one for one in webhooks if one not in ours]
    return {**config, "webhooks": [*kept, {**(ours[0] if ours else {}), **wanted}]}


def _entries(listed: object) -> list[dict[str, Any]]:
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


async def _begun(asks: _Asks, to: Credentials, webhook_url: str) -> dict[str, Any]:
    """The session as the server shows it, made, started and reporting to us."""
    session = ("api", "sessions", to.sender_ref)
    answer = await asks._ask("GET", to, *session)
    if answer.status == 404:
        body: dict[str, Any] = {"name": to.sender_ref, "start": True}
        if webhook_url:
            body["config"] = {"webhooks": [webhook_of(to, webhook_url)]}
        return _object(to, await asks._ask("POST", to, "api", "sessions", body=body))
    found = _object(to, answer)
    given = found.get("config")
    config = given if isinstance(given, dict) else {}
    changed = with_webhook(to, config, webhook_url) if webhook_url else None
    if changed is not None:
        # A session that runs is started anew by the server, with what it knows of the phone.
        body = {"name": to.sender_ref, "config": changed}
        answer = await asks._ask("PUT", to, *session, body=body)
        found = {**found, **_object(to, answer, *_secrets_in(config))}
    if words(found.get("status")) in {"STOPPED", "FAILED"}:
        return _object(to, await asks._ask("POST", to, *session, "restart", body={}))
    return found


def _object(to: Credentials, answer: Answer, *hide: str) -> dict[str, Any]:
    found = object_in(answer)
    if not is_success(answer) or not found:
        raise refusal(answer, hidden(to, *hide))
    return found


def _path(url: object) -> str:
    """Where an address ends: ours holds the account's id, whatever name Qafila goes by."""
    try:
        return urlsplit(words(url)).path
    except ValueError:
        return ""


def _secrets_in(value: object) -> Iterator[str]:
    """Every text of somebody else's set-up: none of it may stand in an error."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _secrets_in(one)
    elif isinstance(value, str):
        yield value


async def _state(asks: _Asks, to: Credentials, found: Mapping[str, Any]) -> PairingState:
    match words(found.get("status")):
        case "WORKING":
            return PairingState("connected")
        case "SCAN_QR_CODE":
            answer = await asks._ask("GET", to, "api", to.sender_ref, "auth", "qr", query={"format": "raw"})
            qr = words(object_in(answer).get("value"))
            is_shown = is_success(answer) and qr
            return PairingState("qr", qr=qr) if is_shown else PairingState("starting", phone_seen=False)
        case "STARTING":
            return PairingState("starting")
        case "PASSKEY_REQUIRED" | "PASSKEY_CONFIRMATION_REQUIRED":
            return PairingState("failed", reason="passkey_required")
        case "FAILED":
            return PairingState("failed", reason="session_failed")
    return PairingState("closed")
