"""Calls to the Cloud API: one request each, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qafila.kit.http import Answer
from qafila.providers import signatures
from qafila.providers.cloud_api import errors, payloads, webhooks
from qafila.providers.cloud_api.blocks import Blocks
from qafila.providers.cloud_api.graph import object_in
from qafila.providers.cloud_api.media import MediaFiles
from qafila.providers.cloud_api.numbers import Numbers
from qafila.providers.cloud_api.templates import Templates
from qafila.providers.contents_json import KINDS as CONTENT_KINDS
from qafila.providers.interface import Accepted, Capabilities, Credentials, Event, Outgoing, ProviderError
from qafila.providers.reading import words

SIGNATURE_HEADER = "X-Hub-Signature-256"


class CloudApi(Numbers, Templates, MediaFiles, Blocks):
    """WhatsApp Cloud API: sending and webhooks here, the rest in the parts it is made of.

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
        contents=frozenset(CONTENT_KINDS),
    )

    async def send(self, to: Credentials, message: Outgoing) -> Accepted:
        """Sends one message once; ``attempt_id`` comes back in its receipts. Raises :class:`ProviderError`.

        What Meta would refuse for its form is refused before the call. Meta has no key against duplicates: after a
        failure of class UNKNOWN only a receipt can tell.
        """
        body = payloads.message(message)
        answer = await self._exchange("POST", to, f"{to.base_url}/{to.sender_ref}/messages", body)
        accepted = _accepted(answer, message.to)
        if accepted is None:
            raise _refused(answer, to, payloads.quotable(message))
        return accepted

    async def typing(self, to: Credentials, address: str, *, reply_to: str | None = None) -> None:
        """Shows "typing…" and marks ``reply_to`` as read. Without a message of the person Meta cannot: does nothing."""
        if reply_to:
            await self._mark(to, payloads.read(reply_to, typing=True), (address, reply_to))

    async def read(self, to: Credentials, provider_id: str) -> None:
        """Marks a message that a person sent us as read. Raises :class:`ProviderError`."""
        await self._mark(to, payloads.read(provider_id), (provider_id,))

    async def check_number(self, to: Credentials, address: str) -> bool | None:
        """None: Meta does not say beforehand whether a number is on WhatsApp (a receipt does, with 131026)."""
        return None

    def may_be_signed(self, *, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether the header looks as one of Meta's does and there is a secret to compare it with."""
        return any(secrets) and signatures.is_of_form(signatures.header(headers, SIGNATURE_HEADER))

    def verify(self, *, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether Meta signed these bytes with one of the app's secrets."""
        return signatures.matches(
            body=body, signature=signatures.header(headers, SIGNATURE_HEADER), secrets=secrets
        )

    def parse(self, body: bytes) -> list[Event]:
        """Reads a webhook; see :mod:`qafila.providers.cloud_api.webhooks`."""
        return webhooks.parse(body)

    async def _mark(self, to: Credentials, body: bytes, hide: Sequence[str]) -> None:
        answer = await self._exchange("POST", to, f"{to.base_url}/{to.sender_ref}/messages", body)
        if object_in(answer).get("success") is not True:
            raise _refused(answer, to, hide)


def _accepted(answer: Answer, address: str) -> Accepted | None:
    """The acceptance in an answer; its content type does not matter, the message's id does."""
    found = object_in(answer)
    provider_id = _word_of_first(found.get("messages"), "id")
    if not provider_id:
        return None
    known_as = _word_of_first(found.get("contacts"), "wa_id")
    return Accepted(provider_id, known_as if known_as and known_as != address.lstrip("+") else None)


def _word_of_first(listed: object, key: str) -> str:
    """A text of the first object in a list, or nothing."""
    first = listed[0] if isinstance(listed, list) and listed else None
    return words(first.get(key)) if isinstance(first, dict) else ""


def _refused(answer: Answer, to: Credentials, hide: Sequence[str]) -> ProviderError:
    secrets = (to.token, to.app_secret, to.verify_token)
    return errors.from_answer(
        status=answer.status, headers=answer.headers, body=answer.body, hide=(*secrets, *hide)
    )
