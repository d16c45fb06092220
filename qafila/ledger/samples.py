"""The counters as they stood each minute: for charts and rates, at no cost to what sends."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from qafila.kit.statements import statement
from qafila.ledger.models import Sample

MINUTES_KEPT = timedelta(hours=26)
HOURS_KEPT = timedelta(days=92)
RATE_OVER = timedelta(minutes=5)
"""A rate is told over about so long."""


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of a chart: messages a minute since the point before.

    Over a gap (no worker ran) it is the average.
    """

    at: datetime
    sent: float
    delivered: float
    failed: float


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of a business, that begins at a full hour of UTC: how many messages were sent, delivered, failed in it.

    Over a gap (no worker ran) they count where they were noted: in its last hour.
    """

    at: datetime
    sent: int
    delivered: int
    failed: int


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a batch was at a moment: messages that went out, and its total then."""

    at: datetime
    sent: int
    total: int


def take(*, now: datetime) -> None:
    """Notes the counters of this minute, once, however many workers ask; every hour it forgets what is old."""
    minute = now.replace(second=0, microsecond=0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement("qafila.ledger", "take_samples"), {"minute": minute})
        if cursor.rowcount and minute.minute == 0:
            cursor.execute(
                statement("qafila.ledger", "forget_samples"),
                {"minutes_before": minute - MINUTES_KEPT, "hours_before": minute - HOURS_KEPT},
            )


def pace(business_id: int, *, since: datetime) -> list[Point]:
    """What a business sent, had delivered and did not get out, a minute each; at most a point a minute."""
    rows = list(
        Sample.objects.filter(business_id=business_id, batch_id=0, at__gte=since - timedelta(minutes=1))
        .order_by("at")
        .values_list("at", "sent", "delivered", "failed")
    )
    points = []
    for before, after in itertools.pairwise(rows):
        minutes = (after[0] - before[0]).total_seconds() / 60
        # A retry takes failed ones back: that is no failure less in this minute.
        sent, delivered, failed = after[1] - before[1], after[2] - before[2], after[3] - before[3]
        points.append(
            Point(after[0], max(0, sent) / minutes, max(0, delivered) / minutes, max(0, failed) / minutes)
        )
    return points


def hours(business_id: int, *, since: datetime) -> list[Hour]:
    """What a business did in each hour since a full hour, the hour that runs included; without the hours in which nothing was
    noted. One statement over the notes of some days, however many messages there are."""
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.ledger", "hours"), {"business": business_id, "since": since})
        rows = cursor.fetchall()
    found: dict[datetime, Hour] = {}
    for before, after in itertools.pairwise(rows):
        begins = (after[0] - timedelta(microseconds=1)).replace(minute=0, second=0, microsecond=0)
        # A retry takes failed ones back: that is no failure less in this hour.
        sent, delivered, failed = (max(0, after[n] - before[n]) for n in (1, 2, 3))
        known = found.get(begins, Hour(begins, 0, 0, 0))
        found[begins] = Hour(begins, known.sent + sent, known.delivered + delivered, known.failed + failed)
    return list(found.values())


def course(business_id: int, batch_id: int, *, most: int = 400) -> list[Mark]:
    """How a batch came along, evenly thinned to at most ``most`` marks."""
    rows = list(
        Sample.objects.filter(business_id=business_id, batch_id=batch_id)
        .order_by("at")
        .values_list("at", "sent", "total")
    )
    step = -(-len(rows) // most) or 1
    kept = rows[::step]
    if rows and kept[-1] != rows[-1]:
        kept.append(rows[-1])
    return [Mark(*row) for row in kept]


def rates(
    business_id: int, sent: Mapping[int, tuple[int, datetime | None]], *, now: datetime
) -> dict[int, float]:
    """Messages a minute that running batches send now.

    :param sent: batch id to (messages that went out until now, when it was started).
    :returns: 0 for one that sent nothing lately; none for one never started.
    """
    marks = _marks_around(business_id, list(sent), now - RATE_OVER)
    found = {}
    for batch_id, (count, started_at) in sent.items():
        if started_at is None:
            continue
        # One that began within that time sent everything since then; its first sample came later.
        young = started_at >= now - RATE_OVER
        at, before = (started_at, 0) if young else marks.get(batch_id, (started_at, 0))
        minutes = max((now - at).total_seconds() / 60, 1 / 6)
        found[batch_id] = max(0, count - before) / minutes
    return found


def _marks_around(
    business_id: int, batch_ids: Sequence[int], moment: datetime
) -> dict[int, tuple[datetime, int]]:
    """The first sample of each batch since a moment."""
    if not batch_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.id, s.at, s.sent FROM unnest(%s::bigint[]) AS b (id) CROSS JOIN LATERAL (SELECT at, sent"
            " FROM ledger_sample WHERE business_id = %s AND batch_id = b.id AND at >= %s ORDER BY at LIMIT 1) s",
            (list(batch_ids), business_id, moment),
        )
        return {batch_id: (at, sent) for batch_id, at, sent in cursor.fetchall()}
