"""Why an Evolution API server's answer is no success.

Its own form is ``{"status": N, "error": "…", "response": {"message": […]}}``: then the server itself refused. Which
of its refusals proves that nothing went out is another matter: errors of the class 500 come from the link to WhatsApp, and
its 400 may be any fault while it sends or after it. Of the 400 only the plain no of the number check, made before, proves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qafila.kit.http import Answer
from qafila.providers.failures import Failure, ProviderError, Scope
from qafila.providers.reading import member, words
from qafila.providers.talking import asked_to_wait, clean, object_in, unclear


def refusal(answer: Answer, hide: Sequence[str]) -> ProviderError:
    """Only what proves that nothing was done is more than UNKNOWN."""
    found = object_in(answer)
    if found.get("status") != answer.status or not words(found.get("error")):
        return unclear(answer)
    listed = member(found, "response", "message")
    listed = listed if isinstance(listed, list) else [listed]
    said = clean("; ".join(one for one in listed if isinstance(one, str)) or words(found["error"]), hide)
    raw: dict[str, Any] = {"status": answer.status, "message": said}
    match answer.status:
        case 401 | 403:
            detail = "The server refuses the API key."
            return ProviderError(Failure.ACCOUNT, "token_refused", detail, scope=Scope.ACCOUNT, raw=raw)
        case 404:
            detail = "The server has no instance of this name."
            return ProviderError(Failure.SENDER, "instance_missing", detail, raw=raw)
        case 429:
            wait = asked_to_wait(answer)
            return ProviderError(
                Failure.THROTTLED, "too_fast", said, retry_after=wait, scope=Scope.SENDER, raw=raw
            )
        case 400 if any(member(one, "exists") is False for one in listed):
            detail = "WhatsApp does not know this number."
            return ProviderError(Failure.RECIPIENT, "not_on_whatsapp", detail, raw=raw)
        case 400:
            # It sends and works on within one try, and answers 400 to any fault in it: also to one after the message went out.
            return ProviderError(Failure.UNKNOWN, "send_failed", said, raw=raw)
    return ProviderError(Failure.UNKNOWN, f"http_{answer.status}", said, raw=raw)
