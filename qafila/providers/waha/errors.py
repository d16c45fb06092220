"""Why a WAHA server's answer is no success. Its own form has ``statusCode`` equal to the status of the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from qafila.kit.http import Answer
from qafila.providers.failures import Failure, ProviderError, Scope
from qafila.providers.reading import member, words
from qafila.providers.talking import asked_to_wait, clean, object_in, unclear

STARTING_SECONDS = 10.0
_LOCKED = re.compile(r"\berror 463\b")


def refusal(answer: Answer, hide: Sequence[str]) -> ProviderError:
    """Only what proves that nothing was done is more than UNKNOWN."""
    found = object_in(answer)
    is_own = found.get("statusCode") == answer.status or (answer.status == 422 and "session" in found)
    if not is_own:
        return unclear(answer)
    said = clean(_sentence(found), hide)
    raw: dict[str, Any] = {"status": answer.status, "message": said}
    match answer.status:
        case 401 | 403:
            detail = "The server refuses the API key."
            return ProviderError(Failure.ACCOUNT, "token_refused", detail, scope=Scope.ACCOUNT, raw=raw)
        case 404 | 422 if "session" in said.lower() or "session" in found:
            state = words(found.get("status"))
            if state == "STARTING":
                # Also after its own short breaks: it comes back by itself, and the message has lost nothing.
                return ProviderError(
                    Failure.THROTTLED,
                    "session_starting",
                    said,
                    retry_after=STARTING_SECONDS,
                    scope=Scope.SENDER,
                    raw=raw,
                )
            detail = f"The session does not work ({state})." if state else said
            return ProviderError(Failure.SENDER, "session_not_working", detail, raw=raw)
        case 429:
            wait = asked_to_wait(answer)
            return ProviderError(
                Failure.THROTTLED, "too_fast", said, retry_after=wait, scope=Scope.SENDER, raw=raw
            )
        case 400 | 422:
            return ProviderError(Failure.CONTENT, "request_refused", said, raw=raw)
        case 500 if _LOCKED.search(said):
            # WhatsApp itself refused it: no new conversations for a while. Trying again makes it worse.
            return ProviderError(Failure.RESTING, "463", said, raw=raw)
    return ProviderError(Failure.UNKNOWN, f"http_{answer.status}", said, raw=raw)


def _sentence(found: dict[str, Any]) -> str:
    listed = found.get("message")
    if isinstance(listed, list):
        return "; ".join(one for one in listed if isinstance(one, str))
    return words(listed) or words(member(found, "exception", "message")) or words(found.get("error"))
