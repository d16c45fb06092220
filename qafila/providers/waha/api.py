"""Calls to a WAHA server, as its documents say."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from qafila.kit.http import Answer
from qafila.providers import doors, own_ids, signatures
from qafila.providers.chats import chat_of, key
from qafila.providers.contents import Text
from qafila.providers.doors import Way
from qafila.providers.failures import Failure, ProviderError
from qafila.providers.interface import Accepted, Capabilities, Credentials, Event, Outgoing, SenderStatus
from qafila.providers.reading import Unreadable, member, words
from qafila.providers.talking import JSON, Line, address, encode, hidden, is_success, json_in, object_in
from qafila.providers.waha import webhooks
from qafila.providers.waha.errors import refusal
from qafila.providers.waha.pairing import LinksPhones

SIGNATURE_HEADER = "X-Webhook-Hmac"


class Waha(LinksPhones):
    """See the module.

    :param way: gives the HTTP client for an account. :param timeout: seconds for a whole call.
    """

    kind = "waha"
    capabilities = Capabilities(
        official=False,
        typing=True,
        check_number=True,
        templates=False,
        returns_attempt_id=False,
        contents=frozenset({"text"}),
    )

    def __init__(self, way: Callable[[Credentials], Way] = doors.of, *, timeout: float = 30.0) -> None:
        self._line = Line(way, timeout=timeout)

    async def send(self, to: Credentials, message: Outgoing) -> Accepted:
        """Sends one text once. Raises :class:`ProviderError`."""
        if not isinstance(message.content, Text):
            raise ProviderError(
                Failure.CONTENT, "content_not_possible", "A phone-linked number sends only text."
            )
        body: dict[str, Any] = {
            "session": to.sender_ref,
            "chatId": chat_of(message.to),
            "text": message.content.body,
            "linkPreview": message.content.preview_url,
        }
        if to.config.get("own_ids", False):
            body["id"] = own_ids.message_id(message.attempt_id)
        if message.reply_to:
            body["reply_to"] = message.reply_to
        answer = await self._ask("POST", to, "api", "sendText", body=body)
        hide = hidden(to, message.to, message.content.body)
        if not is_success(answer):
            raise refusal(answer, hide)
        try:
            return Accepted(key(object_in(answer).get("id"))[2])
        except Unreadable:
            raise refusal(answer, hide) from None

    async def typing(self, to: Credentials, address: str, *, reply_to: str | None = None) -> None:
        """Shows "typing…"; a message ends it. Raises :class:`ProviderError`."""
        await self._do(to, "startTyping", {"session": to.sender_ref, "chatId": chat_of(address)}, address)

    async def read(self, to: Credentials, provider_id: str) -> None:
        """Marks a message as read; does nothing for an id without a chat. Raises :class:`ProviderError`."""
        try:
            _, chat, _ = key(provider_id)
        except Unreadable:
            return
        if chat:
            body = {"session": to.sender_ref, "chatId": chat, "messageIds": [provider_id]}
            await self._do(to, "sendSeen", body, chat)

    async def check_number(self, to: Credentials, address: str) -> bool | None:
        """Whether the number is on WhatsApp. Raises :class:`ProviderError`."""
        query = {"phone": address, "session": to.sender_ref}
        answer = await self._ask("GET", to, "api", "contacts", "check-exists", query=query)
        exists = object_in(answer).get("numberExists")
        if is_success(answer) and isinstance(exists, bool):
            return exists
        raise refusal(answer, hidden(to, address))

    async def status(self, to: Credentials) -> SenderStatus:
        """What the server says of the session. Raises :class:`ProviderError`."""
        answer = await self._ask("GET", to, "api", "sessions", to.sender_ref)
        found = object_in(answer)
        state = words(found.get("status"))
        if not is_success(answer) or not state:
            raise refusal(answer, hidden(to))
        lock = member(found, "me", "reachoutTimelock")
        raw = {"reachoutTimelock": lock} if isinstance(lock, dict) else {}
        notices = webhooks.notices_of(to.sender_ref, state, lock)
        works, away = state == "WORKING", state == "STARTING"
        return SenderStatus(can_send=works, state=state[:32], raw=raw, notices=notices, away=away)

    def may_be_signed(self, *, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether the header looks as an HMAC-SHA-512 does and there is a secret to compare it with."""
        return any(secrets) and signatures.is_of_form(
            signatures.header(headers, SIGNATURE_HEADER), prefix="", digits=128
        )

    def verify(self, *, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether ``X-Webhook-Hmac`` is the HMAC-SHA-512 of the bytes with one of the secrets."""
        given = signatures.header(headers, SIGNATURE_HEADER).encode("ascii", "replace")
        found = False
        for secret in secrets:
            if secret:
                expected = hmac.digest(secret.encode(), body, "sha512").hex().encode()
                found |= hmac.compare_digest(expected, given)
        return found

    def parse(self, body: bytes) -> list[Event]:
        """Reads a webhook; see :mod:`qafila.providers.waha.webhooks`."""
        return webhooks.parse(body)

    async def _do(self, to: Credentials, what: str, body: Mapping[str, Any], hide: str) -> None:
        answer = await self._ask("POST", to, "api", what, body=body)
        if not is_success(answer) or (answer.body and json_in(answer) is None):
            raise refusal(answer, hidden(to, hide))

    async def _ask(
        self,
        method: str,
        to: Credentials,
        *path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = {"x-api-key": to.token, "accept": JSON}
        if body is not None:
            headers["content-type"] = JSON
        url = address(to, *path) + (f"?{urlencode(query)}" if query else "")
        return await self._line.ask(
            method, to, url, headers=headers, body=encode(body) if body is not None else None
        )
