"""Calls to the Cloud API: one request each, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qafila.kit.http import Answer, HttpClient, HttpFault, shared
from qafila.providers import signatures
from qafila.providers.cloud_api import errors, payloads, webhooks
from qafila.providers.interface import (
    Accepted,
    Capabilities,
    Credentials,
    Event,
    Outgoing,
    ProviderError,
    SenderStatus,
)
from qafila.providers.reading import Unreadable, load, member, words

SIGNATURE_HEADER = "X-Hub-Signature-256"

# Numbers in these states cannot send, whatever their health says.
_CANNOT_SEND = frozenset(
    {"BANNED", "DELETED", "DISCONNECTED", "MIGRATED", "OFFLINE", "PENDING", "UNVERIFIED"}
)
_HEALTH = {"AVAILABLE": True, "LIMITED": True, "BLOCKED": False}


class CloudApi:
    """WhatsApp Cloud API.

    :param http: gives the HTTP client of the running loop.
    :param timeout: seconds for a whole call; more than the client's deadline for connecting.
    """

    kind = "cloud_api"
    capabilities = Capabilities(
        official=True,
        typing=False,
        check_number=False,
        templates=True,
        returns_attempt_id=True,
        can_ask_outcome=False,
    )

    def __init__(self, http: Callable[[], HttpClient] = shared, *, timeout: float = 30.0) -> None:
        self._http = http
        self._timeout = timeout

    async def send(self, to: Credentials, message: Outgoing) -> Accepted:
        """Sends one message once; ``attempt_id`` comes back in its receipts. Raises :class:`ProviderError`.

        Meta has no key against duplicates: after a failure of class UNKNOWN only a receipt can tell.
        """
        answer = await self._post(to, payloads.message(message))
        accepted = _accepted(answer, message.to)
        if accepted is None:
            raise _refused(answer, to, payloads.quotable(message))
        return accepted

    async def typing(self, to: Credentials, address: str, *, reply_to: str | None = None) -> None:
        """Shows "typing…" and marks ``reply_to`` as read. Without a message of the person Meta cannot: does nothing."""
        if reply_to:
            await self._confirm(to, payloads.read(reply_to, typing=True), (address, reply_to))

    async def read(self, to: Credentials, provider_id: str) -> None:
        """Marks a message that a person sent us as read. Raises :class:`ProviderError`."""
        await self._confirm(to, payloads.read(provider_id), (provider_id,))

    async def check_number(self, to: Credentials, address: str) -> bool | None:
        """None: Meta does not say beforehand whether a number is on WhatsApp (a receipt does, with 131026)."""
        return None

    async def status(self, to: Credentials) -> SenderStatus:
        """State, quality and limits of the number. Raises :class:`ProviderError`."""
        url = f"{to.base_url}/{to.sender_ref}?fields={payloads.STATUS_FIELDS}"
        try:
            answer = await self._http().get(url, headers=_headers(to), timeout=self._timeout)
        except HttpFault as exc:
            raise errors.from_fault(exc) from exc
        found = _object(answer)
        if not words(found.get("id")):
            raise _refused(answer, to, ())
        state = words(found.get("status"))
        health = words(member(found, "health_status", "can_send_message"))
        return SenderStatus(
            can_send=_can_send(state, health),
            state=state or health,
            quality=words(found.get("quality_rating")),
            limit=words(found.get("whatsapp_business_manager_messaging_limit")),
            throughput=words(member(found, "throughput", "level")),
            raw=found,
        )

    def verify(self, *, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether Meta signed these bytes with one of the app's secrets."""
        return signatures.matches(
            body=body, signature=signatures.header(headers, SIGNATURE_HEADER), secrets=secrets
        )

    def parse(self, body: bytes) -> list[Event]:
        """Reads a webhook; see :mod:`qafila.providers.cloud_api.webhooks`."""
        return webhooks.parse(body)

    async def _post(self, to: Credentials, body: bytes) -> Answer:
        url = f"{to.base_url}/{to.sender_ref}/messages"
        try:
            return await self._http().post(url, headers=_headers(to), body=body, timeout=self._timeout)
        except HttpFault as exc:
            raise errors.from_fault(exc) from exc

    async def _confirm(self, to: Credentials, body: bytes, hide: Sequence[str]) -> None:
        answer = await self._post(to, body)
        if not (_is_success(answer) and _object(answer).get("success") is True):
            raise _refused(answer, to, hide)


def _headers(to: Credentials) -> dict[str, str]:
    return {
        "authorization": f"Bearer {to.token}",
        "content-type": "application/json",
        "accept": "application/json",
    }


def _is_success(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def _object(answer: Answer) -> dict[str, Any]:
    """The answer's JSON object; an empty one for anything else."""
    if not _is_success(answer):
        return {}
    try:
        found = load(answer.body)
    except Unreadable:
        return {}
    return found if isinstance(found, dict) else {}


def _accepted(answer: Answer, address: str) -> Accepted | None:
    """The acceptance in an answer; its content type does not matter, the message's id does."""
    found = _object(answer)
    messages = found.get("messages")
    provider_id = words(member(messages[0], "id")) if isinstance(messages, list) and messages else ""
    if not provider_id:
        return None
    contacts = found.get("contacts")
    known_as = words(member(contacts[0], "wa_id")) if isinstance(contacts, list) and contacts else ""
    return Accepted(provider_id, known_as if known_as and known_as != address.lstrip("+") else None)


def _refused(answer: Answer, to: Credentials, hide: Sequence[str]) -> ProviderError:
    secrets = (to.token, to.app_secret, to.verify_token)
    return errors.from_answer(
        status=answer.status, headers=answer.headers, body=answer.body, hide=(*secrets, *hide)
    )


def _can_send(state: str, health: str) -> bool | None:
    if state in _CANNOT_SEND:
        return False
    if health in _HEALTH:
        return _HEALTH[health]
    return True if state == "CONNECTED" else None
