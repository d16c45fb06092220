"""A fault proxy stands between the workers and the provider; nothing may be lost or doubled, and all uncertain ones settle."""

from __future__ import annotations

from collections import Counter
from typing import Any

from chaos.fault_proxy import FaultProxy
from chaos.house import Shop
from chaos.kill_web import all_told, messages_behind
from chaos.kill_workers import settle
from chaos.stage import Stage, wait_for

MESSAGES = 4_000


def one_run(
    stage: Stage, shop: Shop, proxy: FaultProxy, *, seed: int, messages: int = MESSAGES
) -> dict[str, Any]:
    """One contract through the proxy; returns the counts."""
    proxy.reseed(seed)
    before = Counter(proxy.seen)
    proxy.on = True
    batch_id = shop.contract(messages)
    wait_for("the end of the contract", lambda: shop.at_rest(batch_id), every=0.1)
    proxy.on = False
    at_once = shop.counts(batch_id).uncertain
    wait_for("all receipts", lambda: all_told(stage), every=0.1)
    settle(shop, batch_id, calm=1.0)
    behind = messages_behind(shop, batch_id)
    books = shop.compare(batch_id, shop.sandbox_attempts())
    books.uncertain_at_once = at_once
    by_hand, wrong = shop.settle_by_hand(batch_id)
    left = shop.counts(batch_id).uncertain
    faults = proxy.seen - before
    del faults["none"]
    return {
        "seed": seed,
        "faults": dict(sorted(faults.items())),
        "unknown_answers": _unknown_answers(batch_id),
        **books.as_dict(),
        "behind": behind,
        "settled_by_hand": by_hand,
        "wrongly_uncertain": wrong,
        "good": books.good and not behind and not wrong and not left,
    }


def _unknown_answers(batch_id: int) -> int:
    """How many attempts of a batch ended without anybody knowing how: each was uncertain at least for a moment."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ledger_attempt a JOIN ledger_message m ON m.id = a.message_id"
            " WHERE m.batch_id = %s AND a.outcome = 'unknown'",
            [batch_id],
        )
        return int(cursor.fetchone()[0])
