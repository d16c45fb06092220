"""Counts what became of the messages that each number handed over: receipts, STOPs and answers, by five minutes of the last day.

Counted beside the engine from attempts and messages, so that neither sending nor a receipt pays for it. Fresh slots are
counted each round; older ones again at a few ages, because receipts come late.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Max

from qafila.dispatch.models import Pulse, Tally
from qafila.dispatch.tally import ACCEPTED, KEPT, STEP, floor
from qafila.kit.statements import statement

SAMPLE = 500
"""Of a number that sent more than so many in a slot, only about so many to twice as many are looked at."""
FRESH = 2
"""So many slots, the running one included, are counted in every round."""
AGAIN_AT = (2, 3, 4, 6, 9, 12, 24, 36, 48, 73, 144, 287)
"""Ages, in slots, at which an older one is counted once more. 73: six hours and a step, for what is learned from it."""
SILENT_FOR = 13
"""While a number is silent its last slots are counted each round: the silence must end as soon as receipts come."""
MOST_BEHIND = 288


def count_pulses(*, now: datetime, somebody_is_silent: bool = False) -> Collection[datetime]:
    """Counts the slots whose turn it is; which. Idempotent: called again it counts the same anew.

    :param somebody_is_silent: a verdict rests on missing receipts, so those of the last hour are looked for again.
    """
    newest = Pulse.objects.aggregate(newest=Max("at"))["newest"]
    current = floor(now)
    ages = set(range(FRESH))
    if newest is None or newest < current:
        behind = MOST_BEHIND if newest is None else min(MOST_BEHIND, int((current - newest) / STEP) + FRESH)
        ages |= set(range(behind)) | set(AGAIN_AT)
    if somebody_is_silent:
        ages |= set(range(SILENT_FOR))
    slots = [current - age * STEP for age in sorted(ages)]
    with connection.cursor() as cursor:
        used = set(Tally.objects.filter(at__in=slots, outcome=ACCEPTED).values_list("at", flat=True))
        for slot in sorted(used):
            cursor.execute(statement("qafila.dispatch", "pulse"), {"slot": slot, "sample": SAMPLE})
        for slot in slots[:FRESH]:
            cursor.execute(statement("qafila.dispatch", "pulse_people"), {"slot": slot})
    if newest is None or newest < current:
        Pulse.objects.filter(at__lt=now - KEPT).delete()
    return slots
