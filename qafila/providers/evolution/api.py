"""Calls to an Evolution API server (2.x), as its source and documents say.

It checks a number before it sends, and refuses an unknown one before anything goes out; it takes no id of ours, so a
message whose answer was lost can only be settled by a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qafila.kit.http import Answer
from qafila.providers import doors, signatures
from qafila.providers.chats import key
from qafila.providers.contents import Text
from qafila.providers.doors import Way
from qafila.providers.evolution import jwt, webhooks
from qafila.providers.evolution.errors import refusal
from qafila.providers.evolution.pairing import LinksPhones
from qafila.providers.failures import Failure, ProviderError
from qafila.providers.interface import Accepted, Capabilities, Credentials, Event, Outgoing, SenderStatus
from qafila.providers.reading import Unreadable, member, words
from qafila.providers.talking import JSON, Line, address, encode, hidden, is_success, json_in, object_in

TYPING_MS = 1000
"""The server answers only after so long; its message ends the typing anyway."""


class Evolution(LinksPhones):
    """See the module.

    :param way: gives the HTTP client for an account. :param timeout: seconds for a whole call.
    """

    kind = "evolution"
    capabilities = Capabilities(
        official=False,
        typing=True,
        check_number=True,
        templates=False,
        returns_attempt_id=False,
        contents=frozenset({"text"}),
        secret_path=True,
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
            "number": message.to,
            "text": message.content.body,
            "linkPreview": message.content.preview_url,
        }
        if message.reply_to:
            body["quoted"] = {"key": {"id": _own(message.reply_to)}}
        answer = await self._ask("POST", to, "message", "sendText", to.sender_ref, body=body)
        own = words(member(object_in(answer), "key", "id"))
        if is_success(answer) and own:
            return Accepted(own[:200])
        raise refusal(answer, hidden(to, message.to, message.content.body))

    async def typing(self, to: Credentials, address: str, *, reply_to: str | None = None) -> None:
        """Shows "typing…" for a moment. Raises :class:`ProviderError`."""
        body = {"number": address, "presence": "composing", "delay": TYPING_MS}
        answer = await self._ask("POST", to, "chat", "sendPresence", to.sender_ref, body=body)
        if not is_success(answer) or json_in(answer) is None:
            raise refusal(answer, hidden(to, address))

    async def read(self, to: Credentials, provider_id: str) -> None:
        """Marks a message as read; does nothing for an id without a chat. Raises :class:`ProviderError`."""
        try:
            from_us, chat, own = key(provider_id)
        except Unreadable:
            return
        if not chat:
            return
        body = {"readMessages": [{"remoteJid": chat, "fromMe": from_us, "id": own}]}
        answer = await self._ask("POST", to, "chat", "markMessageAsRead", to.sender_ref, body=body)
        if not is_success(answer) or json_in(answer) is None:
            raise refusal(answer, hidden(to, chat))

    async def check_number(self, to: Credentials, address: str) -> bool | None:
        """Whether the number is on WhatsApp. Raises :class:`ProviderError`."""
        answer = await self._ask(
            "POST", to, "chat", "whatsappNumbers", to.sender_ref, body={"numbers": [address]}
        )
        listed = json_in(answer)
        exists = member(listed[0], "exists") if isinstance(listed, list) and listed else None
        if is_success(answer) and isinstance(exists, bool):
            return exists
        raise refusal(answer, hidden(to, address))

    async def status(self, to: Credentials) -> SenderStatus:
        """What the server says of the instance. Raises :class:`ProviderError`."""
        answer = await self._ask("GET", to, "instance", "connectionState", to.sender_ref)
        state = words(member(object_in(answer), "instance", "state"))
        if not is_success(answer) or not state:
            raise refusal(answer, hidden(to))
        notices = webhooks.notices_of(to.sender_ref, state)
        away = state == "connecting"
        return SenderStatus(can_send=state == "open", state=state[:32], notices=notices, away=away)

    def may_be_signed(self, *, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """The server signs no body. Either the address holds one of the secrets, or the bearer token was made with one."""
        if signatures.is_secret(headers.get(signatures.PATH_SECRET, ""), secrets):
            return True
        return jwt.is_made_with(signatures.header(headers, "Authorization"), secrets)

    def verify(self, *, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """As :meth:`may_be_signed`, whatever the body."""
        return self.may_be_signed(headers=headers, secrets=secrets)

    def parse(self, body: bytes) -> list[Event]:
        """Reads a webhook; see :mod:`qafila.providers.evolution.webhooks`."""
        return webhooks.parse(body)

    def storable(self, body: bytes) -> bytes:
        """Without the instance's key, our own address and codes."""
        return webhooks.storable(body)

    async def _ask(
        self, method: str, to: Credentials, *path: str, body: Mapping[str, Any] | None = None, query: str = ""
    ) -> Answer:
        headers = {"apikey": to.token, "accept": JSON}
        if body is not None:
            headers["content-type"] = JSON
        raw = encode(body) if body is not None else None
        return await self._line.ask(method, to, address(to, *path) + query, headers=headers, body=raw)


def _own(provider_id: str) -> str:
    try:
        return key(provider_id)[2]
    except Unreadable:
        return provider_id
