"""Promise 2: a worker (or the web process) dies exactly at each point of a message's way; or stands still there, is taken
over, and goes on as if nothing had been."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import Any

import psutil

from chaos.house import Shop
from chaos.kill_workers import settle
from chaos.outages import LEASE_SECONDS
from chaos.stage import Stage, wait_for
from qafila.kit.failpoints import NAMES

MESSAGES = 150
MOST_PASSINGS = {
    "before_claim": 3,
    "claimed": 3,
    "before_call": 75,
    "during_call": 75,
    "after_call": 75,
    "before_record": 3,
    "recorded": 3,
}
"""How often a worker surely passes a point in a contract of this size; elsewhere once."""


class Heir:
    """The worker that goes on after the doomed one: one process for all trials, stopped while the other one lives."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._process = stage.worker(1)
        wait_for("the heir", _a_worker_lives)

    def asleep(self) -> None:
        """SIGSTOP: it keeps its lock, and does nothing."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def awake(self) -> None:
        """SIGCONT."""
        os.killpg(self._process.pid, signal.SIGCONT)

    def end(self) -> None:
        """Gone."""
        self._stage.end(self._process)


def _a_worker_lives() -> bool:
    from qafila.dispatch.models import Worker

    return Worker.objects.filter(ended_at=None).exists()


def one_trial(
    stage: Stage, shop: Shop, heir: Heir, *, point: str, seed: int, messages: int = MESSAGES
) -> dict[str, Any]:
    """One small contract in which the process dies at the n-th passing of a point, and another one goes on."""
    rng = random.Random(f"{point} {seed}")
    passing = rng.randint(1, MOST_PASSINGS.get(point, 1))
    batch_id = shop.contract(messages, start=False)
    heir.asleep()
    doomed = stage.worker(0, QAFILA_FAILPOINT=f"{point}:{passing}")
    _start(shop, batch_id)
    died = _death(doomed, shop, batch_id)
    stage.end(doomed)
    heir.awake()
    wait_for("the end of the contract", lambda: shop.at_rest(batch_id), every=0.02)
    at_once = shop.counts(batch_id).uncertain
    settle(shop, batch_id, seconds=10.0, calm=0.8)
    books = shop.compare(batch_id, shop.sandbox_attempts())
    books.uncertain_at_once = at_once
    return {
        "point": point,
        "seed": seed,
        "passing": passing,
        "died": died,
        **books.as_dict(),
        "good": books.good,
    }


def one_freeze(stage: Stage, shop: Shop, heir: Heir, *, point: str, seed: int) -> dict[str, Any]:
    """The process is stopped at its point until another one has ended the contract, longer than any lease, and goes on then."""
    rng = random.Random(f"freeze {point} {seed}")
    passing = rng.randint(1, MOST_PASSINGS.get(point, 1))
    batch_id = shop.contract(MESSAGES, start=False)
    heir.asleep()
    frozen = stage.worker(0, QAFILA_FAILPOINT=f"{point}:{passing}:freeze")
    _start(shop, batch_id)
    stood = _death(frozen, shop, batch_id)
    since = time.monotonic()
    heir.awake()
    wait_for("the end of the contract", lambda: shop.at_rest(batch_id))
    settle(shop, batch_id, seconds=90.0, calm=5.0)
    time.sleep(max(0.0, LEASE_SECONDS + 1.0 - (time.monotonic() - since)))
    at_once = shop.counts(batch_id).uncertain
    os.killpg(frozen.pid, signal.SIGCONT)
    settle(shop, batch_id, seconds=20.0, calm=3.0)
    # What the thawed one put back goes out, but only after a while: its calls took as long as it stood still.
    wait_for("the end of what was put back", lambda: shop.at_rest(batch_id))
    settle(shop, batch_id, seconds=20.0, calm=3.0)
    alive = frozen.poll() is None
    books = shop.compare(batch_id, shop.sandbox_attempts())
    books.uncertain_at_once = at_once
    _goes_on(stage, shop, heir)
    stage.end(frozen)
    return {
        "point": point,
        "seed": seed,
        "passing": passing,
        "stood": stood,
        "frozen_seconds": round(time.monotonic() - since, 1),
        **books.as_dict(),
        "good": books.good and alive,
    }


def _goes_on(stage: Stage, shop: Shop, heir: Heir) -> None:
    """The thawed worker is of use again: alone, it sends a small contract."""
    heir.asleep()
    batch_id = shop.contract(20)
    wait_for("the thawed worker to send", lambda: shop.at_rest(batch_id))
    heir.awake()


def _start(shop: Shop, batch_id: int) -> None:
    from chaos.stage import utc_now
    from qafila.dispatch import actions

    actions.start_batch(batch_id=batch_id, business_id=shop.business.pk, now=utc_now())


def _death(doomed: Any, shop: Shop, batch_id: int) -> bool:
    """True once the process has died (or stands still) at its point; False when the contract ended without passing it often enough."""

    def over() -> str | None:
        if doomed.poll() is not None or psutil.Process(doomed.pid).status() == psutil.STATUS_STOPPED:
            return "died"
        counts = shop.counts(batch_id)
        done = shop.at_rest(batch_id) and counts.read + counts.failed >= 0.3 * counts.total
        return "ended" if done else None

    return bool(wait_for("the death", over, every=0.02) == "died")


ELSEWHERE = {"webhook_stored", "import_chunk", "planned_start"}
"""Points of the web process, of imports and of planned starts: proved in ``tests/intake`` and ``tests/campaigns``."""
POINTS = tuple(name for name in NAMES if name not in ELSEWHERE)
