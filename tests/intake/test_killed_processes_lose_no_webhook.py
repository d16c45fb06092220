"""Promise 17: a web process killed under load, a worker killed at each of its crash points: nothing answered is missing."""

from __future__ import annotations

import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime

import orjson
import pytest
from django.db import connection

from qafila.ledger.models import Message
from qafila.providers.signatures import sign
from qafila.receiving.models import RawWebhook
from qafila.senders.models import ProviderAccount, Sender
from tests.intake.server import free_port, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.chaos]

RECEIVE = """
import asyncio, sys, django
django.setup()
from psycopg_pool import AsyncConnectionPool
from qafila.kit.clock import SystemClock
from qafila.receiving.processor import Receiver

async def work():
    async with AsyncConnectionPool(sys.argv[1], min_size=1, open=False, kwargs={"autocommit": True}) as pool:
        receiver = Receiver(pool, SystemClock(), most_webhooks=5)
        while await receiver.process_batch():
            pass

asyncio.run(work())
"""


@pytest.fixture
def environment(dsn: str) -> dict[str, str]:
    """For processes of the house on the test database."""
    return {**os.environ, "DATABASE_URL": dsn}


def said(sender: Sender, place: int, at: datetime) -> bytes:
    message = {"from": "201000000100", "id": f"wamid.{place}", "timestamp": str(int(at.timestamp()))}
    value = {
        "metadata": {"phone_number_id": sender.ref},
        "messages": [{**message, "type": "text", "text": {"body": "STOP"}}],
    }
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})


def test_a_killed_web_process_has_stored_what_it_answered(
    provider_account: ProviderAccount, environment: dict[str, str]
) -> None:
    answered: set[bytes] = set()
    for round_ in range(3):
        port = free_port()
        arguments = ["uvicorn", "qafila.project.asgi:application", "--port", str(port), "--lifespan", "off"]
        web = subprocess.Popen(
            [sys.executable, "-m", *arguments, "--log-level", "error"],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(port)
            posting = [
                threading.Thread(target=post, args=(port, provider_account, f"{round_}.{n}", answered))
                for n in range(8)
            ]
            for thread in posting:
                thread.start()
            before = len(answered)
            while len(answered) < before + random.randint(50, 200):
                time.sleep(0.001)
        finally:
            web.send_signal(signal.SIGKILL)
            web.wait()
        for thread in posting:
            thread.join()
    stored = {bytes(row.body) for row in RawWebhook.objects.all()}
    assert len(answered) >= 150
    assert answered <= stored


@pytest.mark.parametrize("point", ["before_receipts", "receipts_applied"])
def test_a_killed_worker_leaves_nothing_out_and_does_nothing_twice(
    sender: Sender, dsn: str, environment: dict[str, str], now: datetime, point: str
) -> None:
    for place in range(30):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO receiving_rawwebhook (received_at, provider_account_id, business_id, body)"
                " VALUES (%s, %s, %s, %s)",
                (now, sender.provider_account_id, sender.business_id, said(sender, place, now)),
            )

    def run(where: str) -> int:
        own = {**environment, "QAFILA_FAILPOINT": where}
        return subprocess.run([sys.executable, "-c", RECEIVE, dsn], env=own, check=False).returncode

    assert run(f"{point}:1") == -signal.SIGKILL
    assert run(f"{point}:2") == -signal.SIGKILL
    assert run("") == 0
    assert Message.objects.count() == 30
    assert not RawWebhook.objects.filter(handled_at=None).exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(jsonb_array_length(data -> 'message_ids')) FROM events_event WHERE kind = 'message.received'"
        )
        assert cursor.fetchone() == (30,)
        cursor.execute("SELECT count(*) FROM contacts_optout")
        assert cursor.fetchone() == (1,)


def post(port: int, account: ProviderAccount, name: str, answered: set[bytes]) -> None:
    """Webhook after webhook until the process is gone; notes what was answered with 200."""
    talk = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for place in range(100_000):
        body = f'{{"n": "{name}.{place}"}}'.encode()
        try:
            headers = {"X-Hub-Signature-256": sign(body, "test-app-secret")}
            talk.request("POST", f"/webhooks/{account.public_id}", body, headers)
            reply = talk.getresponse()
            reply.read()
        except (OSError, http.client.HTTPException):
            return
        if reply.status == 200:
            answered.add(body)
