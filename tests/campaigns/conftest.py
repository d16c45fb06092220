"""Files to import, workers that can be killed, and databases of former systems."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import django
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

django.setup()  # this file is read before pytest-django does it, and names models

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.campaigns import actions, incoming
from qafila.campaigns.importing import Import
from qafila.campaigns.models import Campaign
from qafila.senders.models import Sender

WORKER = """
import asyncio, os
import django
django.setup()
from procrastinate.contrib.django import app

async def work() -> None:
    worker = app.with_connector(app.connector.get_worker_connector())
    async with worker.open_async():
        await worker.run_worker_async(
            wait=os.environ.get("WAIT") == "1", concurrency=1, fetch_job_polling_interval=0.2, listen_notify=False,
        )

asyncio.run(work())
"""


@pytest.fixture
def uploaded(business: Business, owner_actor: Actor, phone_linked_sender: Sender) -> Callable[..., Campaign]:
    """A contract from a file's content, not read yet."""

    def upload(content: str | bytes, *, sender: Sender | None = None, **given: Any) -> Campaign:
        raw = content.encode() if isinstance(content, str) else content
        return actions.create_contract_from_file(
            business=business,
            sender=sender or phone_linked_sender,
            name="File",
            file=incoming.store(iter([raw])),
            actor=owner_actor,
            now=datetime.now(UTC),
            **given,
        )

    return upload


@pytest.fixture
def read_in() -> Callable[[Campaign], Campaign]:
    """Reads the file of a contract as the job does, here."""

    def read(campaign: Campaign) -> Campaign:
        with Import(campaign.pk) as run:
            if run.begin(now=datetime.now(UTC)):
                while run.step(now=datetime.now(UTC)):
                    pass
        campaign.refresh_from_db()
        return campaign

    return read


@pytest.fixture
def worker_process(dsn: str) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a process that runs background jobs of the test's database: ``worker_process(failpoint="import_chunk:3")``."""
    from django.conf import settings

    running: list[subprocess.Popen[bytes]] = []

    def start(*, failpoint: str = "", wait: bool = False) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "DATABASE_URL": dsn,
            "QAFILA_DATA": str(settings.DATA),
            "QAFILA_FAILPOINT": failpoint,
            "DJANGO_SETTINGS_MODULE": "qafila.project.settings",
            "WAIT": "1" if wait else "0",
        }
        process = subprocess.Popen([sys.executable, "-c", WORKER], env=environment)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def source(dsn: str) -> Iterator[Any]:
    """Another database on the same server: a callable that runs SQL there, with its address at ``.dsn``."""
    name = f"old_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        address = make_conninfo(dsn, dbname=name)

        def run(statements: str) -> None:
            with psycopg.connect(address, autocommit=True) as there:
                there.execute(statements)  # type: ignore[call-overload]

        run.dsn = address  # type: ignore[attr-defined]
        yield run
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
