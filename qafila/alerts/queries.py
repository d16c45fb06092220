"""Reads of alerts."""

from __future__ import annotations

import enum
import uuid

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from qafila.alerts.models import Alert, Level
from qafila.kit.ids import parse_uuid


class View(enum.StrEnum):
    """Which alerts to show. Deleted ones are in none."""

    UNREAD = "unread"
    """Open, and nobody has read them."""
    OPEN = "open"
    """Also those that were read and whose trouble is not over."""
    ALL = "all"
    """Also those that are over."""


def of_business(business_id: int | None) -> QuerySet[Alert]:
    """Every alert of a business; None: about the installation itself."""
    if business_id is None:
        return Alert.objects.filter(business__isnull=True)
    return Alert.objects.filter(business_id=business_id)


def viewed(business_id: int | None, view: View, *, after: Alert | None = None) -> QuerySet[Alert]:
    """The alerts of a view, newest first.

    :param business_id: None: about the installation itself.
    :param after: only what comes behind this one.
    """
    found = of_business(business_id).filter(deleted_at=None)
    if view is not View.ALL:
        found = found.filter(closed_at=None)
    if view is View.UNREAD:
        found = found.filter(read_at=None)
    if after is not None:
        found = found.filter(Q(last_at__lt=after.last_at) | Q(last_at=after.last_at, pk__lt=after.pk))
    return found.order_by("-last_at", "-pk")


def open_alerts(business_id: int | None, *, include_read: bool = False) -> QuerySet[Alert]:
    """What a person should look at, newest first; read ones have left this view unless they are asked for.

    :param business_id: None: about the installation itself.
    """
    return viewed(business_id, View.OPEN if include_read else View.UNREAD)


def all_alerts(business_id: int | None) -> QuerySet[Alert]:
    """Also what is read and what is over, newest first; not the deleted ones."""
    return viewed(business_id, View.ALL)


def by_public_id(business_id: int, public_id: uuid.UUID | str) -> Alert | None:
    """One alert that is not deleted; None also for another business's, and for a text that is no id."""
    parsed = parse_uuid(public_id)
    found = of_business(business_id).filter(deleted_at=None, public_id=parsed) if parsed else None
    return found.first() if found is not None else None


def weight() -> Case:
    """An expression to sort by: how much an alert weighs, critical ones most."""
    whens = [When(level=level, then=Value(place)) for place, level in enumerate(Level)]
    return Case(*whens, default=Value(0), output_field=IntegerField())


def unread(business_id: int | None) -> dict[str, int]:
    """How many open ones nobody has read, by level; every level is there."""
    counts = {str(level): 0 for level in Level}
    found = open_alerts(business_id).order_by().values_list("level").annotate(number=Count("pk"))
    return counts | dict(found)
