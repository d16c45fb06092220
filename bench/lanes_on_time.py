"""5,000 phone-linked numbers in one worker, each at a person's pace: how punctual are they, and what does it weigh?"""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from bench.parts import database, end, now, spawn, steal_seconds, wait_for

LANES = 5000
MESSAGES_EACH = 12
WARM_UP_SECONDS = 90.0
MEASURED_SECONDS = 180.0


def run(
    folder: Path, *, lanes: int = LANES, warm_up: float = WARM_UP_SECONDS, measured: float = MEASURED_SECONDS
) -> dict[str, Any]:
    """Every lane begins at the same moment, which no real installation does: the first minute and a half is told apart."""
    with database(folder) as dsn:
        _numbers_with_work(lanes)
        lags_file = folder / "lags.jsonl"
        child = spawn("-m", "bench.lanes_worker", str(lags_file), log=folder / "lanes.log")
        process = psutil.Process(child.pid)
        try:
            wait_for("the first send", lambda: lags_file.exists() and lags_file.stat().st_size > 0)
            begin, stolen = time.time(), steal_seconds()
            memory = []
            while time.time() < begin + warm_up + measured:
                time.sleep(5)
                memory.append(process.memory_info().rss / 2**20)
        finally:
            end(child)
        rows = [json.loads(line) for line in lags_file.read_text().splitlines()]
    early = sorted(lag for at, _, lag in rows if at < begin + warm_up)
    steady = sorted(lag for at, _, lag in rows if at >= begin + warm_up)
    del dsn
    return {
        "lanes": lanes,
        "sends_a_second": round(len(steady) / measured, 1),
        "within_250_ms": _share(steady),
        "p50_ms": _at(steady, 0.5),
        "p99_ms": _at(steady, 0.99),
        "while_all_begin_at_once": {
            "sends": len(early),
            "within_250_ms": _share(early),
            "p99_ms": _at(early, 0.99),
        },
        "memory_mib": {"most": round(max(memory)), "last": round(memory[-1])},
        "aim": {"within_250_ms": 0.99, "memory_mib": 300},
        "steal_seconds": round(steal_seconds() - stolen, 1),
    }


def _numbers_with_work(lanes: int) -> None:
    """Senders of the provider in memory, in use since a year, each with a contract of its own that flows."""
    from qafila.businesses import actions as businesses
    from qafila.businesses.actor import system_actor
    from qafila.contacts.actions import ensure_phones
    from qafila.dispatch.actions import wake_senders
    from qafila.ledger import actions as ledger
    from qafila.ledger.models import Batch
    from qafila.ledger.states import BatchState, Target
    from qafila.senders.actions import create_provider_account
    from qafila.senders.models import Sender

    at = now()
    business = businesses.create_business(name="Bench", default_country="EG", now=at)
    account = create_provider_account(
        business=business,
        kind="memory",
        name="Phones",
        base_url="http://127.0.0.1:9",
        ref="",
        token="bench",
        app_secret="",
        verify_token="",
        actor=system_actor(business),
        now=at,
    )
    senders = Sender.objects.bulk_create(
        Sender(
            business=business,
            provider_account=account,
            name=f"Phone {n}",
            phone=f"+2012{n:08d}",
            ref=str(n),
            state="ready",
            in_use_since=at - timedelta(days=365),
            created_at=at,
        )
        for n in range(lanes)
    )
    numbers = [f"2010{n:08d}" for n in range(MESSAGES_EACH)]
    known = ensure_phones(business_id=business.pk, numbers=numbers, names=None, now=at)
    rows = [
        ledger.NewMessage(n + 1, known[number], number, None, "Your order is ready, come when it suits you.")
        for n, number in enumerate(numbers)
    ]
    for sender in senders:
        batch = ledger.create_batch(
            business_id=business.pk, target=(Target.SENDER, sender.pk), content={"kind": "text"}, now=at
        )
        ledger.add_messages(batch=batch, rows=rows, now=at)
    Batch.objects.update(state=BatchState.FLOWING, started_at=at)
    wake_senders([sender.pk for sender in senders], now=at)


def _share(lags: list[float]) -> float:
    return round(sum(lag <= 0.25 for lag in lags) / len(lags), 4) if lags else 0.0


def _at(lags: list[float], share: float) -> float:
    return round(lags[min(len(lags) - 1, int(share * len(lags)))] * 1000, 1) if lags else 0.0
