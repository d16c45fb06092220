"""Memory of web, worker and sandbox over an hour of steady work: ``python -m bench memory`` (``QAFILA_BENCH_MINUTES=60``).

One number sends 20 messages a second without a pause; their receipts come in; the list of contracts is read each second.
Private memory (what each process would free by ending) is read each minute. The first quarter is warming up; the reference
is the median of the second quarter, beside it stands the last quarter's.
"""

from __future__ import annotations

import os
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench.parts import median

RATE = 20
CONTRACT = 1200
"""Messages of one contract: a minute's."""


def run(folder: Path) -> dict[str, Any]:
    """The table; takes an hour."""
    from chaos.house import Shop
    from chaos.stage import open_stage

    minutes = int(os.environ.get("QAFILA_BENCH_MINUTES", "60"))
    with open_stage(folder, speed=5.0) as stage:
        shop = Shop(stage, throughput=RATE)
        worker = stage.worker()
        assert stage.web is not None and stage.sandbox is not None
        watched = {"web": stage.web.pid, "worker": worker.pid, "sandbox": stage.sandbox.pid}
        seen: dict[str, list[float]] = {name: [] for name in watched}
        accepted: list[int] = []
        batches: list[int] = []
        with _key(shop) as headers:
            for _ in range(minutes):
                batches.append(shop.contract(CONTRACT))
                until = time.monotonic() + 60.0
                while time.monotonic() < until:
                    _read(f"http://127.0.0.1:{stage.web_port}/api/contracts", headers)
                    time.sleep(1.0)
                for name, pid in watched.items():
                    seen[name].append(_private_mib(pid))
                accepted.append(sum(shop.counts(batch).success for batch in batches))
        return {
            "minutes": minutes,
            "messages_sent": accepted[-1],
            "processes": {name: _judged(values) for name, values in seen.items()},
            "sandbox_kib_a_message": round(
                (seen["sandbox"][-1] - seen["sandbox"][minutes // 4])
                * 1024
                / max(1, accepted[-1] - accepted[minutes // 4]),
                2,
            ),
        }


def _judged(values: list[float]) -> dict[str, Any]:
    quarter = max(1, len(values) // 4)
    before, after = median(values[quarter : 2 * quarter]), median(values[-quarter:])
    return {
        "second_quarter_mib": round(before, 1),
        "last_quarter_mib": round(after, 1),
        "growth_percent": round(100 * (after - before) / before, 1) if before else None,
        "most_mib": round(max(values), 1),
    }


def _private_mib(pid: int) -> float:
    """Of a process and its children."""
    parent = psutil.Process(pid)
    return (
        sum(process.memory_full_info().uss for process in (parent, *parent.children(recursive=True))) / 2**20
    )


@contextmanager
def _key(shop: Any) -> Iterator[dict[str, str]]:
    from qafila.businesses import actions
    from qafila.businesses.actor import system_actor
    from qafila.kit.clock import SystemClock

    actor = system_actor(shop.business)
    _, key = actions.create_api_key(
        business=shop.business, name="Bench", actor=actor, now=SystemClock().now()
    )
    yield {"authorization": f"Bearer {key}"}


def _read(url: str, headers: dict[str, str]) -> None:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        answer.read()
