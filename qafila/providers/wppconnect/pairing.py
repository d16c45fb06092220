"""Linking a phone to a session of a WPPConnect server.

For a QR code the server is not asked to wait: where it cannot load WhatsApp Web it does not answer at all. A session that is
stuck stays ``INITIALIZING`` without end and without a webhook; whoever waits has a deadline of their own. A code of letters is
said only in the answer of the call that waits for it, and in a webhook that is not kept, so there is no other way to it than
waiting; after a QR code was shown the server does not let anybody wait (read in its source).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Protocol

from qafila.kit.http import Answer
from qafila.providers.credentials import Credentials
from qafila.providers.failures import ProviderError
from qafila.providers.management import PairingState
from qafila.providers.reading import words
from qafila.providers.talking import hidden, is_success, object_in
from qafila.providers.wppconnect.errors import refusal

_PICTURE = "data:image/png;base64,"
MOST_PICTURE = 200_000


class _Asks(Protocol):
    async def _ask(
        self, method: str, to: Credentials, *what: str, body: Mapping[str, Any] | None = None
    ) -> Answer: ...


class LinksPhones:
    """The part of the provider that is a ``Pairing``."""

    async def start(self: _Asks, to: Credentials, *, webhook_url: str, fresh: bool = False) -> PairingState:
        """Starts the session, or goes on with it and its codes, ``fresh`` or not. One that says that it is connected and has lost its
        browser is closed first: the server would leave it so. Raises :class:`ProviderError`."""
        state = await _started(self, to, webhook_url)
        if state.state == "connected" and not await is_alive(self, to):
            await self._ask("POST", to, "close-session", body={})
            state = await _started(self, to, webhook_url)
        # It says CLOSED of a session that begins this moment.
        return PairingState("starting") if state.state == "closed" else state

    async def pairing_state(self: _Asks, to: Credentials, *, code_given: bool = False) -> PairingState:
        """How far the session has come; a code of letters is not said again. Raises :class:`ProviderError`."""
        answer = await self._ask("GET", to, "status-session")
        found = object_in(answer)
        if answer.status != 200 or "qrcode" not in found:
            raise refusal(answer, hidden(to))
        return state_of(found)

    async def use_code(self: _Asks, to: Credentials, phone: str) -> PairingState:
        """Starts the session anew with a phone number and waits for the code that the server gets for it.

        ``starting`` where none came in our own time, and where the server does not let wait for it: of a session that was there
        before and is closed now it answers at once, without a state. Raises :class:`ProviderError`.
        """
        await self._ask("POST", to, "close-session", body={})  # an error there too leaves it closed
        body: dict[str, Any] = {"waitQrCode": True, "phone": phone}
        if to.webhook_url:
            body["webhook"] = to.webhook_url
        try:
            answer = await self._ask("POST", to, "start-session", body=body)
        except ProviderError as exc:
            if exc.code != "response_timeout":
                raise
            return PairingState("starting")
        found = object_in(answer)
        begins = "qrcode" in found and found.get("status") is None
        if answer.status != 200 or not (begins or words(found.get("status"))):
            raise refusal(answer, hidden(to, phone))
        state = state_of(found)
        return PairingState("starting") if state.state == "closed" else state

    async def abandon(self: _Asks, to: Credentials, *, code_shown: bool) -> None:
        """Logs out where a code was shown. One that is stuck without a code may have a linked phone: it is closed, which ends its
        browser and keeps its keys. Raises :class:`ProviderError`."""
        if code_shown:
            await LinksPhones.log_out(self, to)
        elif (await LinksPhones.pairing_state(self, to)).state in ("starting", "code"):
            await self._ask("POST", to, "close-session", body={})

    async def log_out(self: _Asks, to: Credentials) -> None:
        """Unlinks the phone; a session that is not connected is closed. Raises :class:`ProviderError`."""
        answer = await self._ask("POST", to, "logout-session", body={})
        if is_success(answer):
            return
        if answer.status == 404 and object_in(answer).get("status") == "Disconnected":
            await self._ask("POST", to, "close-session", body={})
            return
        raise refusal(answer, hidden(to))


async def is_alive(asks: _Asks, to: Credentials) -> bool:
    """Whether a session that says that it is connected still has its browser: a plain no counts, nothing else.

    Raises :class:`ProviderError` where nobody answers.
    """
    answer = await asks._ask("GET", to, "check-connection-session")
    return not (answer.status == 200 and object_in(answer).get("status") is False)


async def _started(asks: _Asks, to: Credentials, webhook_url: str) -> PairingState:
    body = {"waitQrCode": False, **({"webhook": webhook_url} if webhook_url else {})}
    answer = await asks._ask("POST", to, "start-session", body=body)
    found = object_in(answer)
    if answer.status != 200 or "qrcode" not in found:
        raise refusal(answer, hidden(to))
    return state_of(found)


def state_of(found: Mapping[str, Any]) -> PairingState:
    """What ``status-session`` says, and ``start-session`` where it waits."""
    match words(found.get("status")).upper():
        case "CONNECTED":
            return PairingState("connected")
        case "QRCODE":
            return PairingState("qr", qr=words(found.get("urlcode")), qr_png=_png(words(found.get("qrcode"))))
        case "PHONECODE":
            return PairingState("code", code=words(found.get("phoneCode")))
        case "INITIALIZING":
            return PairingState("starting")
        case _:
            return PairingState("closed")


def _png(text: str) -> bytes | None:
    if not 0 < len(text) <= MOST_PICTURE:
        return None
    try:
        return base64.b64decode(text.removeprefix(_PICTURE), validate=True) or None
    except (binascii.Error, ValueError):
        return None
