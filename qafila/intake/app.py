"""Webhooks of providers, in front of Django: verify the signature over the raw bytes, store, then answer. What cannot be
signed, by its headers, is refused before its body is read. Nothing is parsed; where a vendor writes secrets into its
webhooks, its provider takes those out first.

``/webhooks/<public id of the provider account>``, and for providers that sign nothing a secret behind it: GET is the provider's
check of the address, POST a webhook. A 200 means
that the webhook is committed. Everything else goes to the application behind.
"""

from __future__ import annotations

import urllib.parse
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from qafila.intake import answers, bodies
from qafila.intake.accounts import Address, AddressBook
from qafila.intake.answers import Answer, Receive, Scope, Send
from qafila.intake.refusals import Refusals
from qafila.intake.storing import Away, Busy, Closing, Store
from qafila.kit.clock import Clock, SystemClock
from qafila.kit.ids import parse_uuid
from qafila.providers import registry
from qafila.providers.cloud_api import challenge
from qafila.providers.signatures import PATH_SECRET

PREFIX = "/webhooks/"
LONGEST_CHALLENGE = 1_000
LONGEST_SECRET = 200

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class IntakeApp:
    """The web process's ASGI application.

    Nothing is opened before the first webhook, so that any server may fork or skip the lifespan; :meth:`close` (or the
    lifespan's end) closes what was.

    :param dsn: the database as psycopg's connection string, or a function that gives it.
    :param inner: the application for everything else.
    :param body_seconds: how long a body may take to arrive.
    """

    def __init__(
        self,
        dsn: str | Callable[[], str],
        inner: Asgi,
        *,
        clock: Clock | None = None,
        body_seconds: float = bodies.SECONDS,
        most_bytes_held: int = bodies.MOST_BYTES_HELD,
    ) -> None:
        self._inner = inner
        self._body_seconds = body_seconds
        self._hold = bodies.Hold(most_bytes_held)
        self._clock = clock = clock or SystemClock()
        give: Callable[[], str] = dsn if callable(dsn) else lambda: dsn
        self._store = Store(give, clock)
        self._book = AddressBook(give, clock)
        self._refusals = Refusals(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(PREFIX):
            try:
                answer = await self._answer(scope, receive)
            except bodies.Gone:
                return
            await answer.send(send)
        else:
            await self._inner(scope, receive, send)

    async def close(self) -> None:
        """Stores what still waits and closes the connections."""
        await self._store.close()
        await self._book.close()
        await self._refusals.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        """The lifespan, for servers that have one."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        headers[PATH_SECRET] = _secret_in(scope["path"])
        address: Address | None = None
        try:
            address = await self._find(scope["path"]) if scope["method"] in ("GET", "POST") else None
            if address is not None and scope["method"] == "POST":
                return await self._take(headers, receive, address)
        except Away:
            return answers.AWAY.closing()
        except Closing:
            return answers.BUSY
        except Busy:
            self._refusals.count_turned_away(address)
            return answers.BUSY
        except bodies.Refused as exc:
            if exc.answer is answers.BUSY:
                self._refusals.count_turned_away(address)
            return exc.answer
        return _unread(_without_a_body(scope, address), headers)

    async def _find(self, path: str) -> Address | None:
        public_id: uuid.UUID | None = parse_uuid(path[len(PREFIX) :].partition("/")[0])
        if public_id is None:
            return None
        address = await self._book.find(public_id)
        if address is None or address.kind not in registry.KINDS:
            return None
        has_more = "/" in path[len(PREFIX) :]
        return None if has_more and not registry.get(address.kind).capabilities.secret_path else address

    async def _take(self, headers: Mapping[str, str], receive: Receive, address: Address) -> Answer:
        provider = registry.configured(address.kind, address.config)
        secrets = address.secrets.signing(self._clock.now())
        if not provider.may_be_signed(headers=headers, secrets=secrets):
            self._refusals.count(address)
            return _unread(answers.WRONG_SIGNATURE, headers)
        with self._hold.share(address.account_id) as share:
            body = await bodies.read(receive, headers, share, seconds=self._body_seconds)
            if not provider.verify(body=body, headers=headers, secrets=secrets):
                self._refusals.count(address)
                return answers.WRONG_SIGNATURE
            strip = registry.storable(address.kind)
            kept = strip(body) if strip else body
            await self._store.put(account_id=address.account_id, business_id=address.business_id, body=kept)
        return answers.STORED


def _secret_in(path: str) -> str:
    """What stands behind the account in the address; compared in constant time by the provider, as a header is."""
    secret = path[len(PREFIX) :].partition("/")[2]
    return secret if len(secret) <= LONGEST_SECRET else ""


def _unread(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """An answer to a request whose body nobody reads."""
    return answer.closing() if bodies.stays_unread(headers) else answer


def _without_a_body(scope: Scope, address: Address | None) -> Answer:
    """The answer to everything but a webhook."""
    if scope["method"] not in ("GET", "POST"):
        return answers.NOT_ALLOWED
    return answers.UNKNOWN if address is None else _check(scope["query_string"], address)


def _check(query_string: bytes, address: Address) -> Answer:
    """The provider's check of the address (Meta's ``hub.challenge``)."""
    try:
        query = dict(urllib.parse.parse_qsl(query_string.decode("latin-1"), max_num_fields=20))
    except ValueError:
        return answers.WRONG_TOKEN
    text = challenge(query, [address.secrets.verify_token])
    return answers.WRONG_TOKEN if text is None or len(text) > LONGEST_CHALLENGE else answers.challenged(text)
