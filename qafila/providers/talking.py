"""One question to a gateway, one answer, and what faults mean; for the phone-linked providers and the HTTP gateway.

Paths hold sessions, phone numbers and sometimes a secret, so nothing that is raised here names more than the host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson

from qafila.kit.http import Answer, Forbidden, HttpFault, NotConnected
from qafila.providers import doors
from qafila.providers.credentials import Credentials
from qafila.providers.doors import Way
from qafila.providers.failures import Failure, ProviderError, Scope
from qafila.providers.reading import Unreadable, load

HIDDEN: Final = "[hidden]"
MAX_RETRY_AFTER: Final = 86_400.0
JSON: Final = "application/json"


class Line:
    """What the calls of a provider go over.

    :param way: gives the HTTP client for an account; the guarded door by default.
    :param timeout: seconds for a whole call.
    """

    def __init__(self, way: Callable[[Credentials], Way] = doors.of, *, timeout: float = 30.0) -> None:
        self._way = way
        self._timeout = timeout

    async def ask(
        self,
        method: str,
        to: Credentials,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Answer:
        """The answer, whatever its status. Raises :class:`ProviderError` where there is none."""
        way = self._way(to)
        try:
            if method == "GET":
                return await way.get(url, headers=headers, timeout=self._timeout)
            if method == "DELETE":
                return await way.delete(url, headers=headers, body=body, timeout=self._timeout)
            if method == "PUT":
                return await way.put(url, headers=headers, body=body or b"", timeout=self._timeout)
            return await way.post(url, headers=headers, body=body or b"", timeout=self._timeout)
        except HttpFault as exc:
            raise from_fault(exc, to) from None  # its text holds the path


def address(to: Credentials, *parts: str) -> str:
    """A whole address; each part is one segment, whatever it holds.

    :raises ProviderError: SENDER ``bad_reference``: a part is empty or would be another place.
    """
    if any(part in {"", ".", ".."} for part in parts):
        raise ProviderError(
            Failure.SENDER, "bad_reference", "The session of this number is missing or is none."
        )
    return "/".join((to.base_url, *(quote(part, safe="@:") for part in parts)))


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON bytes. Raises :class:`ProviderError` (CONTENT ``text_not_encodable``) for what no encoding can write."""
    try:
        return orjson.dumps(body)
    except (orjson.JSONEncodeError, UnicodeEncodeError):
        raise ProviderError(
            Failure.CONTENT, "text_not_encodable", "The text holds half a character."
        ) from None


def from_fault(fault: HttpFault, to: Credentials) -> ProviderError:
    """For a request that ended without an answer: TEMPORARY only when nothing was sent for certain."""
    where = urlsplit(to.base_url).hostname or ""
    if isinstance(fault, Forbidden):
        detail = "The address of the gateway lies in a network that is not allowed."
        return ProviderError(Failure.ACCOUNT, fault.code, detail, scope=Scope.ACCOUNT)
    if isinstance(fault, NotConnected) and fault.reason == "bad_request":
        detail = "The address of the gateway or its key cannot be sent in a request."
        return ProviderError(Failure.ACCOUNT, "bad_request", detail, scope=Scope.ACCOUNT)
    failure = Failure.TEMPORARY if isinstance(fault, NotConnected) else Failure.UNKNOWN
    return ProviderError(failure, fault.reason, where)


def object_in(answer: Answer) -> dict[str, Any]:
    """The answer's JSON object whatever its status; an empty one for anything else."""
    found = json_in(answer)
    return found if isinstance(found, dict) else {}


def json_in(answer: Answer) -> Any:
    """The answer's JSON; None for anything else."""
    try:
        return load(answer.body)
    except Unreadable:
        return None


def is_success(answer: Answer) -> bool:
    """Whether the status says so; a redirect does not."""
    return 200 <= answer.status < 300


def unclear(answer: Answer) -> ProviderError:
    """For an answer that proves neither the one nor the other."""
    code = {2: "answer_unreadable", 3: "redirected"}.get(answer.status // 100, f"http_{answer.status}")
    detail = "The answer was not in the gateway's form, so it does not say what became of the request."
    return ProviderError(Failure.UNKNOWN, code, detail, raw={"status": answer.status})


def clean(text: str, hide: Iterable[str], limit: int = 300) -> str:
    """A vendor's sentence without secrets, addresses and texts of ours."""
    for one in sorted((one for one in hide if len(one) >= 4), key=len, reverse=True):
        text = text.replace(one, HIDDEN)
    return text[:limit]


def hidden(to: Credentials, *more: str) -> tuple[str, ...]:
    """What must not travel on: the account's secrets, and what the message holds."""
    return (to.token, to.app_secret, to.verify_token, to.webhook_url, *more)


def asked_to_wait(answer: Answer) -> float | None:
    """``Retry-After`` in seconds, if it is a number of them."""
    asked = answer.headers.get("retry-after", "").strip()
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        return None
    return min(float(asked), MAX_RETRY_AFTER)
