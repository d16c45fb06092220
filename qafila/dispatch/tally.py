"""What each number's calls came to, by five minutes of the last day: counted beside the engine, so that sending pays nothing.

The books are the attempts; this is only a summary of them that a page can read at once, however many messages there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max, Sum

from qafila.dispatch.models import Tally
from qafila.kit.statements import statement

STEP = timedelta(minutes=5)
KEPT = timedelta(hours=25)
AGAIN = 2 * STEP
"""So far back a round counts anew: calls end within minutes."""
ACCEPTED = "accepted"
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('dispatch.tally', 0))"


@dataclass(frozen=True, slots=True)
class Mix:
    """How often a number's calls ended in one way.

    :ivar failure: a value of ``providers.interface.Failure``. :ivar code: the provider's own code.
    """

    failure: str
    code: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """Five minutes of one number: calls that were accepted, and those that were not."""

    at: datetime
    accepted: int
    refused: int


def count_calls(*, now: datetime) -> bool:
    """Counts the calls since the last round (at most a day back). One worker does it at a time; False: another did.

    Nothing is counted twice, however often and by however many it is called.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        row = cursor.fetchone()
        if not (row and row[0]):
            return False
        newest = Tally.objects.aggregate(newest=Max("at"))["newest"]
        since = floor(max(now - KEPT, newest - AGAIN if newest else now - KEPT))
        Tally.objects.filter(at__gte=since).delete()
        Tally.objects.filter(at__lt=now - KEPT).delete()
        cursor.execute(statement("qafila.dispatch", "tally"), {"since": since})
    return True


def floor(at: datetime) -> datetime:
    """The full five minutes before a moment."""
    return at - timedelta(seconds=at.timestamp() % STEP.total_seconds())


def accepted_since(sender_ids: Collection[int], *, since: datetime) -> dict[int, int]:
    """How many calls of each number were accepted since then (by full five minutes); numbers without any are not there."""
    found = Tally.objects.filter(sender_id__in=sender_ids, at__gte=floor(since), outcome=ACCEPTED)
    return dict(found.values_list("sender_id").annotate(number=Sum("count")))


def last_refusals(sender_ids: Collection[int], *, since: datetime) -> dict[int, Mix]:
    """The latest way in which a call of each number was not accepted."""
    found: dict[int, Mix] = {}
    rows = Tally.objects.filter(sender_id__in=sender_ids, at__gte=floor(since)).exclude(outcome=ACCEPTED)
    for row in rows.order_by("at", "code"):
        found[row.sender_id] = Mix(row.outcome, row.code, row.count, row.at)
    return found


def mix_of(sender_id: int, *, since: datetime) -> list[Mix]:
    """In which ways calls of a number were not accepted since then, the most frequent first."""
    rows = (
        Tally.objects.filter(sender_id=sender_id, at__gte=floor(since))
        .exclude(outcome=ACCEPTED)
        .values_list("outcome", "code")
        .annotate(number=Sum("count"), last_at=Max("at"))
        .order_by("-number", "code")
    )
    return [Mix(*row) for row in rows]


def steps_of(sender_id: int, *, since: datetime, until: datetime) -> Sequence[Step]:
    """Every five minutes between two moments, quiet ones too, for a chart."""
    accepted: dict[datetime, int] = defaultdict(int)
    refused: dict[datetime, int] = defaultdict(int)
    rows = Tally.objects.filter(sender_id=sender_id, at__gte=floor(since)).values_list(
        "at", "outcome", "count"
    )
    for at, outcome, count in rows:
        (accepted if outcome == ACCEPTED else refused)[at] += count
    steps: list[Step] = []
    at = floor(since)
    while at <= until:
        steps.append(Step(at, accepted[at], refused[at]))
        at += STEP
    return steps
