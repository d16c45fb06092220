"""Reads of alerts."""

from __future__ import annotations

from django.db.models import QuerySet

from qafila.alerts.models import Alert, Level


def of_business(business_id: int | None) -> QuerySet[Alert]:
    """Every alert of a business; None: about the installation itself."""
    if business_id is None:
        return Alert.objects.filter(business__isnull=True)
    return Alert.objects.filter(business_id=business_id)


def open_alerts(business_id: int | None, *, include_read: bool = False) -> QuerySet[Alert]:
    """What a person should look at, newest first; read ones have left this view unless they are asked for.

    :param business_id: None: about the installation itself.
    """
    found = of_business(business_id).filter(closed_at=None, deleted_at=None)
    if not include_read:
        found = found.filter(read_at=None)
    return found.order_by("-last_at", "-pk")


def all_alerts(business_id: int | None) -> QuerySet[Alert]:
    """Also what is read and what is over, newest first; not the deleted ones."""
    return of_business(business_id).filter(deleted_at=None).order_by("-last_at", "-pk")


def unread(business_id: int) -> dict[str, int]:
    """How many open ones nobody has read, by level; every level is there."""
    counts = {str(level): 0 for level in Level}
    for level in open_alerts(business_id).values_list("level", flat=True):
        counts[level] += 1
    return counts
