"""Why an answer of the gateway is no success. Only its own form is believed: ``{"error": {"gateway": "baileys", "code", …}}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qafila.kit.http import Answer
from qafila.providers.baileys.codes import TITLES, WAITS, meaning, scope_of
from qafila.providers.failures import Failure, ProviderError
from qafila.providers.reading import member, words
from qafila.providers.talking import MAX_RETRY_AFTER, clean, object_in, unclear

MOST_CODE = 64


def refusal(answer: Answer, hide: Sequence[str]) -> ProviderError:
    """Our exception for an answer; what proves nothing is UNKNOWN."""
    error = object_in(answer).get("error")
    code = words(member(error, "code"))[:MOST_CODE]
    if member(error, "gateway") != "baileys" or not code or 200 <= answer.status < 300:
        return unclear(answer)
    refused = member(error, "state") == "failed"
    said = TITLES.get(code) or clean(words(member(error, "message")), hide)
    return of_code(
        code,
        refused=refused,
        said=said,
        wait=_wait(member(error, "retry_after")),
        raw={"status": answer.status, "code": code},
    )


def of_outcome(found: Mapping[str, Any]) -> ProviderError:
    """Why a message failed, as the gateway keeps it: ``{"code", "retry_after"?, …}``."""
    return of_code(words(found.get("code"))[:MOST_CODE], refused=True, wait=_wait(found.get("retry_after")))


def of_code(
    code: str, *, refused: bool, said: str = "", wait: float | None = None, raw: dict[str, Any] | None = None
) -> ProviderError:
    """Our exception for one of the gateway's codes, or for a number with which WhatsApp refused a message."""
    failure = meaning(code, refused=refused)
    if failure in (Failure.THROTTLED, Failure.TEMPORARY):
        wait = wait or WAITS.get(code)
    return ProviderError(
        failure,
        code,
        said or TITLES.get(code, ""),
        retry_after=wait,
        scope=scope_of(failure),
        raw=raw or {"code": code},
    )


def _wait(given: Any) -> float | None:
    if isinstance(given, int | float) and not isinstance(given, bool) and given > 0:
        return min(float(given), MAX_RETRY_AFTER)
    return None
