"""Linking a phone to a session of the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from qafila.kit.http import Answer
from qafila.providers.baileys.errors import refusal
from qafila.providers.credentials import Credentials
from qafila.providers.management import PairingState, PairingStep, is_elsewhere
from qafila.providers.reading import member, words
from qafila.providers.talking import hidden, is_success, object_in

MOST_PICTURE: Final = 200_000
_STEPS: Final[dict[str, PairingStep]] = {
    "closed": "closed",
    "connecting": "starting",
    "waiting": "starting",
    "qr": "qr",
    "code": "code",
    "open": "connected",
    "stopped": "failed",
}


class _Asks(Protocol):
    async def _ask(
        self, method: str, to: Credentials, *path: str, body: Mapping[str, Any] | None = None
    ) -> Answer: ...


class LinksPhones:
    """The part of the provider that is a ``Pairing``."""

    async def start(self: _Asks, to: Credentials, *, webhook_url: str, fresh: bool = False) -> PairingState:
        """Makes the session, or goes on with it; ``fresh``: with a first QR code again. Raises :class:`ProviderError`."""
        body = {**_webhook(to, webhook_url), **({"fresh": True} if fresh else {})}
        return await _state(self, to, await self._ask("POST", to, "start", body=body))

    async def pairing_state(self: _Asks, to: Credentials, *, code_given: bool = False) -> PairingState:
        """How far it has come, with the QR code that waits. Raises :class:`ProviderError`.

        The gateway itself knows whether a code of letters counts: a QR code then means that it does not any more.
        """
        answer = await self._ask("GET", to)
        if member(object_in(answer), "error", "code") == "session_unknown":
            return PairingState("closed")
        return await _state(self, to, answer)

    async def use_code(self: _Asks, to: Credentials, phone: str) -> PairingState:
        """A code for the phone with this number. Raises :class:`ProviderError`."""
        answer = await self._ask("POST", to, "code", body={"phone": phone, **_webhook(to, to.webhook_url)})
        found = object_in(answer)
        code = words(found.get("code"))
        if not is_success(answer) or not code:
            raise refusal(answer, hidden(to, phone))
        return PairingState("code", code=code, expires_at=_moment(found.get("expires_at")))

    async def abandon(self: _Asks, to: Credentials, *, code_shown: bool) -> None:
        """Nothing where a phone is linked, whatever its connection does just now. Raises :class:`ProviderError`."""
        answer = await self._ask("GET", to)
        found = object_in(answer)
        if member(found, "error", "code") == "session_unknown" or found.get("linked") is True:
            return
        if not is_success(answer) or found.get("linked") is not False:
            raise refusal(answer, hidden(to))
        # A phone may be linked in this very moment: the gateway looks once more.
        await _unlinked(self, to, {"unless_linked": True})

    async def log_out(self: _Asks, to: Credentials) -> None:
        """Unlinks the phone; a session that is not there is no failure. Raises :class:`ProviderError`."""
        await _unlinked(self, to, {})

    async def report_here(self: _Asks, to: Credentials) -> None:
        """Sets the session's webhook where the gateway has another address. Raises :class:`ProviderError`."""
        answer = await self._ask("GET", to)
        found = object_in(answer)
        if not is_success(answer) or found.get("session") != to.sender_ref:
            raise refusal(answer, hidden(to))
        if found.get("linked") is True and is_elsewhere(found.get("webhook"), to.webhook_url):
            await LinksPhones.start(self, to, webhook_url=to.webhook_url)


def _webhook(to: Credentials, url: str) -> dict[str, Any]:
    return {"webhook": {"url": url, "secret": to.app_secret}} if url else {}


async def _unlinked(asks: _Asks, to: Credentials, body: Mapping[str, Any]) -> None:
    answer = await asks._ask("POST", to, "logout", body=body)
    if is_success(answer) and object_in(answer):
        return
    error = refusal(answer, hidden(to))
    if error.code != "session_unknown":
        raise error


async def _state(asks: _Asks, to: Credentials, answer: Answer) -> PairingState:
    found = object_in(answer)
    state = _STEPS.get(words(found.get("state")))
    if not is_success(answer) or state is None:
        raise refusal(answer, hidden(to))
    reason = words(found.get("reason"))[:64]
    if state != "qr":
        until = _moment(member(found, "pairing", "expires_at")) if state == "code" else None
        seen = found.get("linked") is True if state == "starting" else None
        return PairingState(state, reason=reason, expires_at=until, phone_seen=seen)
    scan = object_in(await asks._ask("GET", to, "qr"))
    code = words(scan.get("qr"))
    if not code:  # scanned in between, or the next one has not come yet
        return PairingState("starting", reason=reason, phone_seen=False)
    picture = await asks._ask("GET", to, "qr.png")
    is_picture = is_success(picture) and picture.headers.get("content-type", "").startswith("image/png")
    png = picture.body if is_picture and len(picture.body) <= MOST_PICTURE else None
    return PairingState("qr", qr=code, qr_png=png, expires_at=_moment(scan.get("expires_at")))


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(words(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
