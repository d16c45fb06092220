"""Calls to an HTTP gateway as its account describes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, quote_plus, urlencode

from qafila.kit.http import Answer
from qafila.providers import doors
from qafila.providers.contents import Text
from qafila.providers.doors import Way
from qafila.providers.failures import Failure, ProviderError, Scope
from qafila.providers.http_gateway import filling, paths, webhooks
from qafila.providers.http_gateway.setup import BadSetup, Condition, Gateway, Request, Send, Webhook, read
from qafila.providers.interface import Accepted, Capabilities, Credentials, Event, Outgoing, SenderStatus
from qafila.providers.talking import (
    JSON,
    Line,
    asked_to_wait,
    clean,
    encode,
    hidden,
    is_success,
    json_in,
    unclear,
)

MASK: Final = "••••"
SHOWN: Final = 4_000
_WAITING: Final = (Failure.THROTTLED, Failure.TEMPORARY, Failure.RESTING)
"""Classes after which the gateway may say how long to wait."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One message sent by the tester: the request with its secrets masked, the answer, and what it means.

    :ivar verdict: ``accepted`` or the class of the failure; :ivar code: of the failure; :ivar detail: its sentence.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: str
    status: int | None
    answer: str
    verdict: str
    provider_id: str = ""
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Made:
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None


class HttpGateway:
    """See the module. Without a set-up it can do nothing; :meth:`configured` gives it one.

    :param way: gives the HTTP client for an account. :param timeout: seconds for a whole call.
    """

    kind = "http_gateway"
    capabilities = Capabilities(
        official=False,
        typing=True,
        check_number=True,
        templates=False,
        returns_attempt_id=False,
        contents=frozenset({"text"}),
        secret_path=True,
    )

    def __init__(
        self,
        way: Callable[[Credentials], Way] = doors.of,
        *,
        timeout: float = 30.0,
        gateway: Gateway | None = None,
    ) -> None:
        self._way = way
        self._timeout = timeout
        self._line = Line(way, timeout=timeout)
        self._gateway = gateway

    def fault_of(self, config: Mapping[str, Any]) -> str:
        """What is wrong with a set-up, and where."""
        try:
            read(config.get("gateway"))
        except BadSetup as exc:
            return str(exc)
        return ""

    def configured(self, config: Mapping[str, Any]) -> HttpGateway:
        """For one account's webhooks. A set-up that cannot be used verifies and reads nothing."""
        try:
            gateway = read(config.get("gateway"))
        except BadSetup:
            gateway = None
        return HttpGateway(self._way, timeout=self._timeout, gateway=gateway)

    async def send(self, to: Credentials, message: Outgoing) -> Accepted:
        """Sends one text once. Raises :class:`ProviderError`."""
        gateway = _gateway_of(to)
        if gateway.draft:
            detail = "The set-up of this gateway is a draft: complete it, test it, then set draft to false."
            raise ProviderError(Failure.ACCOUNT, "gateway_draft", detail, scope=Scope.ACCOUNT)
        made = _make(gateway, gateway.send, to, _values(to, message))
        answer = await self._line.ask(made.method, to, made.url, headers=made.headers, body=made.body)
        return _accepted(gateway.send, answer, to, message)

    async def try_out(self, to: Credentials, message: Outgoing) -> Trial:
        """Sends one message like :meth:`send`, a draft too, and shows how that went. Raises :class:`ProviderError` for a
        set-up that cannot be used."""
        gateway = _gateway_of(to)
        made = _make(gateway, gateway.send, to, _values(to, message))
        secrets = [one for one in (to.token, to.app_secret, to.verify_token) if one]
        shown: dict[str, Any] = {
            "method": made.method,
            "url": _masked(made.url, secrets),
            "headers": {name: _masked(value, secrets) for name, value in made.headers.items()},
            "body": _masked((made.body or b"").decode("utf-8", "replace"), secrets),
        }
        try:
            answer = await self._line.ask(made.method, to, made.url, headers=made.headers, body=made.body)
        except ProviderError as exc:
            return Trial(
                **shown, status=None, answer="", verdict=exc.failure.value, code=exc.code, detail=exc.detail
            )
        shown |= {
            "status": answer.status,
            # Masked as a whole: what is cut first may end with half a secret.
            "answer": _masked(answer.body.decode("utf-8", "replace"), secrets)[:SHOWN],
        }
        try:
            accepted = _accepted(gateway.send, answer, to, message)
        except ProviderError as exc:
            return Trial(**shown, verdict=exc.failure.value, code=exc.code, detail=exc.detail)
        return Trial(**shown, verdict="accepted", provider_id=accepted.provider_id)

    async def typing(self, to: Credentials, address: str, *, reply_to: str | None = None) -> None:
        """Shows "typing…" where the set-up says how; else nothing. Raises :class:`ProviderError`."""
        gateway = _gateway_of(to)
        if gateway.typing is not None:
            answer = await self._ask(gateway, gateway.typing, to, {"to": address})
            if not is_success(answer) or (answer.body and json_in(answer) is None):
                raise unclear(answer)

    async def read(self, to: Credentials, provider_id: str) -> None:
        """No gateway of this kind is asked for that: does nothing."""

    async def check_number(self, to: Credentials, address: str) -> bool | None:
        """Whether the number is on WhatsApp; None where the set-up does not say how. Raises :class:`ProviderError`."""
        gateway = _gateway_of(to)
        if gateway.check is None:
            return None
        answer = await self._ask(gateway, gateway.check, to, {"to": address})
        body = json_in(answer)
        if _all(gateway.check.yes, answer.status, body):
            return True
        if _all(gateway.check.no, answer.status, body):
            return False
        raise unclear(answer)

    async def status(self, to: Credentials) -> SenderStatus:
        """How the number stands where the set-up says how. Raises :class:`ProviderError`."""
        gateway = _gateway_of(to)
        if gateway.state is None:
            return SenderStatus(can_send=None, state="")
        answer = await self._ask(gateway, gateway.state, to, {})
        body = json_in(answer)
        if not is_success(answer) or body is None:
            raise unclear(answer)
        state = paths.text_at(body, gateway.state.state)[:32]
        if gateway.state.state and not state:
            raise unclear(answer)
        return SenderStatus(can_send=_all(gateway.state.ready, answer.status, body), state=state)

    def may_be_signed(self, *, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """By the form of the signature where the set-up has one, else by the secret in the address."""
        return webhooks.may_be_signed(self._webhook(), headers=headers, secrets=secrets)

    def verify(self, *, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """By the signature where the set-up has one, else by the secret in the address."""
        return webhooks.is_signed(self._webhook(), body=body, headers=headers, secrets=secrets)

    def parse(self, body: bytes) -> list[Event]:
        """Reads a webhook as the set-up says; see :mod:`qafila.providers.http_gateway.webhooks`."""
        return webhooks.parse(body, self._webhook())

    def _webhook(self) -> Webhook | None:
        return self._gateway.webhook if self._gateway else None

    async def _ask(
        self, gateway: Gateway, request: Request, to: Credentials, values: Mapping[str, str]
    ) -> Answer:
        number = values.get("to", "")
        made = _make(gateway, request, to, {**_ours(to), "to": number, "to_plus": f"+{number}"})
        return await self._line.ask(made.method, to, made.url, headers=made.headers, body=made.body)


def _gateway_of(to: Credentials) -> Gateway:
    try:
        return read(to.config.get("gateway"))
    except BadSetup as exc:
        detail = f"The set-up of this gateway cannot be used: {exc}"
        raise ProviderError(Failure.ACCOUNT, "gateway_setup_bad", detail, scope=Scope.ACCOUNT) from None


def _values(to: Credentials, message: Outgoing) -> dict[str, str]:
    if not isinstance(message.content, Text):
        raise ProviderError(Failure.CONTENT, "content_not_possible", "A phone-linked number sends only text.")
    return {
        **_ours(to),
        "to": message.to,
        "to_plus": f"+{message.to}",
        "text": message.content.body,
        "attempt_id": message.attempt_id,
        "reply_to": message.reply_to or "",
    }


def _ours(to: Credentials) -> dict[str, str]:
    return {"sender": to.sender_ref, "account": to.account_ref}


def _make(gateway: Gateway, request: Request, to: Credentials, values: Mapping[str, str]) -> _Made:
    """The request, with everything filled in."""
    whole = {**values, "token": to.token}
    quoted = {name: quote(value, safe="") for name, value in values.items()}
    query = {name: filling.fill(value, whole) for name, value in request.query.items()}
    headers = {"accept": JSON}
    for name, value in request.headers.items():
        headers[name.lower()] = _in_header(filling.fill(value, values))
    if gateway.auth.query:
        query[gateway.auth.query] = to.token
    else:
        headers[gateway.auth.header.lower()] = filling.fill(gateway.auth.value, whole)
    url = to.base_url + filling.fill(request.path, quoted) + (f"?{urlencode(query)}" if query else "")
    if request.method == "GET":
        return _Made("GET", url, headers, None)
    body = filling.fill(request.body, whole)
    if request.format == "form":
        headers["content-type"] = "application/x-www-form-urlencoded"
        try:
            return _Made("POST", url, headers, urlencode({k: _plain(v) for k, v in body.items()}).encode())
        except UnicodeEncodeError:
            detail = "The text holds half a character."
            raise ProviderError(Failure.CONTENT, "text_not_encodable", detail) from None
    headers["content-type"] = JSON
    return _Made("POST", url, headers, encode(body))


def _in_header(value: str) -> str:
    """An id of ours or of the account in a header: what a header cannot hold is quoted as in an address."""
    return value if value.isascii() and value.isprintable() else quote(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else encode({"": value})[4:-1].decode()


def _accepted(send: Send, answer: Answer, to: Credentials, message: Outgoing) -> Accepted:
    """The acceptance in an answer. Raises :class:`ProviderError`: by the first rule that holds, else UNKNOWN."""
    body = json_in(answer)
    text = message.content.body if isinstance(message.content, Text) else ""
    said = clean(paths.text_at(body, send.error_message), hidden(to, message.to, text))
    raw = {
        "status": answer.status,
        "message": said,
        "code": clean(paths.text_at(body, send.error_code), hidden(to, message.to, text), 64),
    }
    for rule in send.errors:
        if _rules(rule.when, answer.status, body):
            failure = Failure(rule.failure)
            wait = asked_to_wait(answer) if failure in _WAITING else None
            scope = {
                Failure.THROTTLED: Scope.SENDER,
                Failure.RESTING: Scope.SENDER,
                Failure.SENDER: Scope.SENDER,
                Failure.ACCOUNT: Scope.ACCOUNT,
            }.get(failure, Scope.MESSAGE)
            raise ProviderError(failure, rule.code, said, retry_after=wait, scope=scope, raw=raw)
    provider_id = paths.text_at(body, send.id)
    fine = is_success(answer) and body is not None and _all(send.accepted, answer.status, body)
    if fine and (provider_id or not send.id):
        return Accepted((provider_id or message.attempt_id)[:200])
    raise unclear(answer)


def _rules(when: Condition, status: int, body: Any) -> bool:
    """Whether a rule for refusals holds. Without JSON only the status can say something, and only one with which nothing was done:
    many gateways refuse a token with an empty answer; a server's trouble or a redirect proves nothing."""
    if body is None and (when.path is not None or not 400 <= status < 500):
        return False
    return when.holds(status, body)


def _all(conditions: Sequence[Condition], status: int, body: Any) -> bool:
    return all(one.holds(status, body) for one in conditions)


def _masked(text: str, secrets: Sequence[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        for form in _forms(secret):
            text = text.replace(form, MASK)
    return text


def _forms(secret: str) -> Sequence[str]:
    """How a secret is written in addresses, in forms and in JSON, where some gateways put a backslash before each slash."""
    ours, ascii_ = encode({"": secret})[5:-2].decode(), json.dumps(secret)[1:-1]
    slashed = (ours.replace("/", "\\/"), ascii_.replace("/", "\\/"))
    return (secret, quote(secret, safe=""), quote(secret), quote_plus(secret), ours, ascii_, *slashed)
