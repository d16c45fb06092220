"""Reckons the health of numbers, each minute, in one worker at a time: score, verdict, pace, and what follows.

A number in trouble, or whose calls failed lately, is looked at each minute (with more than :data:`MOST` at once, in turns), one
that calls and is well each five minutes, a quiet one each hour. The cost of a round is a fixed number of statements over sums
of five minutes; no message is read but those of the freshest slots.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max

from qafila.dispatch import health_consequences, health_facts
from qafila.dispatch.health_facts import Lately, Number, at_of
from qafila.dispatch.pulse import count_pulses
from qafila.dispatch.reckoning import Reckoned, reckon
from qafila.dispatch.rules.block_detection import Kind
from qafila.dispatch.rules.health import AILING, Reason
from qafila.dispatch.rules.normal import Normal, learned, together
from qafila.dispatch.rules.traces import Slot, merged, without
from qafila.dispatch.tally import count_calls
from qafila.kit.statements import statement
from qafila.senders.models import Score, ScorePoint, ShadowPause

log = logging.getLogger(__name__)

MOST = 1_000
"""Numbers in one round; the others' turn comes next."""
LEARN_EVERY = timedelta(hours=7)
"""One hour's worth after the six hours in which receipts may still come."""
NORMALS_FOR = timedelta(minutes=10)
POINTS_KEPT = timedelta(days=90)
LATE = timedelta(hours=2)
"""So far back the hours' calls are counted anew: some end after their hour."""
NOT_BEFORE = timedelta(seconds=30)
"""Since the last round, whoever did it."""
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('dispatch.health', 0))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('dispatch.health', 0))"
# The lock is the session's: a worker that is frozen between two statements would keep it, and nobody's health be reckoned.
_NOT_FOR_EVER = "SET idle_session_timeout = '60s'"
_AS_BEFORE = "RESET idle_session_timeout"


class HealthRounds:
    """One a worker; any number at once. Remembers what is normal in each business between rounds."""

    def __init__(self) -> None:
        self._normals: dict[int, Normal] = {}
        self._normals_at: datetime | None = None
        self._hour: datetime | None = None

    def look(self, *, now: datetime) -> int:
        """One round, unless another worker does it or has just done it; how many numbers were reckoned."""
        with connection.cursor() as cursor:
            cursor.execute(_NOT_FOR_EVER)
            cursor.execute(_LOCK)
            row = cursor.fetchone()
            if not (row and row[0]):
                cursor.execute(_AS_BEFORE)
                return 0
            try:
                newest = Score.objects.aggregate(newest=Max("at"))["newest"]
                if newest is not None and now - NOT_BEFORE < newest <= now:
                    return 0
                return self._round(now)
            finally:
                cursor.execute(_UNLOCK)
                cursor.execute(_AS_BEFORE)

    def _round(self, now: datetime) -> int:
        count_calls(now=now)
        silent = Score.objects.filter(kind__in=(Kind.BLACK_HOLE, Kind.DEGRADED)).exists()
        count_pulses(now=now, somebody_is_silent=silent)
        numbers = health_facts.due(now=now, most=MOST)
        if numbers:
            found = self._reckon_all(numbers, now)
            _write(found, now)
            health_consequences.follow(found, now=now)
            _follow_shadows()
        self._keep_points(now)
        return len(numbers)

    def _reckon_all(self, numbers: Sequence[Number], now: datetime) -> list[Reckoned]:
        did = health_facts.lately([number.id for number in numbers], now=now)
        known = _learn(numbers, now)
        normals = self._of_businesses(now)
        totals = _of_accounts(numbers, did)
        nothing = Lately()
        found = []
        for number in numbers:
            mine = did.get(number.id, nothing)
            own, learned_at = known[number.id]
            found.append(
                reckon(
                    number,
                    mine,
                    own=own,
                    learned_at=learned_at,
                    others=normals.get(number.business_id, Normal()),
                    neighbours=without(totals[number.account_id], mine.slots),
                    now=now,
                )
            )
        return found

    def _of_businesses(self, now: datetime) -> Mapping[int, Normal]:
        if self._normals_at is None or now - self._normals_at > NORMALS_FOR:
            by_business: dict[int, list[Normal]] = defaultdict(list)
            for business_id, kept in Score.objects.values_list("sender__business_id", "normal"):
                by_business[business_id].append(Normal.from_kept(kept))
            self._normals = {one: together(normals) for one, normals in by_business.items()}
            self._normals_at = now
        return self._normals

    def _keep_points(self, now: datetime) -> None:
        """The scores as they stand at each full hour, once."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._hour == hour:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO senders_scorepoint (sender_id, at, score, factor)"
                " SELECT sender_id, %s, score, factor FROM senders_score ORDER BY sender_id ON CONFLICT DO NOTHING",
                (hour,),
            )
            cursor.execute(statement("qafila.dispatch", "points_count"), {"since": hour - LATE})
        ScorePoint.objects.filter(at__lt=now - POINTS_KEPT).delete()
        ShadowPause.objects.filter(ended_at__lt=now - POINTS_KEPT).delete()
        self._hour = hour


def _learn(numbers: Sequence[Number], now: datetime) -> dict[int, tuple[Normal, datetime | None]]:
    """The normal of each number and until when it is known, with what has become ripe. A time of trouble teaches nothing."""
    wanted = {
        number.id: number.learned_at
        for number in numbers
        if number.learned_at is None or number.learned_at < now - LEARN_EVERY
    }
    cohorts, until = health_facts.cohorts(wanted, now=now)
    found: dict[int, tuple[Normal, datetime | None]] = {}
    for number in numbers:
        normal = Normal.from_kept(number.normal)
        cohort = cohorts.get(number.id)
        if cohort is not None and number.kind == Kind.NONE and number.score >= AILING:
            normal = learned(normal, cohort)
        found[number.id] = normal, until if number.id in wanted else number.learned_at
    return found


def _of_accounts(numbers: Sequence[Number], did: Mapping[int, Lately]) -> dict[int, list[Slot]]:
    """What all numbers of each provider account did together."""
    by_account: dict[int, list[Sequence[Slot]]] = defaultdict(list)
    for number in numbers:
        by_account[number.account_id].append(did[number.id].slots if number.id in did else [])
    return {account: merged(several) for account, several in by_account.items()}


def _write(found: Sequence[Reckoned], now: datetime) -> None:
    parameters: dict[str, list[Any]] = {
        "senders": [one.number.id for one in found],
        "scores": [one.health.score for one in found],
        "known": [one.health.known for one in found],
        "reasons": [json.dumps([_reason(reason) for reason in one.health.reasons]) for one in found],
        "kinds": [str(one.verdict.kind) for one in found],
        "since": [at_of(one.verdict.since) if one.verdict.since else None for one in found],
        "codes": [one.verdict.code[:64] for one in found],
        "counts": [one.verdict.count for one in found],
        "factors": [min(one.share.rate, one.share.day) for one in found],
        "paces": [json.dumps(one.pace.kept()) for one in found],
        "normals": [json.dumps(one.own.kept()) for one in found],
        "learned": [one.learned_at for one in found],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.dispatch", "write_scores"), {**parameters, "now": now})


def _reason(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "weight": reason.weight, "params": dict(reason.params)}


def _follow_shadows() -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.dispatch", "shadow_followed"))
