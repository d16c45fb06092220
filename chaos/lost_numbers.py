"""Promise 12: three of ten numbers of a package are lost in mid-run, logged out or swallowed by the network. Nothing is lost,
nothing goes out twice, a dead number is tried at most three times more, and the others keep their pace.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

from chaos.house import Shop
from chaos.kill_workers import Crew, settle
from chaos.stage import Stage, utc_now, wait_for

MESSAGES = 2_000
NUMBERS = 10
LOST = 3
RATE = 12
"""Messages a second of each number: together what two cores carry beside the sandbox, so that the pace is the numbers' own."""
SWALLOWED_SECONDS = 3.0
"""A swallowed call is cut off after so long, as our own time-out would after 30 s."""
FURTHER = 3
"""Attempts on a number after it was found dead."""
PACE_KEPT = 0.95
LOOKED_AT_SECONDS = 8.0
"""So long before and after the loss the pace of the others is looked at."""


class PackageShop(Shop):
    """The tenant; each run has numbers and a package of its own."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._made = 0
        self.numbers: list[Any] = []

    def renew(self) -> None:
        """Ten fresh numbers in a fresh package, and contracts go to it."""
        from qafila.businesses.actor import system_actor
        from qafila.ledger.states import Target
        from qafila.senders.actions import create_sender, packages

        now, actor = utc_now(), system_actor(self.business)
        package = packages.create_package(business=self.business, name="Pool", actor=actor, now=now)
        self.numbers = []
        for _ in range(NUMBERS):
            self._made += 1
            ref, phone = f"3000000000{self._made:05d}", f"+20122{self._made:07d}"
            record = {
                "id": ref,
                "waba_id": self.account.ref,
                "display_phone_number": phone,
                "throughput": RATE,
            }
            self.stage.send("POST", "/admin/phone_numbers", record)
            sender = create_sender(
                business=self.business,
                name=f"Pool {self._made}",
                phone=phone,
                provider_account=self.account,
                ref=ref,
                throughput=RATE,
                actor=actor,
                now=now,
            )
            packages.add_member(package=package, sender=sender, actor=actor, now=now)
            self.numbers.append(sender)
        self.target = (Target.PACKAGE, package.pk)


def one_run(
    stage: Stage, shop: PackageShop, crew: Crew, *, seed: int, messages: int = MESSAGES
) -> dict[str, Any]:
    """One contract over ten numbers, three of which are lost; returns the counts."""
    del crew
    rng = random.Random(seed)
    shop.renew()
    batch_id = shop.contract(messages)
    share = rng.uniform(0.35, 0.5)
    wait_for("progress", lambda: messages - shop.counts(batch_id).queued >= share * messages, every=0.02)
    lost = rng.sample(shop.numbers, LOST)
    kinds = [rng.choice(("logged_out", "black_hole")) for _ in lost]
    at = utc_now()
    faults = [_lose(stage, sender.ref, kind) for sender, kind in zip(lost, kinds, strict=True)]
    wait_for("the end of the contract", lambda: shop.at_rest(batch_id))
    settle(shop, batch_id)
    for fault in faults:
        if fault:
            stage.send("DELETE", f"/admin/faults/{fault}")
    books = shop.compare(batch_id, shop.sandbox_attempts())
    further = [_further(sender.pk, batch_id, at) for sender in lost]
    kept = _pace_kept(stage, {one.ref for one in shop.numbers} - {one.ref for one in lost}, at)
    return {
        "seed": seed,
        "kinds": kinds,
        "seconds": round((utc_now() - at).total_seconds(), 1),
        "further": max(further),
        "pace_kept": kept,
        **books.as_dict(),
        "good": books.good and max(further) <= FURTHER and (kept is None or kept >= PACE_KEPT),
    }


def _lose(stage: Stage, ref: str, kind: str) -> str:
    """Takes a number away; the id of the fault that has to be ended later, or ""."""
    if kind == "logged_out":
        stage.send("PATCH", f"/admin/phone_numbers/{ref}", {"status": "DISCONNECTED"})
        return ""
    fault = {"effect": "black_hole", "phone_number_id": ref, "seconds": SWALLOWED_SECONDS}
    return str(stage.send("POST", "/admin/faults", fault)["id"])


def _further(sender_id: int, batch_id: int, at: datetime) -> int:
    """Attempts begun on a lost number once it was known to be dead: after an answer that said so, or after the third call in
    a row without one."""
    from qafila.ledger.models import Attempt

    rows = Attempt.objects.filter(sender_id=sender_id, began_at__gt=at - timedelta(seconds=1))
    begun = list(rows.order_by("ended_at").values_list("began_at", "ended_at", "outcome"))
    known, in_a_row = None, 0
    for _, ended, outcome in begun:
        if ended is None or outcome == "not_begun":
            continue
        in_a_row = in_a_row + 1 if outcome == "unknown" else 0
        if outcome == "sender" or in_a_row >= 3:
            known = ended
            break
    if known is None:
        return 0
    # What is written down at that moment was begun before it could be known.
    return sum(
        began > known + timedelta(seconds=0.2) for began, _, outcome in begun if outcome != "not_begun"
    )


def _pace_kept(stage: Stage, others: set[str], at: datetime) -> float | None:
    """How many a second the others sent after the loss, as a part of what they sent before; None where too little was left
    to tell."""
    seconds: Counter[int] = Counter()
    last: dict[str, float] = defaultdict(float)
    moment = at.timestamp()
    for row in stage.lines("/admin/ledger/messages"):
        if row["phone_number_id"] in others:
            seconds[int(row["at"] - moment)] += 1
            last[row["phone_number_id"]] = max(last[row["phone_number_id"]], row["at"] - moment)
    after = min(LOOKED_AT_SECONDS, min(last.values(), default=0.0) - 1.0)
    if after < 3.0:
        return None
    span = int(after)
    before = sum(n for second, n in seconds.items() if -span <= second < 0)
    behind = sum(n for second, n in seconds.items() if 0 < second <= span)
    return round(behind / before, 3) if before else None
