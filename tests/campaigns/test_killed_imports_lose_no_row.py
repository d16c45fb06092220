"""Promise 50: kill -9 at random moments of an import; in the end the books have exactly the rows of the file, each once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chaos import kill_imports
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign
from qafila.senders.models import Sender

pytestmark = [pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).parents[2]


@dataclass
class Shop:
    business: Business
    actor: Actor
    sender: Sender


@pytest.fixture
def spawn(dsn: str) -> Iterator[Any]:
    """Starts the process that reads a file, 100 rows a transaction."""
    from django.conf import settings

    running: list[subprocess.Popen[bytes]] = []

    def start(campaign_id: int) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "DATABASE_URL": dsn,
            "QAFILA_DATA": str(settings.DATA),
            "DJANGO_SETTINGS_MODULE": "qafila.project.settings",
        }
        command = [sys.executable, "-m", "chaos.import_process", str(campaign_id), "100"]
        running.append(subprocess.Popen(command, env=environment, cwd=ROOT))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_every_row_is_there_once(
    kills: int, spawn: Any, business: Business, owner_actor: Actor, phone_linked_sender: Sender
) -> None:
    rng = random.Random(50)
    content, expected = kill_imports.workbook(kills * 1_500, rng)
    campaign_id = kill_imports.started(Shop(business, owner_actor, phone_linked_sender), content)
    killed = 0
    while killed < kills and not kill_imports.is_finished(campaign_id):
        process = spawn(campaign_id)
        kill_imports.kill_after_progress(process, campaign_id, rng)
        killed += process.returncode < 0
    assert killed > 0
    while not kill_imports.is_finished(campaign_id):
        assert spawn(campaign_id).wait(timeout=300) == 0
    found = kill_imports.compared(campaign_id, expected)
    assert found == {"total": len(expected), "lost": 0, "duplicated": 0, "unbalanced": 0}
    assert Campaign.objects.get(pk=campaign_id).import_rows == len(expected)
