"""Signed webhooks of receipts, one receipt each, stored before the answer: a second's worth of them, and five minutes of them.

- stored: our web process beside a plain Django view on the same server, table and database, in turns; medians;
- sustained: messages a second with three receipts each, while one worker handles them: is it kept up with, and how far
  behind is it when the last one has come? ``bench.webhook_verdicts`` decides. CPU seconds of the sender, of the web process and of
  the worker stand beside it, so that one sees whose limit it is.

Sender, web process, PostgreSQL and worker share the machine's cores.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from bench import webhook_verdicts
from bench.parts import ROOT, database, end, median, now, spawn, steal_seconds, wait_for

SECRET = "bench-app-secret"
OURS = ("qafila.project.asgi:application", "--http", "qafila.intake.connection:GuardedProtocol")
PLAIN = ("bench.plain_view:application",)
TURNS = 3
SECONDS = 5.0
SUSTAINED_SECONDS = 300.0
MESSAGES_PER_SECOND = 1_000.0
CONNECTIONS = 256


def run(folder: Path) -> dict[str, Any]:
    """Both; ``BENCH_SECONDS`` shortens the sustained part (300)."""
    seconds = float(os.environ.get("BENCH_SECONDS", SUSTAINED_SECONDS))
    stolen = steal_seconds()
    with database(folder):
        bench = Bench(folder)
        stored = bench.stored()
        sustained = bench.sustained(seconds, MESSAGES_PER_SECOND)
    return {
        "aim_of_django_view": 5,
        "aim_per_second": 3_000,
        "stored": stored,
        "sustained": sustained,
        "steal_seconds": round(steal_seconds() - stolen, 1),
    }


class Web(NamedTuple):
    """A web process that listens."""

    port: int
    process: psutil.Process


class Bench:
    """One business with one number on a provider that only sends webhooks."""

    def __init__(self, folder: Path) -> None:
        from qafila.businesses import actions as businesses
        from qafila.businesses.actor import system_actor
        from qafila.senders import actions as senders

        self.folder = folder
        self.business = businesses.create_business(name="Bench", default_country="EG", now=now())
        actor = system_actor(self.business)
        self.account = senders.create_provider_account(
            business=self.business,
            kind="cloud_api",
            name="Sender of webhooks",
            base_url="http://127.0.0.1:9/v23.0",
            ref="1",
            token="bench",
            app_secret=SECRET,
            verify_token="bench",
            allow_private_network=True,
            actor=actor,
            now=now(),
        )
        self.sender = senders.create_sender(
            business=self.business,
            name="Bench",
            phone="+201200000001",
            provider_account=self.account,
            ref="1",
            actor=actor,
            now=now(),
        )

    def stored(self) -> dict[str, Any]:
        """Webhooks a second of both, in turns; the table is emptied between them."""
        figures: dict[str, list[dict[str, Any]]] = {"ours": [], "django_view": []}
        for _ in range(TURNS):
            for name, application in (("ours", OURS), ("django_view", PLAIN)):
                with self._web(*application) as web:
                    self._send(web.port, seconds=0.5)
                    before, worked = self._count(), _cpu(web.process)
                    said = self._send(web.port, seconds=SECONDS)
                    said["rows"] = self._count() - before
                    said["web_cpu_seconds"] = _cpu(web.process) - worked
                if said["refused"] or said["rows"] != said["answered"]:
                    raise SystemExit(f"{name}: {said}")
                figures[name].append(said)
                self._empty()
        rates = {name: median([one["per_second"] for one in turns]) for name, turns in figures.items()}
        return {
            "seconds_a_turn": SECONDS,
            "connections": 64,
            **{
                name: {
                    "per_second": [one["per_second"] for one in turns],
                    "p50_ms": median([one["p50_ms"] for one in turns]),
                    "p99_ms": median([one["p99_ms"] for one in turns]),
                    "web_cpu_us_each": _each(turns, "web_cpu_seconds"),
                    "sender_cpu_us_each": _each(turns, "sender_cpu_seconds"),
                }
                for name, turns in figures.items()
            },
            "ours_of_django_view": round(rates["ours"] / rates["django_view"], 1),
        }

    def sustained(self, seconds: float, messages_per_second: float) -> dict[str, Any]:
        """Three receipts for each message at their moments; then how long the worker needs for what is left."""
        count = round(seconds * messages_per_second)
        keys = self._messages(count)
        with self._web(*OURS) as web:
            worker = spawn("-m", "qafila.worker.main", log=self.folder / "bench-worker.log")
            try:
                wait_for("the worker", self._worker_lives)
                watched = {"web": web.process, "worker": psutil.Process(worker.pid)}
                before = {name: _cpu(process) for name, process in watched.items()}
                busy = _busy()
                options = self._options(
                    web.port, rate=3 * messages_per_second, messages=count, keys=str(keys)
                )
                options["connections"] = CONNECTIONS
                child = subprocess.Popen(_sender(options), cwd=ROOT, stdout=subprocess.PIPE, text=True)
                backlog: list[int] = []
                while child.poll() is None:
                    backlog.append(self._unhandled())
                    time.sleep(1.0)
                over = time.perf_counter()
                at_end = self._unhandled()
                wait_for("the worker to be done", lambda: not self._unhandled(), every=0.05)
                lag = time.perf_counter() - over
                worked = {name: round(_cpu(process) - before[name], 2) for name, process in watched.items()}
                worked["whole machine"] = round(_busy() - busy, 2)
                said = json.loads(child.stdout.read() if child.stdout else "{}")
            finally:
                end(worker)
        half = len(backlog) // 2
        figures = {
            "messages_per_second": round(messages_per_second, 1),
            "messages": count,
            "connections": CONNECTIONS,
            "webhooks": said,
            "cpu_seconds": {"sender": said["sender_cpu_seconds"], **worked},
            "most_waiting_first_half": max(backlog[:half], default=0),
            "most_waiting_second_half": max(backlog[half:], default=0),
            "waiting_at_the_end": at_end,
            "end_lag_seconds": round(lag, 2),
            "read_in_the_books": self._read(),
        }
        found = webhook_verdicts.shortcomings(figures)
        return {**figures, "kept_up": not found, "not_kept_up": found}

    @contextlib.contextmanager
    def _web(self, *application: str) -> Iterator[Web]:
        from qafila.kit.processes.ports import next_free

        port = next_free("127.0.0.1", 20_000 + os.getpid() % 12_000, 200) or 0
        argv = ("-m", "uvicorn", *application, "--lifespan", "off", "--port", str(port), "--no-access-log")
        web = spawn(*argv, log=self.folder / "bench-web.log")
        try:
            wait_for("the web process", lambda: _listens(port) or web.poll() is not None)
            if web.poll() is not None:
                raise SystemExit((self.folder / "bench-web.log").read_text()[-2000:])
            yield Web(port, psutil.Process(web.pid))
        finally:
            end(web)

    def _options(self, port: int, **more: Any) -> dict[str, Any]:
        path = f"/webhooks/{self.account.public_id}"
        return {"port": port, "path": path, "secret": SECRET, "number": self.sender.ref, **more}

    def _send(self, port: int, **more: Any) -> dict[str, Any]:
        out = subprocess.run(
            _sender(self._options(port, **more)), cwd=ROOT, capture_output=True, text=True, check=True
        )
        said: dict[str, Any] = json.loads(out.stdout)
        return said

    def _messages(self, count: int) -> Path:
        """So many accepted messages in the books, as a lane leaves them; the file of their attempt ids."""
        from qafila.contacts.actions import ensure_phones
        from qafila.ledger import actions as ledger
        from qafila.ledger import attempt_ids
        from qafila.ledger.models import Installation
        from qafila.ledger.states import Target

        batch = ledger.create_batch(
            business_id=self.business.pk,
            target=(Target.SENDER, self.sender.pk),
            content={"kind": "text"},
            now=now(),
        )
        numbers = [f"2010{n:08d}" for n in range(count)]
        known: dict[str, int] = {}
        for begin in range(0, count, 10_000):
            known |= ensure_phones(
                business_id=self.business.pk, numbers=numbers[begin : begin + 10_000], names=None, now=now()
            )
        rows = (
            ledger.NewMessage(n, known[number], number, None, "Your order is ready.")
            for n, number in enumerate(numbers, 1)
        )
        ledger.add_messages(batch=batch, rows=rows, now=now())
        given = {"batch": batch.pk, "sender": self.sender.pk, "now": now()}
        self._sql(
            "UPDATE ledger_message SET state = 4, due_at = NULL, sender_id = %(sender)s, attempt = 1, tries = 1,"
            " claimed_at = %(now)s, sent_at = %(now)s, provider_id = 'wamid.bench.' || row_number - 1"
            " WHERE batch_id = %(batch)s",
            given,
        )
        self._sql(
            "INSERT INTO ledger_attempt (message_id, number, sender_id, worker_id, epoch, began_at, outcome)"
            " SELECT id, 1, %(sender)s, 1, 1, %(now)s, 'accepted' FROM ledger_message WHERE batch_id = %(batch)s",
            given,
        )
        self._sql(
            "INSERT INTO ledger_batchsender (batch_id, sender_id, sent) SELECT %(batch)s, %(sender)s, count(*)"
            " FROM ledger_message WHERE batch_id = %(batch)s",
            given,
        )
        self._sql("VACUUM ANALYZE ledger_message", {})
        self._sql("VACUUM ANALYZE contacts_contact", {})
        key = Installation.objects.get(pk=1).key
        found = self._sql(
            "SELECT id FROM ledger_message WHERE batch_id = %(batch)s ORDER BY row_number", given
        )
        file = self.folder / "keys.txt"
        file.write_text("\n".join(attempt_ids.make(key, row[0], 1) for row in found))
        return file

    def _sql(self, sql: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(sql, given or None)
            return list(cursor.fetchall()) if cursor.description else []

    def _count(self) -> int:
        return int(self._sql("SELECT count(*) FROM receiving_rawwebhook", {})[0][0])

    def _unhandled(self) -> int:
        return int(self._sql("SELECT count(*) FROM receiving_rawwebhook WHERE handled_at IS NULL", {})[0][0])

    def _read(self) -> int:
        return int(self._sql("SELECT coalesce(sum(read), 0) FROM ledger_batchsender", {})[0][0])

    def _empty(self) -> None:
        self._sql("TRUNCATE receiving_rawwebhook", {})

    @staticmethod
    def _worker_lives() -> bool:
        from qafila.dispatch.models import Worker

        return Worker.objects.filter(ended_at=None).exists()


def _sender(options: dict[str, Any]) -> list[str]:
    return [sys.executable, "-m", "bench.webhook_sender", json.dumps(options)]


def _cpu(process: psutil.Process) -> float:
    """CPU seconds that it used so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _busy() -> float:
    """CPU seconds that this machine's processes used since boot: PostgreSQL is in what is left of them."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)


def _each(turns: list[dict[str, Any]], name: str) -> float:
    """Microseconds of CPU for a webhook, the median of the turns."""
    return round(median([1e6 * one[name] / max(1, one["answered"]) for one in turns]), 1)


def _listens(port: int) -> bool:
    import socket

    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
