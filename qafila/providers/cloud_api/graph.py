"""One question to Meta's Graph, one answer: once, bounded, without redirects, and never with a secret in what comes back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from qafila.kit.http import Answer, Door, HttpClient, HttpFault, shared
from qafila.providers import doors
from qafila.providers.cloud_api import errors, payloads
from qafila.providers.interface import Credentials, Failure, ProviderError
from qafila.providers.reading import Unreadable, load, member, words

MOST_PAGES = 200
TRUSTED = "https://graph.facebook.com/"
"""Meta itself is called directly. Any other address a person may have written, that of a sandbox too."""
_REF = re.compile(r"[A-Za-z0-9_.:=-]{1,256}")


class Graph:
    """What every part of the provider asks with.

    :param http: gives the HTTP client of the running loop, for Meta itself. :param way: gives the guarded door of an account.
    :param timeout: seconds for a whole call; more than the client's deadline for connecting.
    """

    def __init__(
        self,
        http: Callable[[], HttpClient] = shared,
        *,
        way: Callable[[Credentials], Door] = doors.of,
        timeout: float = 30.0,
    ) -> None:
        self._http = http
        self._guarded = way
        self._timeout = timeout

    def _way(self, to: Credentials) -> HttpClient | Door:
        """The house's client for Meta itself, for every other address the guarded door."""
        return self._http() if f"{to.base_url}/".startswith(TRUSTED) else self._guarded(to)

    async def _get(
        self, to: Credentials, *path: str, query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        return await self._ask("GET", to, path, query=query)

    async def _node(self, to: Credentials, ref: str, fields: str) -> dict[str, Any]:
        """Fields of one thing; an answer without its id is none."""
        found = await self._get(to, ref, query={"fields": fields})
        if not words(found.get("id")):
            raise _unreadable()
        return found

    async def _post(
        self, to: Credentials, *path: str, body: Mapping[str, Any], hide: Sequence[str] = ()
    ) -> dict[str, Any]:
        return await self._ask("POST", to, path, body=body, hide=hide)

    async def _delete(
        self,
        to: Credentials,
        *path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        hide: Sequence[str] = (),
    ) -> dict[str, Any]:
        return await self._ask("DELETE", to, path, query=query, body=body, hide=hide)

    async def _ask(
        self,
        method: str,
        to: Credentials,
        path: Sequence[str],
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        hide: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The object in the answer. Raises :class:`ProviderError`; UNKNOWN ``answer_unreadable`` where it is none."""
        url = _url(to, path, query)
        raw = payloads.encode(body) if body is not None else None
        answer = await self._exchange(method, to, url, raw)
        found = object_in(answer)
        if not found or "error" in found:
            raise refusal(answer, to, hide)
        return found

    async def _exchange(self, method: str, to: Credentials, url: str, body: bytes | None) -> Answer:
        http, headers = self._way(to), headers_of(to)
        try:
            if method == "POST":
                return await http.post(url, headers=headers, body=body or b"", timeout=self._timeout)
            if method == "DELETE":
                return await http.delete(url, headers=headers, body=body, timeout=self._timeout)
            return await http.get(url, headers=headers, timeout=self._timeout)
        except HttpFault as exc:
            raise errors.from_fault(exc) from exc

    async def _confirmed(
        self, to: Credentials, *path: str, body: Mapping[str, Any], hide: Sequence[str] = ()
    ) -> None:
        """A change that Meta answers with ``{"success": true}``."""
        must_succeed(await self._post(to, *path, body=body, hide=hide))

    async def _pages(
        self, to: Credentials, *path: str, query: Mapping[str, str]
    ) -> AsyncIterator[dict[str, Any]]:
        """Every object of a list, over all its pages. Meta's address of the next page is not followed, its cursor is."""
        asked, seen = dict(query), set[str]()
        for _ in range(MOST_PAGES):
            found = await self._get(to, *path, query=asked)
            rows = found.get("data")
            if not isinstance(rows, list):
                raise _unreadable()
            for row in rows:
                if isinstance(row, dict):
                    yield row
            after = words(member(found, "paging", "cursors", "after"))
            if not words(member(found, "paging", "next")) or not after or after in seen:
                return
            seen.add(after)
            asked["after"] = after


def headers_of(to: Credentials) -> dict[str, str]:
    """The headers of every request."""
    return {
        "authorization": f"Bearer {to.token}",
        "content-type": "application/json",
        "accept": "application/json",
    }


def object_in(answer: Answer) -> dict[str, Any]:
    """The answer's JSON object; an empty one for anything else."""
    if not 200 <= answer.status < 300:
        return {}
    try:
        found = load(answer.body)
    except Unreadable:
        return {}
    return found if isinstance(found, dict) else {}


def refusal(answer: Answer, to: Credentials, hide: Sequence[str]) -> ProviderError:
    """Why an answer is no success; without secrets and what is to be hidden."""
    secrets = (to.token, to.app_secret, to.verify_token)
    error = errors.from_answer(
        status=answer.status, headers=answer.headers, body=answer.body, hide=(*secrets, *hide)
    )
    return _unreadable() if error.code == errors.NO_MESSAGE_ID else error


def must_succeed(found: Mapping[str, Any]) -> None:
    """Raises :class:`ProviderError` (UNKNOWN) unless the answer says so."""
    if found.get("success") is not True:
        raise _unreadable()


def _unreadable() -> ProviderError:
    return ProviderError(
        Failure.UNKNOWN,
        "answer_unreadable",
        "The answer is not in Meta's form, so it does not say what was done.",
    )


def _url(to: Credentials, path: Sequence[str], query: Mapping[str, str] | None) -> str:
    """The address of a node. Raises :class:`ProviderError` for an id that is none: it must not become another path."""
    for part in path:
        if not _REF.fullmatch(part) or part in {".", ".."}:
            raise ProviderError(
                Failure.SENDER,
                "bad_reference",
                "An id of the number, the account or the file is missing or is none.",
            )
    asked = f"?{urlencode(query, quote_via=quote, safe=',')}" if query else ""
    return "/".join((to.base_url, *path)) + asked
