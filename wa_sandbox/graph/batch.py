"""Several requests in one: `POST /vNN.N/` with `batch`, answered with a list of what each would be answered with.

Source: Meta's page on batch requests. One after the other; `depends_on`, results in later requests and attached files are
not carried. Faults hit requests that come alone.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import unquote

from wa_sandbox.graph.answers import Answer
from wa_sandbox.graph.forms import nested
from wa_sandbox.graph.request import FORM, GraphRequest, read_request
from wa_sandbox.graph.words import missing, wrong

AT_MOST: Final = 50
METHODS: Final = ("GET", "POST", "DELETE")
_CARRIED: Final = (b"host", b"authorization")

Ask = Callable[[GraphRequest], Awaitable[Answer]]


async def run(request: GraphRequest, ask: Ask) -> list[dict[str, Any]]:
    """The answers to the requests in `batch`, in their order. Raises Refusal."""
    given = request.given
    parts = nested(given.get("batch"))
    if parts is None or parts == "":
        raise missing("batch")
    if not isinstance(parts, list) or not 1 <= len(parts) <= AT_MOST:
        raise wrong("batch", f"must be an array of 1 to {AT_MOST} requests")
    with_headers = str(given.get("include_headers", "true")).lower() != "false"
    singles = [_single(request, part) for part in parts]
    return [_shown(await ask(single), with_headers=with_headers) for single in singles]


def _single(request: GraphRequest, part: Any) -> GraphRequest:
    if not isinstance(part, dict):
        raise wrong("batch", "must be an array of JSON objects")
    method, url = str(part.get("method", "GET")).upper(), part.get("relative_url")
    if method not in METHODS:
        raise wrong("batch['method']", f"must be one of {{{', '.join(METHODS)}}}")
    if not isinstance(url, str) or not url.strip("/"):
        raise missing("batch['relative_url']")
    path, _, query = url.partition("?")
    headers = [(name, value) for name, value in request.headers if name in _CARRIED]
    body = str(part.get("body") or "").encode()
    if body:
        headers.append((b"content-type", FORM.encode()))
    scope = {"method": method, "path": "/" + unquote(path.strip("/")), "headers": headers}
    single = read_request({**scope, "query_string": query.encode()}, body)
    if not path.strip("/").startswith("v"):
        single.version = request.version
    if not single.node:
        raise wrong("batch['relative_url']", "must name an object")
    token = request.token
    if single.token is None and token is not None:
        single.query["access_token"] = token
    return single


def _shown(answer: Answer, *, with_headers: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"code": answer.status, "body": answer.body.decode("utf-8", "replace")}
    if with_headers:
        shown["headers"] = [
            {"name": name.decode("latin-1"), "value": value.decode("latin-1")}
            for name, value in answer.headers
            if name != b"content-length"
        ]
    return shown
