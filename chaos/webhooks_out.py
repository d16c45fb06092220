"""Promises 29 and 31: a customer's receiver fails, hangs, resets and is off for a while, workers are killed, the secret is
replaced in the middle; every event arrives all the same, signed, with an id that stays.

Waits of minutes and hours are passed over: what waits longer than a worker's lease is made due. So the trial proves that
nothing is lost and nothing stays stuck; that the waits are as written is proved on a virtual clock (``tests/events``).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chaos.stage import Stage, utc_now, wait_for

EVENTS = 200
SUBJECTS = 8
FAILS = 0.3
OPEN = "127.0.0.0/8"


class Receiver:
    """The customer's server, in threads of this process."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.lock = threading.Lock()
        self.secrets: list[str] = []
        self.taken: dict[str, dict[str, Any]] = {}
        self.calls = self.refused = self.twice = 0
        self.port = 0

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """On one port, also when it is opened again."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                del format, args

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

        server = Server(("127.0.0.1", self.port), Handler)
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """Verifies, then is in one mood or another."""
        body = call.rfile.read(int(call.headers["content-length"]))
        with self.lock:
            self.calls += 1
            roll = self.rng.random()
            if not self._verified(call, body):
                self.refused += 1
                roll = 0.0
        if roll < FAILS / 3:
            call.send_response(503)
            call.send_header("content-length", "0")
            call.end_headers()
            return
        if roll < FAILS * 2 / 3:
            call.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            call.close_connection = True
            return
        if roll < FAILS:
            time.sleep(1)  # the work is done, and the answer is lost: what "at least once" is about
        message_id = call.headers["webhook-id"]
        with self.lock:
            self.twice += message_id in self.taken
            self.taken[message_id] = json.loads(body)
        if roll < FAILS:
            call.close_connection = True
            return
        call.send_response(204)
        call.end_headers()

    def _verified(self, call: BaseHTTPRequestHandler, body: bytes) -> bool:
        signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + body
        given = call.headers["webhook-signature"].split(" ")
        return any(
            f"v1,{base64.b64encode(hmac.digest(base64.b64decode(secret[6:]), signed, hashlib.sha256)).decode()}"
            in given
            for secret in self.secrets[-1:]
        )


def one_run(stage: Stage, *, seed: int, messages: int = EVENTS) -> dict[str, Any]:
    """One endpoint, ``messages`` events about :data:`SUBJECTS` people, two workers of which some are killed."""
    from django.conf import settings

    from qafila.businesses.actions import create_business
    from qafila.businesses.actor import system_actor
    from qafila.events.webhooks.actions import create_endpoint, rotate_secret
    from qafila.events.webhooks.models import WebhookDelivery, WebhookMessage

    settings.ENV = settings.ENV.model_copy(update={"outgoing_allowed_networks": [OPEN]})
    rng, receiver = random.Random(seed), Receiver(seed)
    business = create_business(name=f"Webhooks {seed}", now=utc_now())
    actor = system_actor(business)
    workers = [stage.worker(n, OUTGOING_ALLOWED_NETWORKS=OPEN) for n in range(2)]
    kills = 0
    with receiver.listening():
        endpoint, secret = create_endpoint(
            business=business, url=f"http://127.0.0.1:{receiver.port}/", actor=actor, now=utc_now()
        )
        receiver.secrets.append(secret)
        _tell(business.pk, range(messages // 2))
        for share in (1, 2, 3):
            enough = messages * share // 8
            wait_for("deliveries", lambda enough=enough: len(receiver.taken) > enough, every=0.05)
            place = rng.randrange(2)
            stage.end(workers[place])
            workers[place] = stage.worker(place, OUTGOING_ALLOWED_NETWORKS=OPEN)
            kills += 1
        receiver.secrets.append(rotate_secret(endpoint=endpoint, actor=actor, now=utc_now()))
    _tell(business.pk, range(messages // 2, messages))  # the receiver is off
    time.sleep(3)
    with receiver.listening():
        waiting = WebhookDelivery.objects.filter(endpoint=endpoint).exclude(state="delivered")

        def done() -> bool:
            _pass_the_time(endpoint.pk)
            told = WebhookMessage.objects.filter(business=business).count()
            return told == messages and not waiting.exists()

        wait_for("the end of all deliveries", done, every=0.5, seconds=300)
    for worker in workers:
        stage.end(worker)
    return _counted(receiver, business.pk, seed=seed, messages=messages, kills=kills)


def _counted(receiver: Receiver, business_id: int, *, seed: int, messages: int, kills: int) -> dict[str, Any]:
    from qafila.events.webhooks.models import WebhookMessage

    sent = set(WebhookMessage.objects.filter(business_id=business_id).values_list("public_id", flat=True))
    disordered = 0
    for subject in range(SUBJECTS):
        own = [one for one in receiver.taken.values() if one["object"]["id"] == f"person-{subject}"]
        told = [int(one["data"]["source"]) for one in sorted(own, key=lambda one: one["sequence"])]
        disordered += told != sorted(told)
    lost, unknown = len(sent - receiver.taken.keys()), len(receiver.taken.keys() - sent)
    return {
        "seed": seed,
        "events": messages,
        "kills": kills,
        "calls": receiver.calls,
        "lost": lost,
        "unknown_ids": unknown,
        "told_again": receiver.twice,
        "refused_signatures": receiver.refused,
        "disordered_by_sequence": disordered,
        "good": not (lost or unknown or receiver.refused or disordered) and len(sent) == messages,
    }


def _tell(business_id: int, numbers: range) -> None:
    from django.db import transaction

    from qafila.events.actions import emit

    for number in numbers:
        with transaction.atomic():
            emit(
                "contact.opted_in",
                business_id=business_id,
                subject=("contact", f"person-{number % SUBJECTS}"),
                data={"source": str(number)},
                now=utc_now(),
            )


def _pass_the_time(endpoint_id: int) -> None:
    """What waits longer than a lease is due now; failed for good is sent again, as a person would."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_webhookdelivery SET next_at = now(), state = 'pending', tries = least(tries, 5)"
            " WHERE endpoint_id = %s AND state <> 'delivered'"
            " AND (next_at IS NULL OR next_at > now() + interval '70 seconds')",
            [endpoint_id],
        )
