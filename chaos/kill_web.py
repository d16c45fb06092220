"""Promise 17: the web process is killed at random under the load of receipts; the sandbox repeats what was not answered.

What the sandbox's file says was answered with 200 must stand in our database, byte for byte the same events; and in the
end every message must stand where the sandbox's ledger has it.
"""

from __future__ import annotations

import json
import random
import time
from typing import Any

import orjson

from chaos.house import Shop
from chaos.kill_workers import Crew, settle
from chaos.stage import Stage, start_web, wait_for

MESSAGES = 4_000


def one_run(stage: Stage, shop: Shop, crew: Crew, *, seed: int, messages: int = MESSAGES) -> dict[str, Any]:
    """One contract, its receipts, and 3 to 6 kills of the web process; returns the counts."""
    rng = random.Random(seed)
    begin = stage.ledger_file.stat().st_size
    before = _last_webhook()
    batch_id = shop.contract(messages)
    kills = loaded = 0
    for _ in range(rng.randint(3, 6)):
        wait_for("webhooks under way", lambda: _waiting(stage) or shop.at_rest(batch_id), every=0.01)
        time.sleep(rng.uniform(0.0, 0.2))
        loaded += _waiting(stage)
        assert stage.web is not None
        stage.end(stage.web)
        kills += 1
        time.sleep(rng.uniform(0.0, 0.3))
        start_web(stage)
    wait_for("the end of the contract", lambda: shop.at_rest(batch_id))
    at_once = shop.counts(batch_id).uncertain
    wait_for("all receipts", lambda: all_told(stage), every=0.1)
    settle(shop, batch_id, calm=1.0)
    answered, stored = answered_events(stage, begin), _stored_events(before)
    books = shop.compare(batch_id, shop.sandbox_attempts())
    books.uncertain_at_once = at_once
    missing, behind = len(answered - stored), messages_behind(shop, batch_id)
    return {
        "seed": seed,
        "kills": kills,
        "kills_under_load": loaded,
        "answered": len(answered),
        "missing": missing,
        "behind": behind,
        **books.as_dict(),
        "good": books.good and not missing and not behind,
    }


def all_told(stage: Stage) -> bool:
    """The sandbox has nothing more to say, and everything it said is handled."""
    from qafila.receiving.models import RawWebhook

    return bool(stage.get("/admin/idle")["idle"] and not RawWebhook.objects.filter(handled_at=None).exists())


def answered_events(stage: Stage, begin: int) -> set[tuple[str, str]]:
    """(wamid, what) of every event that the sandbox got a 200 for, from its own file."""
    found: set[tuple[str, str]] = set()
    with stage.ledger_file.open("rb") as file:
        file.seek(begin)
        for line in file:
            if line.startswith(b'{"k":"acked"'):
                found |= {(wamid, what) for wamid, what in json.loads(line)["ids"]}
    return found


def _stored_events(after: int) -> set[tuple[str, str]]:
    from qafila.receiving.models import RawWebhook

    found: set[tuple[str, str]] = set()
    bodies = RawWebhook.objects.filter(id__gt=after).values_list("body", flat=True)
    for body in bodies.iterator():
        for entry in orjson.loads(bytes(body))["entry"]:
            for change in entry["changes"]:
                value = change["value"]
                found |= {(row["id"], row["status"]) for row in value.get("statuses", ())}
                found |= {(row["id"], "inbound") for row in value.get("messages", ())}
    return found


def messages_behind(shop: Shop, batch_id: int) -> int:
    """How many messages of a batch stand behind what the sandbox's ledger says of them."""
    from django.db import connection

    from qafila.ledger.states import State

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT provider_id, state FROM ledger_message WHERE batch_id = %s AND provider_id IS NOT NULL",
            [batch_id],
        )
        ours = dict(cursor.fetchall())
    least = {"accepted": State.SENT, "sent": State.SENT, "delivered": State.DELIVERED, "read": State.READ}
    behind = 0
    for row in shop.stage.lines(f"/admin/ledger/messages?after={shop.ledger_before}"):
        state = ours.get(row["wamid"])
        if state is not None:
            # A failure after a delivery is kept as an event and moves nothing.
            behind += state < least.get(row["status"], State.FAILED)
    return behind


def _waiting(stage: Stage) -> bool:
    return bool(stage.get("/admin/idle")["webhooks_waiting"])


def _last_webhook() -> int:
    from qafila.receiving.models import RawWebhook

    return RawWebhook.objects.order_by("-id").values_list("id", flat=True).first() or 0
