"""A contract of 20,000, from its start to all rows `sent` in PostgreSQL, beside two references in the same run:

- bare: the same HTTP client with no database, same requests, same responder, same number in the air;
- job-per-message: Procrastinate on the same PostgreSQL, one job a message that makes the same call and writes one row.

Runs are interleaved and repeated; medians are compared. The responder's own limit is told from its CPU time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from bench.parts import ROOT, database, end, median, now, responder, spawn, steal_seconds, wait_for

IN_THE_AIR = 192
REFERENCE_JOBS = 1500


def run(folder: Path, *, count: int = 20_000, repeats: int = 3) -> dict[str, Any]:
    """The whole table; takes a few minutes."""
    with database(folder):
        bench = Bench(folder)
        table = []
        for latency in (0.0, 20.0):
            bare: list[float] = []
            limits: list[float] = []
            ours: dict[int, list[float]] = {1: [], 2: []}
            stolen = steal_seconds()
            for _ in range(repeats):
                rate, limit = bench.bare(count, latency)
                bare.append(rate)
                limits.append(limit)
                for workers in ours:
                    ours[workers].append(bench.contract(count, latency, workers))
            reference = bench.procrastinate(REFERENCE_JOBS, latency)
            table.append(
                {
                    "latency_ms": latency,
                    "bare_per_second": [round(x) for x in bare],
                    "responder_limit_per_second": round(median(limits)),
                    "responder_is_fast_enough": median(limits) >= 2 * median(bare),
                    "one_worker_per_second": [round(x) for x in ours[1]],
                    "two_workers_per_second": [round(x) for x in ours[2]],
                    "job_per_message_per_second": round(reference),
                    "one_worker_of_bare": round(median(ours[1]) / median(bare), 3),
                    "two_workers_of_bare": round(median(ours[2]) / median(bare), 3),
                    "one_worker_of_job_per_message": round(median(ours[1]) / reference, 1),
                    "steal_seconds": round(steal_seconds() - stolen, 1),
                }
            )
        return {
            "count": count,
            "in_the_air": IN_THE_AIR,
            "aim_of_bare": 0.6,
            "aim_of_reference": 10,
            "table": table,
        }


class Bench:
    """One business on the bench's database."""

    def __init__(self, folder: Path) -> None:
        from qafila.businesses import actions as businesses
        from qafila.businesses.actor import system_actor

        self.folder = folder
        self.business = businesses.create_business(name="Bench", default_country="EG", now=now())
        self.actor = system_actor(self.business)
        self.made = 0

    def bare(self, count: int, latency: float) -> tuple[float, float]:
        """Messages a second of the bare client, and the responder's own limit by its CPU time."""
        with responder(self.folder, latency) as (process, base):
            before = _cpu(process)
            in_the_air = str(IN_THE_AIR)
            out = subprocess.run(
                [sys.executable, "-m", "bench.bare_client", base, str(count), in_the_air],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=True,
            )
            return count / float(out.stdout), count / max(_cpu(process) - before, 1e-9)

    def contract(self, count: int, latency: float, workers: int) -> float:
        """Messages a second of the engine: workers are up and idle, then the contract starts."""
        from qafila.dispatch import actions as dispatch
        from qafila.ledger import queries

        with responder(self.folder, latency) as (_, base):
            batch_ids = [self._batch(count // workers, base) for _ in range(workers)]
            children = [
                spawn("-m", "qafila.worker.main", log=self.folder / f"bench-worker{n}.log")
                for n in range(workers)
            ]
            try:
                wait_for("the workers", lambda: _workers() == workers)
                begin = time.perf_counter()
                for batch_id in batch_ids:
                    dispatch.start_batch(batch_id=batch_id, business_id=self.business.pk, now=now())
                wait_for(
                    "all rows sent",
                    lambda: sum(queries.counts(b).success for b in batch_ids) == count // workers * workers,
                )
                return count / (time.perf_counter() - begin)
            finally:
                for child in children:
                    end(child)

    def _batch(self, count: int, base: str) -> int:
        """A contract of its own sender (several workers share work by senders), with contacts, not started."""
        from qafila.contacts import actions as contacts
        from qafila.ledger import actions as ledger
        from qafila.ledger.states import Target
        from qafila.senders import actions as senders

        self.made += 1
        account = senders.create_provider_account(
            business=self.business,
            kind="cloud_api",
            name=f"Responder {self.made}",
            base_url=f"{base}/v23.0",
            ref="1",
            token="bench",
            app_secret="bench-app-secret",
            verify_token="bench",
            allow_private_network=True,
            actor=self.actor,
            now=now(),
        )
        sender = senders.create_sender(
            business=self.business,
            name=f"Bench {self.made}",
            phone=f"+2012{self.made:08d}",
            provider_account=account,
            ref="1",
            throughput=1_000_000,
            actor=self.actor,
            now=now(),
        )
        numbers = [f"2011{self.made % 100:02d}{n:06d}" for n in range(count)]
        known: dict[str, int] = {}
        for begin in range(0, count, 10_000):
            known |= contacts.ensure_phones(
                business_id=self.business.pk, numbers=numbers[begin : begin + 10_000], names=None, now=now()
            )
        content = {"kind": "template", "name": "qafila_message", "language": "en", "variable": None}
        batch = ledger.create_batch(
            business_id=self.business.pk, target=(Target.SENDER, sender.pk), content=content, now=now()
        )
        rows = (
            ledger.NewMessage(n, known[number], number, None, f"Your order {n} is ready.")
            for n, number in enumerate(numbers, 1)
        )
        ledger.add_messages(batch=batch, rows=rows, now=now())
        return batch.pk

    def procrastinate(self, count: int, latency: float) -> float:
        """Jobs a second of the job-per-message reference."""
        with responder(self.folder, latency) as (_, base):
            out = subprocess.run(
                [sys.executable, "-m", "bench.job_per_message", base, str(count), str(IN_THE_AIR)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=True,
            )
            return count / float(out.stdout.strip().splitlines()[-1])


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _workers() -> int:
    from qafila.dispatch.models import Worker

    return Worker.objects.filter(ended_at=None).count()
