"""Promise 11: limits are never passed. Several official numbers, four workers, and the provider's own count of it.

The sandbox keeps Meta's limits (it refuses what is over them) and counts the most it ever saw; beside that every window is
counted again here, from the arrivals in its ledger. A worker is killed now and then: a lane that changes hands must not
begin its second anew.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict, deque
from typing import Any

from chaos.kill_workers import Crew
from chaos.stage import Stage, utc_now

SENDS = 100_000
SENDERS = 20
THROUGHPUT = 80
PAIR_SECONDS = 6.0
CAP = 250
"""People in 24 hours of the small portfolio; its contract has twice as many."""
TWICE_EVERY = 20
"""Every so many people of a contract are in it twice: the pair limit's matter."""


def world(senders: int = SENDERS) -> dict[str, Any]:
    """The sandbox's configuration: limits kept, so many numbers in one portfolio, and one number in a small one."""
    numbers = [
        {
            "id": str(200 + n),
            "waba_id": "2",
            "display_phone_number": f"+97250{n:07d}",
            "throughput": THROUGHPUT,
        }
        for n in range(senders)
    ]
    small = {"id": "199", "waba_id": "3", "display_phone_number": "+972509999999", "throughput": THROUGHPUT}
    template = {"name": "qafila_message", "language": "en", "category": "UTILITY", "status": "APPROVED"}
    components = [{"type": "BODY", "text": "{{1}}"}]
    return {
        "limits": {"enforce": True, "beyond_portfolio": "refuse"},
        "webhooks": {"batch": 50, "retry_cap_seconds": 2.0},
        "portfolios": [{"id": "1", "limit": None}, {"id": "9", "limit": CAP}],
        "wabas": [{"id": "2", "portfolio_id": "1"}, {"id": "3", "portfolio_id": "9"}],
        "phone_numbers": [*numbers, small],
        "tokens": [{"id": "CHAOS", "wabas": ["*"]}],
        "templates": [
            {"id": str(40 + n), "waba_id": waba, "components": components, **template}
            for n, waba in enumerate(("2", "3"))
        ],
        # Nobody is absent, nobody stops or answers: every attempt is an arrival that counts.
        "people": {"slots": {"never_reads": 100}},
    }


class Fleet:
    """A business with all these numbers, and a contract for each."""

    def __init__(self, stage: Stage, senders: int) -> None:
        from qafila.businesses import actions as businesses
        from qafila.businesses.actor import system_actor

        self.stage = stage
        self.now = utc_now()
        self.business = businesses.create_business(name="Limits", default_country="EG", now=self.now)
        self._actor = system_actor(self.business)
        self._app = stage.get("/admin/state")["app"]
        large, small = self._account("2", "1", None), self._account("3", "9", CAP)
        self.senders = [self._sender(large, n) for n in range(senders)]
        self.capped = self._sender(small, -1)
        self._next = 0
        webhooks = f"http://127.0.0.1:{stage.web_port}/webhooks"
        stage.send("PUT", "/admin/webhook", {"url": f"{webhooks}/{large.public_id}"})
        stage.send("PATCH", "/admin/wabas/3", {"override_callback_uri": f"{webhooks}/{small.public_id}"})

    def _account(self, waba: str, portfolio: str, cap: int | None) -> Any:
        from qafila.senders import actions

        return actions.create_provider_account(
            business=self.business,
            kind="cloud_api",
            name=f"Account {waba}",
            base_url=f"{self.stage.sandbox_url}/v23.0",
            ref=waba,
            token="CHAOS",
            app_secret=self._app["secret"],
            verify_token=self._app["verify_token"],
            portfolio_ref=portfolio,
            portfolio_cap=cap,
            allow_private_network=True,
            actor=self._actor,
            now=self.now,
        )

    def _sender(self, account: Any, n: int) -> Any:
        from qafila.senders import actions

        return actions.create_sender(
            business=self.business,
            name=f"Number {n}",
            phone=f"+2012{n % 10_000_000:08d}",
            provider_account=account,
            ref=str(200 + n),
            throughput=THROUGHPUT,
            actor=self._actor,
            now=self.now,
        )

    def contract(self, sender: Any, count: int) -> int:
        """So many messages from one number, started; some people have two (with other words)."""
        from qafila.contacts import actions as contacts
        from qafila.dispatch import actions as dispatch
        from qafila.ledger import actions as ledger
        from qafila.ledger.states import Target

        now = utc_now()
        people = count - count // (TWICE_EVERY + 1)
        numbers = [f"2010{self._next + n:08d}" for n in range(people)]
        self._next += people
        numbers += numbers[::TWICE_EVERY][: count - people]
        known: dict[str, int] = {}
        for begin in range(0, people, 10_000):
            known |= contacts.ensure_phones(
                business_id=self.business.pk, numbers=numbers[begin : begin + 10_000], names=None, now=now
            )
        content = {"kind": "template", "name": "qafila_message", "language": "en", "variable": None}
        batch = ledger.create_batch(
            business_id=self.business.pk, target=(Target.SENDER, sender.pk), content=content, now=now
        )
        rows = (
            ledger.NewMessage(n, known[number], number, None, f"Order {n}")
            for n, number in enumerate(numbers, 1)
        )
        ledger.add_messages(batch=batch, rows=rows, now=now)
        dispatch.start_batch(batch_id=batch.pk, business_id=self.business.pk, now=utc_now())
        return batch.pk


def one_run(
    stage: Stage, fleet: Fleet, crew: Crew, *, seed: int, messages: int = SENDS, kill_every: float = 10.0
) -> dict[str, Any]:
    """Contracts for all numbers at once; returns what the provider saw."""
    from qafila.ledger import queries

    rng = random.Random(seed)
    before = stage.get("/admin/ledger")["accepted"]
    each = messages // len(fleet.senders)
    capped = fleet.contract(fleet.capped, 2 * CAP)
    batches = [fleet.contract(sender, each) for sender in fleet.senders]
    begun = time.monotonic()
    kills, next_kill = 0, begun + rng.uniform(1.0, kill_every)

    def open_() -> int:
        counts = queries.counts_many(batches).values()
        return sum(one.queued + one.sending for one in counts)

    while open_():
        if time.monotonic() > next_kill:
            crew.kill(rng.randrange(len(crew.running)))
            kills += 1
            next_kill = time.monotonic() + rng.uniform(0.3, 1.7) * kill_every
        if time.monotonic() > begun + 60 + 4 * messages / (THROUGHPUT * len(fleet.senders)):
            break  # said below: nothing may stay open
        time.sleep(0.2)
    seconds = time.monotonic() - begun
    seen = _seen(stage, list(stage.lines(f"/admin/ledger/messages?after={before}")))
    counts = list(queries.counts_many(batches).values())
    left = sum(one.queued + one.sending for one in counts)
    return {
        "seed": seed,
        "total": sum(one.total for one in counts),
        "seconds": round(seconds, 1),
        "senders": len(fleet.senders),
        "workers": len(crew.running),
        "kills": kills,
        **seen,
        "capped_still_queued": queries.counts(capped).queued,
        "lost": left,
        "uncertain": sum(one.uncertain for one in counts),
        "unbalanced": 0,
        "good": _within(seen) and not left and not seen["duplicated"],
    }


def _seen(stage: Stage, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the provider saw: its own maxima and refusals, and the windows counted again from the arrivals."""
    books, counted = stage.get("/admin/ledger"), counted_windows(rows)
    seen = books["limits_seen"]
    throttles = ("130429", "131056", "131049")
    return {
        "accepted": len(rows),
        "overruns": sum(seen["overruns"].values()),
        "refused": {code: n for code, n in books["refused_by_code"].items() if code in throttles},
        "most_in_a_second": counted["second"],
        "most_in_a_minute": counted["minute"],
        "least_gap_of_a_pair": counted["pair_seconds"],
        "sandbox_most_in_one_second": max(seen["most_in_one_second"].values()),
        "sandbox_most_attempted_in_one_second": max(seen["most_attempted_in_one_second"].values()),
        "capped_people": seen["most_unique_people_in_24_hours"].get("9", 0),
        "duplicated": sum(books["duplicates"]["same_number_person_and_biz_opaque_callback_data"].values()),
    }


def _within(seen: dict[str, Any]) -> bool:
    """Whether every limit was kept, by both counts, and nothing was ever refused for one."""
    return bool(
        not seen["overruns"]
        and not seen["refused"]
        and seen["sandbox_most_in_one_second"] <= THROUGHPUT
        and seen["most_in_a_second"] <= THROUGHPUT
        and seen["most_in_a_minute"] <= 60 * THROUGHPUT
        and seen["least_gap_of_a_pair"] >= PAIR_SECONDS
        and seen["capped_people"] <= CAP
    )


def counted_windows(rows: list[dict[str, Any]]) -> dict[str, float]:
    """The fullest sliding second and minute of any number, and the shortest time between two messages of a pair.

    :param rows: accepted messages in order of arrival: phone_number_id, to, at (POSIX seconds).
    """
    last: dict[tuple[str, str], float] = {}
    windows = {"second": 1.0, "minute": 60.0}
    lately: dict[tuple[str, str], deque[float]] = defaultdict(deque)
    fullest: dict[str, float] = {"second": 0, "minute": 0, "pair_seconds": float("inf")}
    for row in rows:
        number, at = row["phone_number_id"], row["at"]
        pair = (number, row["to"])
        if pair in last:
            fullest["pair_seconds"] = min(fullest["pair_seconds"], round(at - last[pair], 3))
        last[pair] = at
        for name, length in windows.items():
            times = lately[name, number]
            times.append(at)
            while times[0] <= at - length:
                times.popleft()
            fullest[name] = max(fullest[name], len(times))
    return fullest
