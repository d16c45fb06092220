"""100,000 recipients in one body, measured."""

from __future__ import annotations

import resource
import time
from typing import Any

import orjson
import pytest

from qafila.senders.models import Sender

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

COUNT = 100_000


def test_a_hundred_thousand_recipients_in_one_body(
    call: Any, phone_linked_sender: Sender, record_property: Any
) -> None:
    rows = [
        {"phoneNumber": f"7999{n:07d}", "message": f"Здравствуйте, клиент {n}! Ваш заказ готов."}
        for n in range(COUNT)
    ]
    raw = orjson.dumps({"accountId": str(phone_linked_sender.public_id), "name": "Big", "recipients": rows})
    began, cpu = time.monotonic(), time.process_time()
    answer = call("POST", "/api/contracts", raw=raw)
    record_property("seconds", round(time.monotonic() - began, 2))
    record_property("own_cpu_seconds", round(time.process_time() - cpu, 2))
    record_property("megabytes", round(len(raw) / 1e6, 1))
    record_property("peak_rss_mb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    assert answer.status_code == 201, answer.content[:500]
    made = answer.json()
    assert (made["totalCount"], made["accepted"]) == (COUNT, COUNT)
    began = time.monotonic()
    stats = call.get(f"/api/contracts/{made['id']}/stats").json()
    record_property("stats_seconds", round(time.monotonic() - began, 2))
    assert stats["total"] == COUNT
