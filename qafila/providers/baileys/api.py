"""Calls to the Baileys gateway."""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from qafila.kit.http import Answer
from qafila.providers import doors, signatures
from qafila.providers.asking import WhatBecame
from qafila.providers.baileys import bodies, webhooks
from qafila.providers.baileys.errors import of_outcome, refusal
from qafila.providers.baileys.linking import LinksPhones
from qafila.providers.credentials import Credentials
from qafila.providers.doors import Way
from qafila.providers.interface import Accepted, Capabilities, Event, Outgoing, SenderStatus
from qafila.providers.notices import LinkNotice
from qafila.providers.reading import member, words
from qafila.providers.talking import JSON, Line, address, encode, hidden, is_success, object_in, unclear

SIGNATURE_HEADER: Final = "Webhook-Signature"
_SIGNATURE: Final = re.compile("v1,[A-Za-z0-9+/]{43}=")
"""32 bytes in base64."""
_FATES: Final = {"sent": "sent", "refused": "not_sent", "begun": "pending"}


class Baileys(LinksPhones):
    """WhatsApp through our own gateway. It keeps our ids durably, so it can be asked what became of a message.

    :param way: gives the HTTP client for an account. :param timeout: seconds for a whole call.
    """

    kind = "baileys"
    capabilities = Capabilities(
        official=False,
        typing=True,
        check_number=True,
        templates=False,
        returns_attempt_id=True,
        can_ask_outcome=True,
        contents=bodies.KINDS,
    )

    def __init__(self, way: Callable[[Credentials], Way] = doors.of, *, timeout: float = 30.0) -> None:
        self._line = Line(way, timeout=timeout)

    async def send(self, to: Credentials, message: Outgoing) -> Accepted:
        """Sends one message once, under the attempt's id. Raises :class:`ProviderError`.

        Accepted means that WhatsApp's server acknowledged it. After a failure of class UNKNOWN ask :meth:`outcome`.
        """
        body: dict[str, Any] = {
            "id": message.attempt_id,
            "to": message.to,
            "content": bodies.content(message.content),
        }
        if message.reply_to:
            body["reply_to"] = message.reply_to
        answer = await self._ask("POST", to, "messages", body=body)
        found = object_in(answer)
        provider_id = words(found.get("provider_id"))
        if is_success(answer) and found.get("state") == "sent" and provider_id:
            return Accepted(provider_id)
        raise refusal(answer, hidden(to, message.to, *bodies.words_in(message.content)))

    async def outcome(self, to: Credentials, attempt_id: str, *, began_at: datetime) -> WhatBecame:
        """What became of an attempt; an id that never came is closed for good. Raises :class:`ProviderError`."""
        body = {"began_at": began_at.astimezone(UTC).isoformat()}
        answer = await self._ask("POST", to, "messages", attempt_id, "settle", body=body)
        found = object_in(answer)
        state = words(found.get("state"))
        if not is_success(answer) or not state:
            raise refusal(answer, hidden(to))
        if state == "failed":
            return WhatBecame("failed", error=of_outcome(found))
        if state == "sent" and not words(found.get("provider_id")):
            raise unclear(answer)
        match _FATES.get(state):
            case "sent":
                return WhatBecame("sent", words(found["provider_id"]))
            case "not_sent":
                return WhatBecame("not_sent")
            case "pending":
                return WhatBecame("pending")
        return WhatBecame("unknown")

    async def typing(self, to: Credentials, address: str, *, reply_to: str | None = None) -> None:
        """Shows "typing…"; a message ends it. Raises :class:`ProviderError`."""
        await self._do(to, "typing", {"to": address}, address)

    async def read(self, to: Credentials, provider_id: str) -> None:
        """Marks a message as read. Does nothing where the gateway does not remember it. Raises :class:`ProviderError`."""
        if not (provider_id.isascii() and provider_id.isprintable() and provider_id):
            return
        answer = await self._ask("POST", to, "read", body={"message_id": provider_id})
        if is_success(answer) and object_in(answer):
            return
        error = refusal(answer, hidden(to))
        if error.code != "message_unknown":
            raise error

    async def check_number(self, to: Credentials, address: str) -> bool | None:
        """Whether the number is on WhatsApp; the gateway keeps it for a day. Raises :class:`ProviderError`."""
        answer = await self._ask("GET", to, "numbers", address)
        exists = object_in(answer).get("exists")
        if is_success(answer) and isinstance(exists, bool):
            return exists
        raise refusal(answer, hidden(to, address))

    async def status(self, to: Credentials) -> SenderStatus:
        """What the gateway says of the session. Raises :class:`ProviderError`."""
        answer = await self._ask("GET", to)
        found = object_in(answer)
        state = words(found.get("state"))
        if not is_success(answer) or not state or found.get("session") != to.sender_ref:
            raise refusal(answer, hidden(to))
        locked = member(found, "time_lock", "active") is True
        capped = member(found, "capping", "status") == "CAPPED"
        kept = ("reason", "again_at", "linked", "time_lock", "capping", "messages", "outbox")
        return SenderStatus(
            can_send=state == "open",
            state=(words(found.get("reason")) or state)[:32],
            limit="time_locked" if locked else "capped" if capped else "",
            raw={name: found[name] for name in kept if name in found},
            notices=_said(to.sender_ref, found),
            away=state in ("connecting", "waiting"),
        )

    def may_be_signed(self, *, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether the header looks as one of the gateway's does and there is a secret to compare it with."""
        return any(secrets) and _SIGNATURE.fullmatch(signatures.header(headers, SIGNATURE_HEADER)) is not None

    def verify(self, *, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Whether the gateway signed id, time and bytes with one of the secrets.

        How old a webhook is does not matter: one that is played again changes nothing.
        """
        given = signatures.header(headers, SIGNATURE_HEADER).encode("ascii", "replace")
        about = (signatures.header(headers, name) for name in ("Webhook-Id", "Webhook-Timestamp"))
        signed = b"".join(f"{one}.".encode() for one in about) + body
        found = False
        for secret in secrets:
            if secret:
                expected = b"v1," + b64encode(hmac.digest(secret.encode(), signed, "sha256"))
                found |= hmac.compare_digest(expected, given)
        return found

    def parse(self, body: bytes) -> list[Event]:
        """Reads a webhook; see :mod:`qafila.providers.baileys.webhooks`."""
        return webhooks.parse(body)

    async def _do(self, to: Credentials, what: str, body: Mapping[str, Any], hide: str) -> None:
        answer = await self._ask("POST", to, what, body=body)
        if not is_success(answer) or not object_in(answer):
            raise refusal(answer, hidden(to, hide))

    async def _ask(
        self, method: str, to: Credentials, *path: str, body: Mapping[str, Any] | None = None
    ) -> Answer:
        headers = {"authorization": f"Bearer {to.token}", "accept": JSON}
        if method == "POST":
            headers["content-type"] = JSON
        url = address(to, "sessions", to.sender_ref, *path)
        raw = encode(body or {}) if method == "POST" else None
        return await self._line.ask(method, to, url, headers=headers, body=raw)


def _said(session: str, found: Mapping[str, Any]) -> tuple[LinkNotice, ...]:
    """What a view of the session says. That nothing is locked it also says when it has just started and knows nothing yet;
    that a lock is over comes as a webhook, which waits until we took it."""
    link = webhooks.link_notice(session, words(found.get("state")), words(found.get("reason"))[:64])
    if link is None and found.get("linked") is False:
        link = LinkNotice("logged_out", session, detail="not_linked")
    lock = webhooks.lock_notice(session, found.get("time_lock"))
    quota = webhooks.quota_notice(session, found.get("capping"))
    known = (link, lock if lock and lock.code == "time_locked" else None, quota if quota.used else None)
    return tuple(one for one in known if one)
