"""Which packages are held after losses, as pages and the API show it (``package_holds`` decides it)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count

from qafila.businesses.queries import local_time
from qafila.dispatch.models import PackageHold
from qafila.dispatch.package_holds import HELD
from qafila.dispatch.rules.losses import WITHIN
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, Target
from qafila.senders.models import Package
from qafila.wording import Wording, say

WAITS: Final = "package_holds_what_begins"
"""Wording code of a package over which nothing is held yet, and whatever begins would be."""


@dataclass(frozen=True, slots=True)
class Held:
    """How a package is held.

    :ivar campaigns: that wait for a person; 0: only what begins from now on would.
    :ivar numbers: how many were lost within a day; 0: not known. :ivar reason: wording code of the last loss, or "".
    :ivar until: when it ends by itself where nothing waits for a person; None: not by itself.
    """

    campaigns: int
    numbers: int
    reason: str
    until: datetime | None

    @property
    def code(self) -> str:
        """Wording code of what is said of it."""
        return HELD if self.campaigns else WAITS


def held(business_id: int, package_ids: Iterable[int], *, now: datetime) -> dict[int, Held]:
    """Of these packages of a business (row ids) the ones that are held; two statements however many. Nothing is locked: who
    begins something asks ``package_holds.is_held``."""
    ids = list(package_ids)
    waiting = Batch.objects.filter(
        business_id=business_id,
        target_kind=Target.PACKAGE,
        target_id__in=ids,
        state=BatchState.PAUSED,
        hold_code=HELD,
    )
    counts = dict(
        waiting.order_by().values("target_id").annotate(n=Count("pk")).values_list("target_id", "n")
    )
    rows = PackageHold.objects.filter(pk__in=ids, package__business_id=business_id)
    holds = {row.pk: row for row in rows}
    found: dict[int, Held] = {}
    for pk in ids:
        row, count = holds.get(pk), counts.get(pk, 0)
        goes_on = row is not None and row.released_at is None and now < row.at + WITHIN
        if count or goes_on:
            found[pk] = Held(
                campaigns=count,
                numbers=row.lost if row else 0,
                reason=row.reason if row else "",
                until=row.at + WITHIN if row and goes_on and not count else None,
            )
    return found


def held_one(package: Package, *, now: datetime) -> Held | None:
    """How this one is held; None: it is not."""
    return held(package.business_id, [package.pk], now=now).get(package.pk)


def says(package: Package, found: Held, language: str) -> Wording:
    """Why it is held, and what to do."""
    return say(
        found.code,
        language,
        package=package.name,
        count=found.campaigns,
        numbers=found.numbers or None,
        reason=found.reason or None,
        until=local_time(package.business_id, found.until) if found.until else None,
    )
