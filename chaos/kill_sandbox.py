"""The provider dies in mid-run: the sandbox is killed at random and started again on its ledger file.

What it had accepted and not answered is uncertain with us until its receipt comes; what it never saw stays uncertain until
a person says so, and that must be the truth.
"""

from __future__ import annotations

import random
import time
from typing import Any

from chaos.house import Shop
from chaos.kill_web import all_told, messages_behind
from chaos.kill_workers import Crew, settle
from chaos.stage import Stage, start_sandbox, wait_for

MESSAGES = 6_000


def one_run(stage: Stage, shop: Shop, crew: Crew, *, seed: int, messages: int = MESSAGES) -> dict[str, Any]:
    """One contract in which the sandbox is killed 1 to 3 times; returns the counts."""
    rng = random.Random(seed)
    batch_id = shop.contract(messages)
    kills = 0
    for share in sorted(rng.uniform(0.02, 0.9) for _ in range(rng.randint(1, 3))):
        wait_for(
            "progress",
            lambda share=share: (
                messages - shop.counts(batch_id).queued >= share * messages or shop.at_rest(batch_id)
            ),
            every=0.01,
        )
        time.sleep(rng.uniform(0.0, 0.05))
        assert stage.sandbox is not None
        stage.end(stage.sandbox)
        kills += 1
        time.sleep(rng.uniform(0.0, 1.0))
        start_sandbox(stage)
    wait_for("the end of the contract", lambda: shop.at_rest(batch_id))
    at_once = shop.counts(batch_id).uncertain
    wait_for("all receipts", lambda: all_told(stage), every=0.1)
    settle(shop, batch_id, calm=1.0)
    behind = messages_behind(shop, batch_id)
    books = shop.compare(batch_id, shop.sandbox_attempts())
    books.uncertain_at_once = at_once
    by_hand, wrong = shop.settle_by_hand(batch_id)
    left = shop.counts(batch_id).uncertain
    return {
        "seed": seed,
        "kills": kills,
        **books.as_dict(),
        "behind": behind,
        "settled_by_hand": by_hand,
        "wrongly_uncertain": wrong,
        "good": books.good and not behind and not wrong and not left,
    }
