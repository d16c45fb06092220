"""Large files, measured: rows a second, flat memory."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from typing import Any

import pytest

from qafila.campaigns.models import Campaign

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_memory_is_flat_and_every_row_arrives(
    uploaded: Callable[..., Campaign], read_in: Callable[[Campaign], Campaign], record_property: Any
) -> None:
    count = int(os.environ.get("IMPORT_ROWS", "200000"))
    file = b"phone,message\n" + b"".join(b"7999%07d,Hello number %d\n" % (n, n) for n in range(count))
    began = time.monotonic()
    campaign = uploaded(file)
    record_property("seconds_to_the_answer", round(time.monotonic() - began, 2))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began, cpu = time.monotonic(), time.process_time()
    read_in(campaign)
    record_property("rows", count)
    record_property("seconds", round(time.monotonic() - began, 2))
    record_property("own_cpu_seconds", round(time.process_time() - cpu, 2))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    record_property("memory_grown_mb", round(grown, 1))
    assert campaign.import_rows == campaign.total_count == count
    assert grown < 60
