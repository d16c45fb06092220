"""Reads what the health of numbers is made of: a fixed number of statements for however many numbers."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from qafila.dispatch.rules import traces
from qafila.dispatch.rules.health import Sums
from qafila.dispatch.rules.normal import Cohort, Normal
from qafila.dispatch.rules.traces import ACCEPTED, Slot, Streak
from qafila.dispatch.tally import floor
from qafila.kit.statements import statement

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
FINE = timedelta(hours=2)
"""So far back by five minutes; before that by hours."""
LATELY = timedelta(minutes=15)
CALM = timedelta(minutes=5) - timedelta(seconds=15)
"""So often a number is looked at that calls and is well; rounds do not come to the second."""
STREAKS = timedelta(hours=1)
"""A run of failures is followed back so far."""
RIPE = timedelta(hours=6)
"""After so long nothing more is expected of a message."""


class Number(NamedTuple):
    """A number whose health is to be reckoned, and what was known of it. ``score`` … ``at`` are of its last score; the portfolio's
    are people in 24 hours, None where it has none or no cap."""

    id: int
    business_id: int
    public_id: str
    state: str
    state_reason: str
    in_use_since: datetime
    use_limits: bool
    account_id: int
    provider: str
    account_state: str
    account_reason: str
    quality: str
    can_send: str
    details: Mapping[str, Any]
    scored: bool
    score: int
    kind: str
    since: datetime | None
    code: str
    counted: int
    pace: Mapping[str, Any]
    normal: Mapping[str, Any]
    learned_at: datetime | None
    at: datetime | None
    portfolio_used: int | None = None
    portfolio_cap: int | None = None


@dataclass(slots=True)
class Lately:
    """What one number did in the last day."""

    slots: list[Slot] = field(default_factory=list)
    streak: Streak = field(default_factory=Streak)
    people: dict[float, tuple[int, int, int]] = field(default_factory=dict)
    """By beginning of a slot: read, stops, replies."""

    def sums(self, normal: Normal, *, since: float, now: float) -> Sums:
        """Everything since a moment."""
        refused: dict[str, int] = defaultdict(int)
        accepted = bounced = arrived = 0
        expected = 0.0
        for slot in self.slots:
            if slot.at < since:
                continue
            accepted += slot.accepted
            bounced += slot.bounced
            arrived += slot.arrived
            age = (now - slot.at) / 2 if now - slot.at < traces.STEP else now - slot.at - traces.STEP / 2
            expected += max(0, slot.accepted - slot.bounced) * normal.arrived_by(age)
            for (failure, _), count in slot.refused.items():
                refused[failure] += count
        people = [counts for at, counts in self.people.items() if at >= since]
        return Sums(
            accepted=accepted,
            refused=refused,
            bounced=bounced,
            expected=expected,
            arrived=arrived,
            read=sum(read for read, _, _ in people),
            stops=sum(stops for _, stops, _ in people),
            replies=sum(replies for _, _, replies in people),
        )


def due(*, now: datetime, most: int) -> list[Number]:
    """The numbers whose turn it is, those in trouble and those that waited longest first."""
    parameters = {"lately": now - LATELY, "five_ago": now - CALM, "hour_ago": now - HOUR, "most": most}
    return [
        Number._make(row)._replace(details=_json(row[13]), pace=_json(row[20]), normal=_json(row[21]))
        for row in _rows("due_scores", parameters)
    ]


def lately(sender_ids: Sequence[int], *, now: datetime) -> dict[int, Lately]:
    """What each of these numbers did in the last day; one that did nothing has nothing."""
    found: dict[int, Lately] = defaultdict(Lately)
    parameters = {"senders": list(sender_ids), "since": floor(now - DAY), "fine": floor(now - FINE)}
    slots: dict[tuple[int, float], Slot] = {}
    failed: set[int] = set()
    for sender_id, at, outcome, code, count in _rows("facts_of_calls", parameters):
        slot = slots.setdefault((sender_id, at.timestamp()), Slot(at.timestamp()))
        if outcome == ACCEPTED:
            slot.accepted += int(count)
        else:
            slot.refused[outcome, code] = slot.refused.get((outcome, code), 0) + int(count)
            failed.add(sender_id)
    for sender_id, at, arrived, read, bounced, stops, replies in _rows("facts_of_people", parameters):
        slot = slots.setdefault((sender_id, at.timestamp()), Slot(at.timestamp()))
        slot.arrived, slot.bounced = int(arrived), int(bounced)
        found[sender_id].people[slot.at] = (int(read), int(stops), int(replies))
    for (sender_id, _), slot in sorted(slots.items()):
        found[sender_id].slots.append(slot)
    for sender_id, streak in _streaks(failed, now).items():
        found[sender_id].streak = streak
    return found


def _streaks(sender_ids: Collection[int], now: datetime) -> dict[int, Streak]:
    if not sender_ids:
        return {}
    mixes: dict[int, dict[traces.Ended, int]] = defaultdict(dict)
    firsts: dict[int, dict[traces.Ended, float]] = defaultdict(dict)
    untils: dict[int, float] = {}
    parameters = {"senders": sorted(sender_ids), "since": now - STREAKS}
    for sender_id, outcome, code, count, first, last in _rows("streaks", parameters):
        mixes[sender_id][outcome, code] = int(count)
        firsts[sender_id][outcome, code] = first.timestamp()
        untils[sender_id] = max(untils.get(sender_id, 0.0), last.timestamp())
    return {one: Streak(mix, firsts[one], untils[one]) for one, mix in mixes.items()}


def cohorts(learned: Mapping[int, datetime | None], *, now: datetime) -> tuple[dict[int, Cohort], datetime]:
    """What became of the messages of numbers since it was last learned from them, as far as they are ripe; and until when.

    :param learned: sender id to until when its past is known; None: nothing of it.
    """
    until = floor(now - RIPE)
    wanted = {one: at or until - DAY + RIPE for one, at in learned.items()}
    parameters = {"senders": list(wanted), "since": list(wanted.values()), "until": until}
    found: dict[int, Cohort] = {}
    for row in _rows("cohorts", parameters) if wanted else ():
        sender_id, calls, accepted, *within, failing, unreachable, read, replied = (int(n) for n in row)
        # Calls of which no message is known any more count nowhere.
        found[sender_id] = Cohort(
            max(calls, accepted), accepted, tuple(within), failing, unreachable, read, replied
        )
    return found, until


def at_of(posix_seconds: float) -> datetime:
    """The aware time of POSIX seconds."""
    return datetime.fromtimestamp(posix_seconds, UTC)


def _rows(name: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.dispatch", name), dict(parameters))
        return list(cursor.fetchall())


def _json(value: object) -> Any:
    """Django's connection gives JSON of a raw statement as text."""
    return json.loads(value) if isinstance(value, str) else value
