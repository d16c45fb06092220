"""From Meta's errors, and from answers that are none, to our one exception.

Only Meta's own error form (an ``error`` object with a numeric code and Meta's ``type`` or trace id) is believed: it
proves that Meta itself answered and did not accept. A bare 5xx, a page of a proxy, half a JSON or an acceptance without
an id prove nothing, so they are UNKNOWN and the message becomes uncertain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from qafila.kit.http import Forbidden, HttpFault, NotConnected
from qafila.providers.cloud_api.codes import Meaning, meaning
from qafila.providers.interface import Failure, ProviderError, Scope
from qafila.providers.reading import Unreadable, load, member, words

# What Meta's error objects hold; nothing else of an answer is kept.
_KEPT = (
    "message",
    "type",
    "code",
    "error_subcode",
    "is_transient",
    "error_user_title",
    "error_user_msg",
    "fbtrace_id",
)
_TOKEN = re.compile(r"EAA[0-9A-Za-z]{8,}")
_HIDDEN = "[hidden]"
MAX_RETRY_AFTER = 86_400.0
NO_MESSAGE_ID = "no_message_id"


def from_fault(fault: HttpFault) -> ProviderError:
    """For a request that ended without an answer."""
    if not isinstance(fault, NotConnected):
        return ProviderError(Failure.UNKNOWN, fault.reason, fault.target)
    if isinstance(fault, Forbidden):
        detail = "The address of the API lies in a network that is not allowed."
        return ProviderError(Failure.ACCOUNT, fault.code, detail, scope=Scope.ACCOUNT)
    if fault.reason == "bad_request":
        detail = "The address of the API or the access token cannot be sent in a request."
        return ProviderError(Failure.ACCOUNT, "bad_request", detail, scope=Scope.ACCOUNT)
    return ProviderError(Failure.TEMPORARY, fault.reason, fault.target)


def from_answer(
    *, status: int, headers: Mapping[str, str], body: bytes, hide: Iterable[str] = ()
) -> ProviderError:
    """For an answer that is no acceptance.

    :param hide: secrets, addresses and texts of the request, which Meta may quote and which must not travel on.
    """
    try:
        error = member(load(body), "error")
    except Unreadable:
        return _not_meta(status)
    code = member(error, "code")
    if not _is_number(code) or not (words(member(error, "type")) or words(member(error, "fbtrace_id"))):
        return _not_meta(status)
    kept, detail = _keep(error, tuple(one for one in hide if len(one) >= 4))
    subcode = error.get("error_subcode")
    found = meaning(code, subcode if _is_number(subcode) else None)
    if found is None and status == 429:
        found = Meaning(Failure.THROTTLED, "Too many requests", Scope.SENDER)
    raw = {"status": status, "error": kept}
    if found is None:
        return ProviderError(Failure.UNKNOWN, str(code)[:32], detail, raw=raw)
    wait = found.retry_after
    if found.failure in (Failure.THROTTLED, Failure.TEMPORARY):
        wait = _asked_to_wait(headers) or wait
    return ProviderError(
        found.failure, str(code), detail or found.title, retry_after=wait, scope=found.scope, raw=raw
    )


def from_receipt(errors: Any) -> ProviderError:
    """For the reasons in a receipt of a failed message: the first that is in the table, else the first."""
    listed = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    coded = [one for one in listed if _is_number(one.get("code"))]
    if not coded:
        return ProviderError(Failure.UNKNOWN, "no_reason")
    error = next((one for one in coded if meaning(one["code"])), coded[0])
    kept, detail = _keep(error, ())
    found = meaning(error["code"])
    if found is None:
        return ProviderError(Failure.UNKNOWN, str(error["code"])[:32], detail, raw={"error": kept})
    return ProviderError(
        found.failure,
        str(error["code"]),
        detail or found.title,
        retry_after=found.retry_after,
        scope=found.scope,
        raw={"error": kept},
    )


def _not_meta(status: int) -> ProviderError:
    """For an answer that is neither an acceptance nor in Meta's error form: it proves nothing."""
    code = {2: NO_MESSAGE_ID, 3: "redirected"}.get(status // 100, f"http_{status}")
    detail = "The answer was not in Meta's form, so it does not say what became of the request."
    return ProviderError(Failure.UNKNOWN, code, detail, raw={"status": status})


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _keep(error: Mapping[str, Any], hide: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """What may be kept of an error object, and one sentence of it."""
    kept: dict[str, Any] = {}
    for key in _KEPT:
        value = error.get(key)
        if isinstance(value, str):
            kept[key] = _clean(value, hide)
        elif isinstance(value, int):
            kept[key] = value
    details = _clean(words(member(error, "error_data", "details")), hide)
    if details:
        kept["details"] = details
    said = words(kept.get("message")) or _clean(words(error.get("title")), hide)
    return kept, ": ".join(dict.fromkeys(part for part in (said, details) if part))


def _clean(text: str, hide: tuple[str, ...]) -> str:
    for one in hide:
        text = text.replace(one, _HIDDEN)
    return _TOKEN.sub(_HIDDEN, text)[:300]


def _asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds, if it is a number of them."""
    asked = headers.get("retry-after", "").strip()
    return (
        min(float(asked), MAX_RETRY_AFTER)
        if asked.isascii() and asked.isdigit() and len(asked) < 10
        else None
    )
