"""A worker stopped past its lease and continued; PostgreSQL crashed and restarted (promise 3)."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from typing import Any

from chaos.house import Books, Shop
from chaos.kill_workers import settle
from chaos.stage import Stage, wait_for

LEASE_SECONDS = 15.0


def stopped_past_its_lease(stage: Stage, shop: Shop, *, seed: int, messages: int = 6000) -> dict[str, Any]:
    """One of two workers is frozen in mid-contract until its lease is over and its lane is taken, then thawed."""
    rng = random.Random(seed)
    workers = [stage.worker(n) for n in range(2)]
    batch_id = shop.contract(messages)
    _progress(shop, batch_id, rng.uniform(0.05, 0.4) * messages)
    frozen = workers[_owner_place(workers)]
    os.killpg(frozen.pid, signal.SIGSTOP)
    since = time.monotonic()
    wait_for("the other worker to go on", lambda: shop.at_rest(batch_id), seconds=120)
    time.sleep(max(0.0, LEASE_SECONDS + 1.0 - (time.monotonic() - since)))
    os.killpg(frozen.pid, signal.SIGCONT)
    return _end(stage, shop, batch_id, workers, seed=seed, frozen_seconds=round(time.monotonic() - since, 1))


def postgres_crashed(stage: Stage, shop: Shop, *, seed: int, messages: int = 6000) -> dict[str, Any]:
    """PostgreSQL is shut down in immediate mode (no checkpoint, connections cut) in mid-contract, and started again."""
    rng = random.Random(seed)
    workers = [stage.worker(n) for n in range(2)]
    batch_id = shop.contract(messages)
    _progress(shop, batch_id, rng.uniform(0.05, 0.7) * messages)
    before = shop.counts(batch_id)
    down = time.monotonic()
    os.kill(stage.postgres.pid, signal.SIGQUIT)
    wait_for("PostgreSQL to be down", lambda: not stage.postgres.alive())
    time.sleep(rng.uniform(0.0, 2.0))
    with contextlib.suppress(Exception):
        stage.postgres.stop()
    stage.postgres.start()
    up = time.monotonic()
    _forget_connection()
    wait_for("sending again", lambda: _later(shop, batch_id, before), every=0.05)
    again = time.monotonic()
    wait_for("the end of the contract", lambda: shop.at_rest(batch_id))
    times = {"down_seconds": round(up - down, 2), "sending_again_after_seconds": round(again - up, 2)}
    return _end(stage, shop, batch_id, workers, seed=seed, **times)


def _later(shop: Shop, batch_id: int, before: Any) -> bool:
    counts = shop.counts(batch_id)
    return bool(counts.queued < before.queued - 200 or shop.at_rest(batch_id))


def _forget_connection() -> None:
    from django.db import connection

    connection.close()


def _progress(shop: Shop, batch_id: int, sent: float) -> None:
    wait_for(
        "progress", lambda: shop.counts(batch_id).total - shop.counts(batch_id).queued >= sent, every=0.01
    )


def _owner_place(workers: list[Any]) -> int:
    """Which of the workers runs the lane."""
    from qafila.dispatch.models import Lane, Worker

    def owner() -> int | None:
        owner_id = Lane.objects.exclude(owner_id=None).values_list("owner_id", flat=True).first()
        return Worker.objects.filter(pk=owner_id).values_list("pid", flat=True).first()

    pid = wait_for("an owner", owner)
    return [w.pid for w in workers].index(pid)


def _end(stage: Stage, shop: Shop, batch_id: int, workers: list[Any], **more: Any) -> dict[str, Any]:
    wait_for("the end of the contract", lambda: shop.at_rest(batch_id))
    at_once = shop.counts(batch_id).uncertain
    settle(shop, batch_id, seconds=30.0, calm=3.0)
    # A thawed worker puts back what it surely had not begun: that goes out now, and not before a lane hears of it.
    begun = time.monotonic()
    wait_for("the end of what was put back", lambda: shop.at_rest(batch_id))
    more["at_rest_again_after_seconds"] = round(time.monotonic() - begun, 1)
    settle(shop, batch_id)
    for worker in workers:
        stage.end(worker)
    books: Books = shop.compare(batch_id, shop.sandbox_attempts())
    books.uncertain_at_once = at_once
    return {**more, **books.as_dict(), "good": books.good}
