"""An HTTP answer as Graph gives it: JSON bytes with Graph's headers."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from wa_sandbox.graph.errors import Refusal, trace_id

Header = tuple[bytes, bytes]

_JSON: Header = (b"content-type", b"application/json; charset=UTF-8")
_NO_STORE: Header = (b"cache-control", b"private, no-cache, no-store, must-revalidate")


@dataclass(slots=True)
class Answer:
    """Status, body and headers, not yet sent: a fault may spoil it first."""

    status: int
    body: bytes
    headers: list[Header] = field(default_factory=list)


def good(data: Any, version: str, extra: list[Header] | None = None) -> Answer:
    """A 200 with a JSON body. `version` like "v23.0"."""
    return _answer(200, orjson.dumps(data), version, trace_id(), extra or [])


@lru_cache(maxsize=1024)
def usage(waba_id: str, *, used_up: bool) -> Header:
    """How much of an account's calls is used, in percent, and in how many minutes there are calls again.

    Nothing is counted: it is little, or all of it in a refusal that says so. The type, and that it stands in every
    answer about an account, are UNVERIFIED.
    """
    percent = 100 if used_up else 1
    row = {
        "type": "whatsapp",
        "call_count": percent,
        "total_cputime": percent,
        "total_time": percent,
        "estimated_time_to_regain_access": 1 if used_up else 0,
    }
    return b"x-business-use-case-usage", orjson.dumps({waba_id: [row]})


def bad(refusal: Refusal, version: str, extra: list[Header] | None = None) -> Answer:
    """A refusal in Meta's form, with the `www-authenticate` header Graph adds."""
    trace = trace_id()
    reason = b"invalid_token" if refusal.code in (104, 190) else b"invalid_request"
    words = (
        refusal.message.encode("ascii", "replace")
        .replace(b'"', b"'")
        .replace(b"\n", b" ")
        .replace(b"\r", b" ")
    )
    authenticate = b'OAuth "Facebook Platform" "' + reason + b'" "' + words + b'"'
    headers = [(b"www-authenticate", authenticate), *(extra or ())]
    return _answer(refusal.http_status, refusal.body(trace), version, trace, headers)


def image(found: tuple[str, bytes] | None) -> Answer:
    """A picture that anybody may see, as (content type, bytes); 404 without one."""
    if found is None:
        return Answer(404, b"", [(b"content-length", b"0")])
    mime, content = found
    headers = [(b"content-type", mime.encode()), (b"content-length", b"%d" % len(content))]
    return Answer(200, content, [*headers, (b"x-content-type-options", b"nosniff")])


def _answer(status: int, body: bytes, version: str, trace: str, extra: list[Header]) -> Answer:
    headers = [
        _JSON,
        (b"content-length", b"%d" % len(body)),
        (b"facebook-api-version", version.encode()),
        (b"x-fb-trace-id", trace.encode()),
        (b"x-fb-request-id", trace.encode()),
        _NO_STORE,
        *extra,
    ]
    return Answer(status, body, headers)
