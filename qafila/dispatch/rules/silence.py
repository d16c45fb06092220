"""A number whose calls nobody answers: when to stop trying, and when to probe again. Pure.

Each call that gets no answer may leave an uncertain message behind, so it is found out with as few of them as can be:
three in a row, then one at a time after ever longer rests.
"""

from __future__ import annotations

from typing import Final

from qafila.dispatch.rules.retry import rest_seconds
from qafila.providers.interface import Failure, ProviderError

IN_A_ROW: Final = 3
"""So many calls without an answer, and none answered between them: the number rests."""
RESTS: Final = (10.0, 60.0, 300.0)
"""Seconds of the first rests in a row; after each of them one message probes."""
TELL_FROM_SECONDS: Final = 60.0
"""A rest as long as this is the sender's state, with an alert; a shorter one is only the lane's."""
NOBODY_THERE: Final = frozenset({"dns_failed", "connect_failed", "connect_timeout", "tls_failed"})
"""Codes of calls that never reached the provider (``kit.http.NotConnected``)."""
OWN_FAULT: Final = frozenset({"interrupted"})
"""Codes of lost outcomes that say nothing about the provider."""


def is_silent(error: ProviderError) -> bool:
    """Whether a call got no answer that the provider itself can have meant."""
    if error.failure is Failure.UNKNOWN:
        return error.code not in OWN_FAULT
    return error.failure is Failure.TEMPORARY and error.code in NOBODY_THERE


def silent_rest_seconds(times: int) -> float:
    """How long the n-th rest in a row lasts: 10 s, 1 min, 5 min, then 1 h, 2 h, 4 h … 24 h."""
    return RESTS[times - 1] if times <= len(RESTS) else rest_seconds(times - len(RESTS))
