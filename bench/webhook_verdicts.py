"""Whether a run of webhooks at a set pace was kept up with: decided from its figures alone, so that a run cannot flatter itself.

Figures are those of ``bench.webhooks.Bench.sustained``. Whoever falls behind the plan measures another, slower load than the one
that is claimed; so the sender has to be in time as well, and its answers quick, each counted from its planned moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LATE_SECONDS = 5.0
"""After the planned end the last answer may come so much later."""
LAG_SECONDS = 5.0
"""After the last answer the worker may need so long for what is left."""
P99_MS = 1_000.0
"""Meta asks that at most one of a hundred answers takes longer than a second."""
PROMISED_P50_MS, PROMISED_P99_MS = 50.0, 250.0
"""Promise 23, at 1,000 webhooks a second."""


def shortcomings(figures: Mapping[str, Any], *, p99_ms: float = P99_MS) -> list[str]:
    """Why it was not kept up with, in words; empty where it was."""
    webhooks = figures["webhooks"]
    late = webhooks["seconds"] - webhooks["planned_seconds"]
    found = []
    if late > LATE_SECONDS:
        found.append(
            f"the last answer came {late:.1f} s after the planned end; {LATE_SECONDS:g} s are allowed"
        )
    found += _slow(webhooks, "p99_ms", p99_ms)
    if webhooks["refused"] or webhooks["broken"] or webhooks["answered"] != webhooks["sent"]:
        found.append(
            f"of {webhooks['sent']} webhooks {webhooks['answered']} were answered, {webhooks['refused']} refused, "
            f"{webhooks['broken']} connections broke"
        )
    if figures["end_lag_seconds"] > LAG_SECONDS:
        found.append(
            f"the worker needed {figures['end_lag_seconds']:g} s for what was left; {LAG_SECONDS:g} s are allowed"
        )
    if figures["read_in_the_books"] != figures["messages"]:
        found.append(
            f"{figures['read_in_the_books']} of {figures['messages']} messages are read in the books"
        )
    return found


def broken_promises(figures: Mapping[str, Any]) -> list[str]:
    """The same, and that answers are as fast as promise 23 says."""
    return [
        *_slow(figures["webhooks"], "p50_ms", PROMISED_P50_MS),
        *shortcomings(figures, p99_ms=PROMISED_P99_MS),
    ]


def _slow(webhooks: Mapping[str, Any], which: str, most: float) -> list[str]:
    name = which.removesuffix("_ms")
    return [f"{name} is {webhooks[which]:g} ms; {most:g} are allowed"] if webhooks[which] > most else []
