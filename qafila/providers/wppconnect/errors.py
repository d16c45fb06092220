"""Why a WPPConnect server's answer is no success."""

from __future__ import annotations

from collections.abc import Sequence

from qafila.kit.http import Answer
from qafila.providers.failures import Failure, ProviderError, Scope
from qafila.providers.reading import words
from qafila.providers.talking import clean, object_in, unclear


def refusal(answer: Answer, hide: Sequence[str]) -> ProviderError:
    """Why an answer is no success; only what proves that nothing was done is more than UNKNOWN."""
    found = object_in(answer)
    said = clean(words(found.get("message")) or words(found.get("error")), hide)
    raw = {"status": answer.status, "message": said}
    if answer.status == 401 and said:
        detail = "The server refuses the token of this session."
        return ProviderError(Failure.ACCOUNT, "token_refused", detail, scope=Scope.ACCOUNT, raw=raw)
    if answer.status == 404 and found.get("status") == "Disconnected":
        return ProviderError(Failure.SENDER, "disconnected", "The session is not connected.", raw=raw)
    if answer.status == 500 and words(found.get("status")).lower() == "error":
        return ProviderError(Failure.UNKNOWN, "send_failed", said or "The server could not send it.", raw=raw)
    return unclear(answer)
