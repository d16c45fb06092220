"""Calls to a WPPConnect server, true to what was observed of it.

- No ``Content-Type`` on GET: with one, the server's own hook makes some routes hang for ever.
- Before each message it asks whether the number exists and answers 400 if not, **and sends on all the same**: that 400
  proves nothing alone. The number is asked for once more; only a plain no makes it a failure of this recipient.
- A session that is not connected answers 404, and the handler runs on too. Only where the server has no session at all
  (``CLOSED``), one that no phone is linked to, or one whose browser is gone was certainly nothing sent.
- The state of a session is a word that it keeps: after a crash of the browser it goes on saying ``CONNECTED``. Only
  ``check-connection-session`` asks the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from qafila.kit.http import Answer
from qafila.providers import doors, own_ids, signatures
from qafila.providers.chats import chat_of, key, person, serialized
from qafila.providers.contents import Text
from qafila.providers.doors import Way
from qafila.providers.failures import Failure, ProviderError
from qafila.providers.interface import Accepted, Capabilities, Credentials, Event, Outgoing, SenderStatus
from qafila.providers.notices import LinkNotice
from qafila.providers.reading import Unreadable, member
from qafila.providers.talking import (
    JSON,
    Line,
    address,
    encode,
    hidden,
    is_success,
    object_in,
    unclear,
)
from qafila.providers.wppconnect import webhooks
from qafila.providers.wppconnect.errors import refusal
from qafila.providers.wppconnect.pairing import LinksPhones, is_alive
from qafila.providers.wppconnect.tokens import Tokens, not_begun

NOT_LINKED: Final = frozenset({"CLOSED", "INITIALIZING", "QRCODE", "PHONECODE"})
"""States of a session in which WhatsApp Web has no account to send from."""
BANNED: Final = frozenset({"TOS_BLOCK", "SMB_TOS_BLOCK"})


class WppConnect(LinksPhones):
    """See the module.

    :param way: gives the HTTP client for an account. :param timeout: seconds for a whole call.
    """

    kind = "wppconnect"
    capabilities = Capabilities(
        official=False,
        typing=True,
        check_number=True,
        templates=False,
        returns_attempt_id=True,
        contents=frozenset({"text"}),
        secret_path=True,
        letters_first=True,
    )

    def __init__(self, way: Callable[[Credentials], Way] = doors.of, *, timeout: float = 30.0) -> None:
        self._line = Line(way, timeout=timeout)
        self._tokens = Tokens(self._line)

    async def send(self, to: Credentials, message: Outgoing) -> Accepted:
        """Sends one text once; where the account says so under an id made of the attempt's, which its receipts carry.

        Raises :class:`ProviderError`.
        """
        if not isinstance(message.content, Text):
            raise ProviderError(
                Failure.CONTENT, "content_not_possible", "A phone-linked number sends only text."
            )
        options: dict[str, Any] = {"createChat": True, "linkPreview": message.content.preview_url}
        if to.config.get("own_ids", False):
            own = own_ids.message_id(message.attempt_id)
            options["messageId"] = serialized(True, chat_of(message.to), own)
        if message.reply_to:
            options["quotedMsg"] = message.reply_to
        body = {"phone": message.to, "isGroup": False, "message": message.content.body, "options": options}
        answer = await self._ask("POST", to, "send-message", body=body)
        hide = hidden(to, message.to, message.content.body)
        accepted = _accepted(answer)
        if accepted is not None:
            return accepted
        if answer.status == 400 and _is_own_form(answer):
            raise await self._why_400(to, message.to, answer, hide)
        if answer.status == 404 and _is_own_form(answer):
            raise await self._why_404(to, answer)
        raise refusal(answer, hide)

    async def typing(self, to: Credentials, address: str, *, reply_to: str | None = None) -> None:
        """Shows "typing…"; a message ends it. Raises :class:`ProviderError`."""
        await self._do(to, "typing", {"phone": address, "isGroup": False, "value": True}, address)

    async def read(self, to: Credentials, provider_id: str) -> None:
        """Marks the chat of a message as read. Does nothing for an id without a chat. Raises :class:`ProviderError`."""
        try:
            _, chat, _ = key(provider_id)
        except Unreadable:
            return
        who = person(chat)
        if who is not None:
            phone = who.address or who.aliases.get("lid", "")
            await self._do(
                to, "send-seen", {"phone": phone, "isGroup": False, "isLid": not who.address}, phone
            )

    async def check_number(self, to: Credentials, address: str) -> bool | None:
        """Whether the number is on WhatsApp. Raises :class:`ProviderError`."""
        answer = await self._ask("GET", to, "check-number-status", address)
        exists = member(object_in(answer), "response", "numberExists")
        if answer.status == 200 and isinstance(exists, bool):
            return exists
        raise refusal(answer, hidden(to, address))

    async def status(self, to: Credentials) -> SenderStatus:
        """What the server says of the session. Raises :class:`ProviderError`."""
        state = await self._session_state(to)
        if state == "CONNECTED" and not await is_alive(self, to):
            notice = LinkNotice("disconnected", to.sender_ref, detail="browser gone")
            return SenderStatus(can_send=False, state="disconnected", notices=(notice,), away=True)
        notices = webhooks.notices_of(to.sender_ref, state)
        away = state == "INITIALIZING"
        return SenderStatus(can_send=state == "CONNECTED", state=state, notices=notices, away=away)

    def may_be_signed(self, *, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether the address that was called holds one of the secrets: the server signs nothing."""
        return signatures.is_secret(headers.get(signatures.PATH_SECRET, ""), secrets)

    def verify(self, *, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """As :meth:`may_be_signed`, whatever the body."""
        return self.may_be_signed(headers=headers, secrets=secrets)

    def parse(self, body: bytes) -> list[Event]:
        """Reads a webhook; see :mod:`qafila.providers.wppconnect.webhooks`."""
        return webhooks.parse(body)

    def storable(self, body: bytes) -> bytes:
        """Without codes that link a phone."""
        return webhooks.storable(body)

    async def _do(self, to: Credentials, what: str, body: Mapping[str, Any], phone: str) -> None:
        answer = await self._ask("POST", to, what, body=body)
        if not is_success(answer) or not _is_own_form(answer):
            raise refusal(answer, hidden(to, phone))

    async def _ask(
        self, method: str, to: Credentials, *what: str, body: Mapping[str, Any] | None = None
    ) -> Answer:
        """One call with the session's token; a refused token is made anew once: a 401 comes before anything is done."""
        url = address(to, "api", to.sender_ref, *what)
        raw = encode(body) if body is not None else None
        answer = await self._once(method, to, url, raw)
        if answer.status == 401 and self._tokens.forget(to):
            answer = await self._once(method, to, url, raw)
        return answer

    async def _once(self, method: str, to: Credentials, url: str, raw: bytes | None) -> Answer:
        try:
            token = await self._tokens.of(to)
        except ProviderError as exc:
            raise not_begun(exc) from None
        headers = {"authorization": f"Bearer {token}", "accept": JSON}
        if raw is not None:
            # With a charset the server does not add the session to its answers.
            headers["content-type"] = f"{JSON}; charset=utf-8"
        return await self._line.ask(method, to, url, headers=headers, body=raw)

    async def _session_state(self, to: Credentials) -> str:
        """``CLOSED``, ``INITIALIZING``, ``QRCODE``, ``PHONECODE``, ``CONNECTED`` … Raises :class:`ProviderError`."""
        answer = await self._ask("GET", to, "status-session")
        found = object_in(answer)
        if answer.status == 200 and "qrcode" in found and isinstance(found.get("status"), str | None):
            return found.get("status") or "CLOSED"
        raise refusal(answer, hidden(to))

    async def _why_400(
        self, to: Credentials, phone: str, answer: Answer, hide: Sequence[str]
    ) -> ProviderError:
        """The number is unknown to WhatsApp only if the server says so when asked alone."""
        try:
            if await self.check_number(to, phone) is False:
                detail = "WhatsApp does not know this number."
                return ProviderError(Failure.RECIPIENT, "not_on_whatsapp", detail, raw={"status": 400})
        except ProviderError:
            pass
        return refusal(answer, hide)

    async def _why_404(self, to: Credentials, answer: Answer) -> ProviderError:
        """Nothing was sent for certain only where no phone is linked to the session, or it has no browser to send from."""
        try:
            state = await self._session_state(to)
            gone = state == "CONNECTED" and not await is_alive(self, to)
        except ProviderError:
            state, gone = "", False
        if state in NOT_LINKED or gone:
            said = "its browser is gone" if gone else f"the server says {state}"
            detail = f"The session is not connected to a phone ({said})."
            return ProviderError(Failure.SENDER, "disconnected", detail, raw={"status": 404, "state": state})
        return unclear(answer)


def _accepted(answer: Answer) -> Accepted | None:
    """The acceptance in an answer: a message with an id; the server answers with one for each phone."""
    found = object_in(answer)
    listed = found.get("response")
    if (
        not is_success(answer)
        or found.get("status") != "success"
        or not isinstance(listed, list)
        or not listed
    ):
        return None
    try:
        _, _, own = key(member(listed[0], "id"))
    except Unreadable:
        return None
    return Accepted(own)


def _is_own_form(answer: Answer) -> bool:
    found = object_in(answer)
    return isinstance(found.get("status"), str) and ("message" in found or "response" in found)
