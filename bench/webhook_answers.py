"""Promise 23: three times the peak, 1,000 signed webhooks a second for ten minutes. How long does each wait for its answer?

``python -m bench webhook_answers --minutes 10``. Receipts of a third as many messages, each at its planned moment, while one
worker handles them; a webhook's time counts from its planned moment. The median is to be at most 50 ms, the 99th percentile 250 ms.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from bench import webhook_verdicts
from bench.parts import database, steal_seconds
from bench.webhook_sender import WORDS
from bench.webhooks import Bench

MINUTES = 10.0
PER_SECOND = 1_000.0


def run(folder: Path) -> dict[str, Any]:
    """The figures, and whether the promise was kept."""
    minutes = float(os.environ.get("QAFILA_BENCH_MINUTES", MINUTES))
    stolen = steal_seconds()
    with database(folder):
        figures = Bench(folder).sustained(minutes * 60, PER_SECOND / len(WORDS))
    broken = webhook_verdicts.broken_promises(figures)
    return {
        "aim": {
            "webhooks_per_second": PER_SECOND,
            "minutes": MINUTES,
            "p50_ms": webhook_verdicts.PROMISED_P50_MS,
            "p99_ms": webhook_verdicts.PROMISED_P99_MS,
        },
        "minutes": minutes,
        **figures,
        "promise_kept": not broken and minutes >= MINUTES,
        "promise_broken_by": broken,
        "steal_seconds": round(steal_seconds() - stolen, 1),
    }
