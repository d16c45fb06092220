"""Promise 1: workers are killed at random times in mid-contract; nothing is lost, nothing is sent twice."""

from __future__ import annotations

import random
import time
from typing import Any

from chaos.house import Shop
from chaos.stage import Stage, wait_for

MESSAGES = 10_000
WORKERS = 4


class Crew:
    """The workers of all runs: who is killed is replaced at once, the others live on from run to run."""

    def __init__(self, stage: Stage, workers: int = WORKERS) -> None:
        self._stage = stage
        self.running = [stage.worker(n) for n in range(workers)]

    def kill(self, place: int) -> None:
        """``kill -9`` for one of them, and a new one in its place."""
        self._stage.end(self.running[place])
        self.running[place] = self._stage.worker(place)

    def end(self) -> None:
        """All of them."""
        for worker in self.running:
            self._stage.end(worker)


def one_run(stage: Stage, shop: Shop, crew: Crew, *, seed: int, messages: int = MESSAGES) -> dict[str, Any]:
    """One contract with random kills; returns the counts for the results file.

    Most kills hit the worker that has the lane; some hit one at random.
    """
    rng = random.Random(seed)
    batch_id = shop.contract(messages)
    kills = 0
    planned = sorted(rng.uniform(0.02, 0.95) for _ in range(rng.randint(2, 5)))
    for share in planned:
        wait_for(
            "progress",
            lambda share=share: (
                (messages - shop.counts(batch_id).queued) >= share * messages or shop.at_rest(batch_id)
            ),
            every=0.01,
        )
        time.sleep(rng.uniform(0, 0.05))  # so that the kill does not follow the poll
        place = rng.randrange(len(crew.running))
        if rng.random() < 0.8:
            pids = [worker.pid for worker in crew.running]
            owner = shop.owner_pid()
            place = pids.index(owner) if owner in pids else place
        if not shop.at_rest(batch_id):
            crew.kill(place)
            kills += 1
    wait_for("the end of the contract", lambda: shop.at_rest(batch_id))
    at_once = shop.counts(batch_id).uncertain
    settle(shop, batch_id)
    books = shop.compare(batch_id, shop.sandbox_attempts())
    books.uncertain_at_once = at_once
    return {"seed": seed, "kills": kills, "workers": len(crew.running), **books.as_dict(), "good": books.good}


def settle(shop: Shop, batch_id: int, *, seconds: float = 20.0, calm: float = 1.5) -> None:
    """Waits until receipts have stopped changing the books (they settle uncertain messages)."""
    last, since = None, time.monotonic()
    deadline = since + seconds
    while time.monotonic() < deadline:
        now = shop.counts(batch_id)
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > calm:
            return
        time.sleep(0.1)
