"""Promise 27: what was answered with 201 is in the books, though database and web process are killed the moment it arrives.

Several programs post contracts at once. On the n-th 201 every process of PostgreSQL and the web process get ``kill -9``. After
the restart each answered contract must be there with all of its rows as they were posted; one that was not answered must be there
whole or not at all; and posting all of them again under their keys must end in exactly one contract each.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import threading
from dataclasses import dataclass, field
from typing import Any

import psutil

from chaos.house import Shop
from chaos.stage import PATIENCE_SECONDS, Stage, start_web, utc_now, wait_for

CONTRACTS = 40
"""So many are posted at most."""
POSTERS = 4
MOST_ANSWERED = 8


@dataclass
class Posting:
    """What the programs know: the id of each contract by the key it was posted with."""

    port: int
    key: str
    account: str
    rows: int
    answered: dict[str, str] = field(default_factory=dict)
    replayed: int = 0

    def recipients(self, name: str) -> list[dict[str, str]]:
        """The rows of a contract: no two of all contracts are the same."""
        return [
            {"phoneNumber": f"2010{row:08d}", "message": f"{name}: order {row} is ready."}
            for row in range(self.rows)
        ]

    def post(self, name: str) -> tuple[int, str]:
        """Status and contract id. OSError or HTTPException: nobody answered."""
        body = {"accountId": self.account, "name": name, "recipients": self.recipients(name)}
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        headers["Idempotency-Key"] = name
        with contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        ) as talk:
            talk.request("POST", "/api/contracts", json.dumps(body).encode(), headers)
            answer = talk.getresponse()
            text = answer.read()
        self.replayed += answer.headers.get("Idempotency-Replayed") == "true"
        return answer.status, json.loads(text).get("id", "")


def one_run(stage: Stage, shop: Shop, *, seed: int, messages: int) -> dict[str, Any]:
    """One kill; returns the counts."""
    rng = random.Random(seed)
    posting = Posting(stage.web_port, _key(shop), str(shop.sender.public_id), messages)
    names = [f"run {seed} contract {n}" for n in range(CONTRACTS)]
    _post_until_killed(stage, posting, names, fatal=rng.randint(1, MOST_ANSWERED))
    _start_again(stage)
    answered = dict(posting.answered)
    missing = [name for name in answered if _books(name, posting) != (1, messages)]
    torn = [name for name in names if _books(name, posting) not in ((0, 0), (1, messages))]
    for name in names:
        status, contract = posting.post(name)
        if status != 201 or answered.get(name, contract) != contract:
            missing.append(name)
    doubled = [name for name in names if _books(name, posting) != (1, messages)]
    return {
        "seed": seed,
        "answered": len(answered),
        "replayed": posting.replayed,
        "total": len(names) * messages,
        "lost": len(missing),
        "duplicated": len(doubled),
        "unbalanced": len(torn),
        "good": bool(answered) and not (missing or torn or doubled) and posting.replayed >= len(answered),
    }


def _key(shop: Shop) -> str:
    from qafila.businesses.actions import create_api_key
    from qafila.businesses.actor import command_actor

    actor = command_actor(shop.business)
    _, full = create_api_key(
        business=shop.business, name="poster", scopes=["contracts:write"], actor=actor, now=utc_now()
    )
    return full


def _post_until_killed(stage: Stage, posting: Posting, names: list[str], *, fatal: int) -> None:
    """The one that gets the fatal 201 kills before it does anything else."""
    left, lock = iter(names), threading.Lock()
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            with lock:
                name = next(left, "")
            if not name:
                return
            try:
                status, contract = posting.post(name)
            except (OSError, http.client.HTTPException):
                return
            if status != 201:
                continue  # the database was gone first
            with lock:
                posting.answered[name] = contract
                if len(posting.answered) == fatal:
                    over.set()
                    _kill(stage)

    threads = [threading.Thread(target=work) for _ in range(POSTERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _kill(stage: Stage) -> None:
    server = psutil.Process(stage.postgres.pid)
    for process in (*server.children(recursive=True), server):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    assert stage.web is not None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(stage.web.pid, signal.SIGKILL)


def _start_again(stage: Stage) -> None:
    from django.db import connections

    assert stage.web is not None
    stage.end(stage.web)
    wait_for("PostgreSQL to be down", lambda: not stage.postgres.alive())
    stage.postgres.stop()
    stage.postgres.start()
    connections.close_all()
    start_web(stage)


def _books(name: str, posting: Posting) -> tuple[int, int]:
    """How many contracts of that name there are, and how many of their rows are as they were posted."""
    from qafila.campaigns.models import Campaign
    from qafila.ledger.models import Message

    campaigns = list(Campaign.objects.filter(name=name))
    wanted = {(row["phoneNumber"], row["message"]) for row in posting.recipients(name)}
    found = Message.objects.filter(batch_id__in=[one.batch_id for one in campaigns])
    return len(campaigns), sum(
        (address, body) in wanted for address, body in found.values_list("address", "body")
    )
