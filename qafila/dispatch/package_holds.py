"""A package that is held after losses: what begins over it waits too, until a person lets something of it go on.

Lock order: the package, its hold, its batches. Whoever begins takes the package's lock shared, so that a loss at the same
moment is either seen by the one who begins, or sees what began.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from qafila.alerts import actions as alerts
from qafila.dispatch.models import PackageHold
from qafila.dispatch.rules.losses import WITHIN
from qafila.events import actions as events
from qafila.ledger import actions as ledger
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, Target
from qafila.senders.models import Package

HELD = "package_losses"
"""Wording code of a campaign that was held for it, and of the alert."""


def begin(package_id: int, *, lost: int, reason: str, at: datetime) -> bool:
    """Holds a package, or goes on holding it for one loss more. In the caller's transaction, which locks the package.

    :param at: when the last number was lost. :returns: False: that loss was followed before, or a person has said since that
        things may go on.
    """
    found = PackageHold.objects.select_for_update(no_key=True).filter(pk=package_id).first()
    if found is not None and (at <= found.at or (found.released_at is not None and at <= found.released_at)):
        return False
    goes_on = (
        found is not None
        and found.released_at is None
        # One that ran out with nothing in it is over, though nobody ended it.
        and (at < found.at + WITHIN or held_over(package_id, found.package.business_id).exists())
    )
    values = {"at": at, "lost": lost, "reason": reason[:64], "released_at": None}
    if found is None or not goes_on:
        values["since"] = at
    PackageHold.objects.update_or_create(pk=package_id, defaults=values)
    return True


def is_held(package_id: int, *, now: datetime) -> bool:
    """Whether what begins over a package has to wait: as long as something over it is held, and in any case for a day after
    the last loss, unless a person said meanwhile that things may go on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM senders_package WHERE id = %s FOR SHARE", (package_id,))
    found = PackageHold.objects.select_related("package").filter(pk=package_id, released_at=None).first()
    if found is None:
        return False
    return now < found.at + WITHIN or held_over(package_id, found.package.business_id).exists()


def must_wait(batch: Batch, *, now: datetime) -> bool:
    """Whether a batch that is to begin has to wait. One that is held for the package already has not: whoever starts that one
    was told, and means it. Ask before the batch is locked."""
    if batch.target_kind != Target.PACKAGE:
        return False
    held = is_held(batch.target_id, now=now)
    return held and batch.hold_code != HELD


def keep(batch: Batch, *, at_start: bool = False, now: datetime) -> bool:
    """Holds one batch that flows. False: it does not.

    :param at_start: it was about to begin (again), and nothing of it goes out before a person looked.
    """
    if not ledger.hold_batch(batch_id=batch.pk, code=HELD, now=now):
        return False
    events.emit(
        "batch.held",
        business_id=batch.business_id,
        subject=("batch", str(batch.public_id)),
        data={"code": HELD, **({"at_start": True} if at_start else {})},
        now=now,
    )
    return True


def held_over(package_id: int, business_id: int) -> QuerySet[Batch]:
    """What is held over a package for its losses."""
    return Batch.objects.filter(
        business_id=business_id,
        target_kind=Target.PACKAGE,
        target_id=package_id,
        state=BatchState.PAUSED,
        hold_code=HELD,
    )


def came_meanwhile(package_id: int, business_id: int, *, since: datetime) -> QuerySet[Batch]:
    """What of it was to begin while the package was held: it flows as soon as a person lets the package go on."""
    return held_over(package_id, business_id).filter(started_at__gt=since).order_by("pk")


def pause(batch_id: int, *, now: datetime) -> None:
    """A person pauses what waits only for the package: then it stays where it is when the package goes on. With the last one
    the alert is over; what begins meanwhile waits all the same, and raises it again."""
    batch = Batch.objects.filter(pk=batch_id, state=BatchState.PAUSED, hold_code=HELD).first()
    if batch is None or batch.target_kind != Target.PACKAGE or batch.started_at is None:
        return
    found = PackageHold.objects.select_related("package").filter(
        pk=batch.target_id, since__lt=batch.started_at
    )
    for hold in found:
        Batch.objects.filter(pk=batch_id, state=BatchState.PAUSED, hold_code=HELD).update(hold_code="")
        close_alert(hold.package, now=now)


def close_alert(package: Package, *, now: datetime) -> bool:
    """Ends the alert of a package once nothing is held over it. Whether it was open until now."""
    if held_over(package.pk, package.business_id).exists():
        return False
    return alerts.close_alert(
        HELD, business_id=package.business_id, subject=("package", str(package.public_id)), now=now
    )


def end(package_id: int, *, now: datetime) -> datetime | None:
    """A person said that things may go on: since when the package was held. None: it was not."""
    found = PackageHold.objects.select_for_update(no_key=True).filter(pk=package_id, released_at=None).first()
    if found is None:
        return None
    PackageHold.objects.filter(pk=package_id).update(released_at=now)
    return found.since
