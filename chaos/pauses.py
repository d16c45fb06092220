"""Promises 6 and 7: one contract is paused and resumed 200 times, its workers are killed meanwhile; every message goes out
once, and a pause takes effect within two seconds."""

from __future__ import annotations

import random
import time
from typing import Any

from chaos.house import Shop
from chaos.kill_workers import Crew, settle
from chaos.stage import Stage, utc_now, wait_for

PAUSES = 200
KILL_EVERY = 20
RATE = 400
ALLOWED_SECONDS = 2.0


def one_run(stage: Stage, shop: Shop, crew: Crew, *, seed: int, messages: int = 5000) -> dict[str, Any]:
    """Returns the counts for the results file; ``late``: calls that arrived later than allowed after a pause."""
    from qafila.dispatch import actions as dispatch

    rng = random.Random(seed)
    batch_id = shop.contract(messages)
    whose = {"batch_id": batch_id, "business_id": shop.business.pk}
    asleep: list[tuple[float, float]] = []
    kills = 0
    for number in range(PAUSES):
        time.sleep(rng.uniform(0.0, 0.1))
        if number % KILL_EVERY == KILL_EVERY // 2:
            crew.kill(rng.randrange(len(crew.running)))
            kills += 1
        dispatch.pause_batch(**whose, now=utc_now())
        paused = time.time()
        # Most pauses are short, as a nervous finger makes them; each tenth is long enough to see what comes late.
        time.sleep(ALLOWED_SECONDS + 1.0 if number % 10 == 0 else rng.uniform(0.0, 0.1))
        asleep.append((paused, time.time()))
        dispatch.start_batch(**whose, now=utc_now())
    left = shop.counts(batch_id).queued
    wait_for("the end of the contract", lambda: shop.at_rest(batch_id))
    at_once = shop.counts(batch_id).uncertain
    settle(shop, batch_id)
    books = shop.compare(batch_id, shop.sandbox_attempts())
    books.uncertain_at_once = at_once
    lags = [at - paused for at in _arrivals(stage) for paused, resumed in asleep if paused < at < resumed]
    late = sum(lag > ALLOWED_SECONDS for lag in lags)
    return {
        "seed": seed,
        "pauses": PAUSES,
        "kills": kills,
        "queued_after_the_last_resume": left,
        "arrived_while_paused": len(lags),
        "latest_ms": round(max(lags, default=0.0) * 1000, 1),
        "late": late,
        **books.as_dict(),
        "good": books.good and not late,
    }


def _arrivals(stage: Stage) -> list[float]:
    """When the sandbox accepted messages (POSIX seconds), of all runs."""
    return [float(row["at"]) for row in stage.lines("/admin/ledger/messages")]
