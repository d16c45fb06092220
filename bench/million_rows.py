"""1,000,000 recipients from a CSV file into the books, beside a bare COPY of the same rows; validation apart."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

import psutil

from bench.parts import database, now, steal_seconds

ROWS = 1_000_000


def run(folder: Path, *, rows: int = ROWS) -> dict[str, Any]:
    """Times in seconds; memory of the importing process in MiB, by tenths of the way."""
    stolen = steal_seconds()
    source = _file(folder / "people.csv", rows)
    with database(folder) as dsn:
        validation = _validation(source)
        bare = _bare_copy(dsn, source)
        seconds, memory = _import(source)
    return {
        "rows": rows,
        "file_mib": round(source.stat().st_size / 2**20, 1),
        "validation_seconds": round(validation, 1),
        "bare_copy_seconds": round(bare, 1),
        "import_seconds": round(seconds, 1),
        "import_of_bare_copy": round(seconds / bare, 1),
        "rows_a_second": round(rows / seconds),
        "memory_mib": [round(m) for m in memory],
        "steal_seconds": round(steal_seconds() - stolen, 1),
    }


def _file(path: Path, rows: int) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["phone", "name", "message"])
        for n in range(rows):
            writer.writerow(
                [f"+2010{n:08d}", f"Person {n}", f"Your order {n} is ready, come when it suits you."]
            )
    return path


def _validation(source: Path) -> float:
    """Reading the file and every number in it, with nothing written."""
    from qafila.kit.phones import normalise
    from qafila.kit.tables import Row, open_csv

    begin = time.perf_counter()
    with open_csv(source) as table:
        place = table.columns["phone"]
        for row in table:
            if isinstance(row, Row):
                normalise(row.values[place], None)
    return time.perf_counter() - begin


def _bare_copy(dsn: str, source: Path) -> float:
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE bench_bare (phone text, name text, message text)")
        begin = time.perf_counter()
        with connection.cursor() as cursor, source.open("rb") as file:
            with cursor.copy("COPY bench_bare FROM STDIN (FORMAT csv, HEADER true)") as copy:
                while block := file.read(1 << 20):
                    copy.write(block)
        seconds = time.perf_counter() - begin
        connection.execute("DROP TABLE bench_bare")
    return seconds


def _import(source: Path) -> tuple[float, list[float]]:
    """The job of an upload, from its first row to the sealed batch: contacts, books, counters, duplicates."""
    from django.core.files.storage import default_storage

    from qafila.businesses import actions as businesses
    from qafila.businesses.actor import system_actor
    from qafila.campaigns.importing import Import
    from qafila.campaigns.models import Campaign, ImportState
    from qafila.ledger import actions as ledger
    from qafila.ledger.states import Target
    from qafila.senders.actions import create_provider_account, create_sender

    business = businesses.create_business(name="Bench", default_country="EG", now=now())
    actor = system_actor(business)
    account = create_provider_account(
        business=business,
        kind="memory",
        name="Memory",
        base_url="http://127.0.0.1:9",
        ref="",
        token="bench",
        app_secret="",
        verify_token="",
        actor=actor,
        now=now(),
    )
    sender = create_sender(
        business=business,
        name="Bench",
        phone="+201200000000",
        provider_account=account,
        ref="1",
        actor=actor,
        now=now(),
    )
    with source.open("rb") as file:
        name = default_storage.save("bench.csv", file)
    batch = ledger.create_batch(
        business_id=business.pk,
        target=(Target.SENDER, sender.pk),
        content={"kind": "text"},
        sealed=False,
        now=now(),
    )
    campaign = Campaign.objects.create(
        public_id="contract_bench",
        business=business,
        kind="contract",
        name="Bench",
        sender=sender,
        batch=batch,
        total_count=ROWS,
        created_at=now(),
        import_state=ImportState.WAITING,
        import_file=name,
    )
    process = psutil.Process()
    memory: list[float] = []
    begin = time.perf_counter()
    with Import(campaign.pk) as reading:
        reading.begin(now=now())
        step = 0
        while reading.step(now=now()):
            step += 1
            if step % 11 == 1:
                memory.append(process.memory_info().rss / 2**20)
    return time.perf_counter() - begin, memory
