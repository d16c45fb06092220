"""Minute, hour, day and portfolio windows over a million sends on the virtual clock (promise 11).

Two halves. The human pace: phone-linked numbers send as fast as the lanes' own rules let them, each with its pace changing all
the time (health, rests, warm-up), restarted from what is kept after every message; every send is written down and checked
against the fixed limits by a checker that knows nothing of the rules. The portfolio: the engine's own two statements on a
real PostgreSQL, claims of several lanes and answers mixed, on a clock that runs a day in moments; the checker keeps a book of
its own of who was reached when.
"""

from __future__ import annotations

import os
import random
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.parts import database
from qafila.dispatch.rules import human_pace
from qafila.dispatch.rules.adaptive_pace import DAY, Share, eased, warm_up
from qafila.dispatch.rules.human_pace import HumanPolicy, HumanState

SENDS = int(os.environ.get("WINDOWS_SENDS", "1000000"))
NUMBERS = 20
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
CAP = 10_000
CLAIM = 64


class Window:
    """Counts events of any while of so many seconds; knows the most it ever saw."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.most = seconds, 0
        self._at: deque[float] = deque()

    def add(self, at: float) -> int:
        while self._at and at - self._at[0] >= self.seconds:
            self._at.popleft()
        self._at.append(at)
        self.most = max(self.most, len(self._at))
        return len(self._at)


def human(sends: int, *, seed: int = 10_001) -> dict[str, Any]:
    """Half of the sends over phone-linked numbers of every age."""
    rng = random.Random(seed)
    whole = HumanPolicy()
    each = sends // NUMBERS
    overruns, most_minute, most_day, most_hour, days = 0, 0, 0, 0, 0.0
    for number in range(NUMBERS):
        age_at_first = rng.choice([0.0, 3.0, 6.5, 29.0, 89.0, 400.0])
        now = begin = BEGIN.timestamp() + number
        state = HumanState()
        minute, hour, day = Window(60.0), Window(3600.0), Window(DAY)
        factor, change_at = 1.0, now
        for _ in range(each):
            age = age_at_first + (now - begin) / DAY
            if now >= change_at:  # its health changed: halved, grown, whole again
                factor = rng.choice([0.05, 0.1, 0.25, 0.5, 0.8, 1.0, 1.0, 1.0])
                change_at = now + rng.uniform(300.0, 2 * DAY)
            share = Share(factor, min(factor, warm_up(age)))
            policy = eased(whole, share)
            free_at, _ = human_pace.free_at(policy, state, age_days=age, now=now)
            now = free_at + human_pace.reaction_seconds(policy, rng)
            now += human_pace.typing_seconds(policy, rng.randint(1, 400), rng)
            state = HumanState.read(human_pace.after_send(policy, state, at=now, rng=rng).kept())
            in_minute, in_day = minute.add(now), day.add(now)
            hour.add(now)
            allowed = whole.day_limit(age_at_first + (now - begin) / DAY)
            overruns += in_minute > whole.per_minute or in_day > allowed
        most_minute, most_day = max(most_minute, minute.most), max(most_day, day.most)
        most_hour, days = max(most_hour, hour.most), max(days, (now - begin) / DAY)
    return {
        "sends": each * NUMBERS,
        "numbers": NUMBERS,
        "virtual_days": round(days, 1),
        "most_in_a_minute": most_minute,
        "most_in_an_hour": most_hour,
        "most_in_a_day": most_day,
        "overruns": overruns,
    }


def portfolio(sends: int, *, seed: int = 10_002) -> dict[str, Any]:
    """The other half to a portfolio's people, by the statements that the lanes use."""
    import psycopg

    from qafila.businesses.actions import create_business
    from qafila.dispatch.lane import PORTFOLIO_DAY
    from qafila.dispatch.rules.portfolio import campaign_cap
    from qafila.kit.statements import statement
    from qafila.senders.models import Portfolio

    rng = random.Random(seed)
    business = create_business(name="Windows", default_country="EG", now=BEGIN)
    row = Portfolio.objects.create(business=business, ref="1", own_cap=CAP, cap=CAP)
    reached: dict[int, float] = {}
    order: deque[tuple[float, int]] = deque()
    now, done, overruns, most, most_by_campaigns = BEGIN, 0, 0, 0, 0
    room_of, admit = (
        statement("qafila.dispatch", "portfolio_room"),
        statement("qafila.dispatch", "portfolio_admit"),
    )
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        while done < sends:
            reply = rng.random() < 0.05
            with connection.transaction():
                found = connection.execute(
                    room_of, {"portfolio": row.pk, "day_ago": now - PORTFOLIO_DAY}
                ).fetchone()
                cap, used, oldest = found or (CAP, 0, None)
                n = min(rng.randint(1, CLAIM), (cap if reply else campaign_cap(cap)) - used)
                if n > 0:
                    people = [rng.randint(1, 40_000) for _ in range(n)]
                    connection.execute(admit, {"portfolio": row.pk, "contacts": people, "now": now})
            if n <= 0:
                now = max(now + timedelta(seconds=1), (oldest or now) + PORTFOLIO_DAY)
                continue
            at = now.timestamp()
            for person in people:
                reached[person] = at
                order.append((at, person))
            while order and at - order[0][0] >= DAY:
                then, person = order.popleft()
                if reached.get(person) == then:
                    del reached[person]
            most = max(most, len(reached))
            if not reply:
                most_by_campaigns = max(most_by_campaigns, len(reached))
            overruns += len(reached) > CAP
            done += n
            now += timedelta(seconds=rng.expovariate(1 / 120.0))
    return {
        "sends": done,
        "cap": CAP,
        "virtual_days": round((now - BEGIN).total_seconds() / DAY, 1),
        "most_people_in_a_day": most,
        "most_people_after_a_campaigns_claim": most_by_campaigns,
        "overruns": overruns,
    }


def run(folder: Path) -> dict[str, Any]:
    """Both halves; ``WINDOWS_SENDS`` makes it shorter."""
    found = {"human_pace": human(SENDS // 2)}
    with database(folder):
        found["portfolio"] = portfolio(SENDS - SENDS // 2)
    assert not found["human_pace"]["overruns"] and not found["portfolio"]["overruns"], found
    return found
