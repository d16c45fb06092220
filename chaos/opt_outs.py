"""Promise 14: no send begins more than a second after an opt-out was committed, whatever its message was doing then.

Who opts out is chosen where it is tight: people whose message is next in the queue, is claimed at this moment, or waits
for its retry. When a send began is the provider's word: its arrival in the sandbox's ledger, which lies a little later, so
the test is a little stricter than the promise: on a machine that is overrun with work an arrival may lag though the call began.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from chaos.house import Shop
from chaos.kill_workers import settle
from chaos.stage import Stage, utc_now, wait_for

ALLOWED_SECONDS = 1.0
TRIALS = 10_000
RATE = 150
"""Messages a second: about as many as people can opt out one after the other, so that the two race all along."""
CANDIDATES = {
    "queued": "due_at IS NOT NULL AND tries = 0 AND id > %(from)s",
    "claimed": "claimed_by IS NOT NULL",
    "retry": "due_at IS NOT NULL AND tries > 0",
}


@dataclass(frozen=True)
class OptedOut:
    """One trial: whose, what the message was doing, and between which moments the opt-out was committed (POSIX)."""

    message_id: int
    doing: str
    begun: float
    committed: float


def one_run(stage: Stage, shop: Shop, *, seed: int, trials: int = TRIALS) -> dict[str, Any]:
    """One contract of four times as many messages; people opt out while it is sent, then the rest is cancelled."""
    from qafila.dispatch import actions as dispatch

    rng = random.Random(seed)
    batch_id = shop.contract(4 * trials)
    made: list[OptedOut] = []
    taken: set[int] = set()
    while len(made) < trials and not shop.at_rest(batch_id):
        wanted = rng.sample(tuple(CANDIDATES), len(CANDIDATES))
        found = ((doing, _candidate(batch_id, doing, rng, taken)) for doing in wanted)
        doing, chosen = next(((doing, one) for doing, one in found if one is not None), ("", None))
        if chosen is None:
            continue
        message_id, contact_id = chosen
        taken.add(message_id)
        begun = time.time()
        _opt_out(shop, contact_id)
        made.append(OptedOut(message_id, doing, begun, time.time()))
    time.sleep(2 * ALLOWED_SECONDS)  # whatever would go out too late goes out
    dispatch.cancel_batch(batch_id=batch_id, business_id=shop.business.pk, now=utc_now())
    wait_for("the end of the contract", lambda: shop.at_rest(batch_id), every=0.1, seconds=600)
    settle(shop, batch_id)
    books = shop.compare(batch_id, shop.sandbox_attempts())
    arrivals = _arrivals(shop)
    late = Counter[str]()
    done = Counter(one.doing for one in made)
    went_out: list[float] = []
    for one in made:
        after = [at - one.committed for at in arrivals.get(one.message_id, ()) if at > one.begun]
        went_out += after
        late[one.doing] += any(lag > ALLOWED_SECONDS for lag in after)
    return {
        "seed": seed,
        "trials": len(made),
        **{f"trials_{doing}": done[doing] for doing in CANDIDATES},
        "went_out_within_a_second": len(went_out) - late.total(),
        "longest_ms": round(max(went_out, default=0.0) * 1000, 1),
        "late": late.total(),
        **books.as_dict(),
        "good": books.good and not late.total() and bool(made),
    }


def _candidate(batch_id: int, doing: str, rng: random.Random, taken: set[int]) -> tuple[int, int] | None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, contact_id FROM ledger_message WHERE batch_id = %(batch)s AND {CANDIDATES[doing]}"
            " ORDER BY due_at, id LIMIT 200",
            {"batch": batch_id, "from": max(taken, default=0) if rng.random() < 0.2 else 0},
        )
        rows = [row for row in cursor.fetchall() if row[0] not in taken]
    return rng.choice(rows) if rows else None


def _opt_out(shop: Shop, contact_id: int) -> None:
    from qafila.contacts import actions

    actions.opt_out(
        business_id=shop.business.pk, contact_id=contact_id, source="person", words="", now=utc_now()
    )


def _arrivals(shop: Shop) -> dict[int, list[float]]:
    """When the provider accepted each of our messages (POSIX seconds)."""
    from qafila.ledger import attempt_ids
    from qafila.ledger.models import Installation

    key = Installation.objects.get(pk=1).key
    found: dict[int, list[float]] = {}
    for row in shop.stage.lines("/admin/ledger/messages"):
        read = attempt_ids.read(row["biz_opaque_callback_data"], key)
        if read is not None:
            found.setdefault(read[0], []).append(row["at"])
    return found
