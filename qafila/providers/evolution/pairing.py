"""Linking a phone to an instance of an Evolution API server."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final, Protocol

from qafila.kit.http import Answer
from qafila.providers.credentials import Credentials
from qafila.providers.evolution.errors import refusal
from qafila.providers.management import PairingState
from qafila.providers.reading import member, words
from qafila.providers.talking import hidden, is_success, object_in

EVENTS: Final = (
    "CONNECTION_UPDATE",
    "LOGOUT_INSTANCE",
    "MESSAGES_UPSERT",
    "MESSAGES_UPDATE",
    "REMOVE_INSTANCE",
)
"""What is asked for: no QR codes (they give the account away), no chats, no contacts."""
_PICTURE: Final = "data:image/png;base64,"
MOST_PICTURE: Final = 200_000


class _Asks(Protocol):
    async def _ask(
        self, method: str, to: Credentials, *path: str, body: Mapping[str, Any] | None = None, query: str = ""
    ) -> Answer: ...


class LinksPhones:
    """The part of the provider that is a ``Pairing``."""

    async def start(self: _Asks, to: Credentials, *, webhook_url: str, fresh: bool = False) -> PairingState:
        """Makes the instance, or goes on with the one that is there and its codes, ``fresh`` or not.

        Raises :class:`ProviderError`.
        """
        state = await self._ask("GET", to, "instance", "connectionState", to.sender_ref)
        if state.status == 404:
            return _scan(await _made(self, to, webhook_url))
        await _tell_where(self, to, webhook_url, state)
        return await _state(self, to, state)

    async def pairing_state(self: _Asks, to: Credentials, *, code_given: bool = False) -> PairingState:
        """How far it has come; an open QR code is asked for where there is one. Raises :class:`ProviderError`."""
        answer = await self._ask("GET", to, "instance", "connectionState", to.sender_ref)
        return await _state(self, to, answer, code_given=code_given)

    async def use_code(self: _Asks, to: Credentials, phone: str) -> PairingState:
        """A code for the phone with this number. Raises :class:`ProviderError`.

        The server gives one only to an instance that begins with the number: one that waits for a scan is ended first.
        """
        number = str(int(phone))
        state = await self._ask("GET", to, "instance", "connectionState", to.sender_ref)
        if state.status == 404:
            return _letters(await _made(self, to, to.webhook_url, number))
        await _tell_where(self, to, to.webhook_url, state)
        if words(member(object_in(state), "instance", "state")) == "open":
            return PairingState("connected")
        shown = await _connected_with(self, to, number)
        if shown.state != "code":
            await self._ask("DELETE", to, "instance", "logout", to.sender_ref)
            shown = await _connected_with(self, to, number)
        return shown

    async def abandon(self: _Asks, to: Credentials, *, code_shown: bool) -> None:
        """Only where a code was shown: an instance without one may be linked and connecting. Raises :class:`ProviderError`."""
        if code_shown:
            await LinksPhones.log_out(self, to)

    async def log_out(self: _Asks, to: Credentials) -> None:
        """Unlinks the phone; an instance that is not there or not linked is no failure. Raises :class:`ProviderError`."""
        answer = await self._ask("DELETE", to, "instance", "logout", to.sender_ref)
        if not is_success(answer) and not (answer.status in {400, 404} and object_in(answer)):
            raise refusal(answer, hidden(to))


def webhook_of(to: Credentials, url: str) -> dict[str, Any]:
    """The instance's webhook: one address for all events, with a bearer token that our secret signs."""
    found: dict[str, Any] = {"url": url, "byEvents": False, "base64": False, "events": list(EVENTS)}
    if to.app_secret:
        found["headers"] = {"jwt_key": to.app_secret, "Content-Type": "application/json"}
    return found


async def _made(asks: _Asks, to: Credentials, webhook_url: str, number: str = "") -> Any:
    """What a new instance shows; with a number it is a code of letters."""
    body: dict[str, Any] = {
        "instanceName": to.sender_ref,
        "integration": "WHATSAPP-BAILEYS",
        "qrcode": True,
        **({"number": number} if number else {}),
    }
    if webhook_url:
        body["webhook"] = webhook_of(to, webhook_url)
    answer = await asks._ask("POST", to, "instance", "create", body=body)
    if not is_success(answer) or not object_in(answer):
        raise refusal(answer, hidden(to, number))
    return object_in(answer).get("qrcode")


async def _tell_where(asks: _Asks, to: Credentials, webhook_url: str, state: Answer) -> None:
    """An instance that is there reports to us from now on."""
    if not is_success(state) or not object_in(state):
        raise refusal(state, hidden(to))
    if webhook_url:
        body = {"webhook": {"enabled": True, **webhook_of(to, webhook_url)}}
        answer = await asks._ask("POST", to, "webhook", "set", to.sender_ref, body=body)
        if not is_success(answer):
            raise refusal(answer, hidden(to))


async def _connected_with(asks: _Asks, to: Credentials, number: str) -> PairingState:
    answer = await asks._ask("GET", to, "instance", "connect", to.sender_ref, query=f"?number={number}")
    if not is_success(answer) or not object_in(answer):
        raise refusal(answer, hidden(to, number))
    return _letters(object_in(answer))


def _letters(found: Any) -> PairingState:
    code = words(member(found, "pairingCode"))
    return PairingState("code", code=code) if code else PairingState("starting", phone_seen=False)


async def _state(asks: _Asks, to: Credentials, answer: Answer, *, code_given: bool = False) -> PairingState:
    if answer.status == 404:
        return PairingState("closed")
    state = words(member(object_in(answer), "instance", "state"))
    if not is_success(answer) or not state:
        raise refusal(answer, hidden(to))
    if state == "open":
        return PairingState("connected")
    if code_given:  # asking for a QR code would begin anew, without the number
        return PairingState("code" if state == "connecting" else "starting")
    scan = await asks._ask("GET", to, "instance", "connect", to.sender_ref)
    if not is_success(scan) or not object_in(scan):
        raise refusal(scan, hidden(to))
    return _scan(object_in(scan))


def _scan(found: Any) -> PairingState:
    code = words(member(found, "code"))
    if not code:
        return PairingState("starting")
    return PairingState("qr", qr=code, qr_png=_png(words(member(found, "base64"))))


def _png(text: str) -> bytes | None:
    if not 0 < len(text) <= MOST_PICTURE:
        return None
    try:
        return base64.b64decode(text.removeprefix(_PICTURE), validate=True) or None
    except (binascii.Error, ValueError):
        return None
