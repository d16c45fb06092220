"""Reads of alerts."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import Any, Final

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.utils import timezone

from qafila import wording
from qafila.alerts.models import Alert, Level, Mute
from qafila.alerts.saying import VARIANTS
from qafila.kit.ids import parse_uuid

INSTALLATION: Final = "admin"
"""The right to see, read and delete what concerns the installation itself: owners and admins of every business share its one row."""


class View(enum.StrEnum):
    """Which alerts to show. Deleted ones are in none."""

    UNREAD = "unread"
    """Open, not muted, and nobody has read them."""
    OPEN = "open"
    """Also those that were read and whose trouble is not over."""
    MUTED = "muted"
    """Open, but the business does not want to hear of them now."""
    ALL = "all"
    """Also those that are over, and muted ones."""


def of_business(business_id: int | None) -> QuerySet[Alert]:
    """Every alert of a business; None: about the installation itself."""
    if business_id is None:
        return Alert.objects.filter(business__isnull=True)
    return Alert.objects.filter(business_id=business_id)


def seen_by(business_id: int, *, installation: bool) -> QuerySet[Alert]:
    """Every alert that is shown in a business.

    :param installation: also those about the installation itself, for who has :data:`INSTALLATION`.
    """
    whose = Q(business_id=business_id)
    return Alert.objects.filter(whose | Q(business=None) if installation else whose)


def mutes_on(business_id: int, *, now: datetime) -> QuerySet[Mute]:
    """What a business does not want to hear of at that moment."""
    return Mute.objects.filter(Q(until=None) | Q(until__gt=now), business_id=business_id)


def is_muted(business_id: int | None, code: str, subject: tuple[str, str], *, now: datetime) -> bool:
    """Whether a business does not want to hear of this. Of the installation itself always."""
    if business_id is None:
        return False
    return mutes_on(business_id, now=now).filter(covers(code, *subject)).exists()


def covers(code: str, subject_kind: str, subject_id: str) -> Q:
    """The mutings that an alert falls under."""
    return Q(code=code) & (Q(whole_code=True) | Q(subject_kind=subject_kind, subject_id=subject_id))


def with_muted(found: QuerySet[Alert], business_id: int, *, now: datetime) -> QuerySet[Alert]:
    """The same alerts, each with ``muted``: whether that business does not want to hear of it."""
    its = Q(whole_code=True) | Q(subject_kind=OuterRef("subject_kind"), subject_id=OuterRef("subject_id"))
    return found.annotate(muted=Exists(mutes_on(business_id, now=now).filter(its, code=OuterRef("code"))))


def viewed(
    business_id: int | None,
    view: View,
    *,
    after: Alert | None = None,
    installation: bool = False,
    now: datetime | None = None,
) -> QuerySet[Alert]:
    """The alerts of a view, newest first.

    :param business_id: None: about the installation itself.
    :param after: only what comes behind this one.
    :param installation: also those about the installation itself, for who has :data:`INSTALLATION`.
    :param now: decides what is muted; the machine's clock without it.
    """
    found: Any  # the type does not know what is annotated
    if business_id is None:
        found = of_business(None).annotate(muted=Value(False, output_field=BooleanField()))
    else:
        found = seen_by(business_id, installation=installation)
        found = with_muted(found, business_id, now=now or timezone.now())
    found = found.filter(deleted_at=None)
    if view is not View.ALL:
        found = found.filter(closed_at=None, muted=view is View.MUTED)
    if view is View.UNREAD:
        found = found.filter(read_at=None)
    if after is not None:
        found = found.filter(Q(last_at__lt=after.last_at) | Q(last_at=after.last_at, pk__lt=after.pk))
    return found.order_by("-last_at", "-pk")


def open_alerts(
    business_id: int | None,
    *,
    include_read: bool = False,
    installation: bool = False,
    now: datetime | None = None,
) -> QuerySet[Alert]:
    """What a person should look at, newest first; read ones have left this view unless they are asked for.

    Muted ones are not in it. Parameters as of :func:`viewed`.
    """
    view = View.OPEN if include_read else View.UNREAD
    return viewed(business_id, view, installation=installation, now=now)


def all_alerts(business_id: int | None) -> QuerySet[Alert]:
    """Also what is read and what is over, newest first; not the deleted ones."""
    return viewed(business_id, View.ALL)


def by_public_id(business_id: int, public_id: uuid.UUID | str, *, installation: bool = False) -> Alert | None:
    """One alert that is not deleted; None also for another business's, and for a text that is no id.

    :param installation: as of :func:`viewed`.
    """
    parsed = parse_uuid(public_id)
    if parsed is None:
        return None
    found = seen_by(business_id, installation=installation)
    return found.filter(deleted_at=None, public_id=parsed).first()


def searched(found: QuerySet[Alert], wanted: str, language: str) -> QuerySet[Alert]:
    """Those that say the wanted words: in the sentence, cause or step of their code or of their reason's, in that language, or
    in what stands in them (names, figures)."""
    codes = found.order_by().values_list("code", flat=True).distinct()
    reasons = found.order_by().values_list("params__reason", flat=True).distinct()
    said = wanted.casefold()
    its = Q(code__in=[one for one in codes if said in str(wording.say(one, language)).casefold()])
    known = (one for one in reasons if isinstance(one, str) and one)
    because = [one for one in known if said in wording.say(one, language).sentence.casefold()]
    its |= Q(params__reason__in=because)
    for (code, name, value), words in VARIANTS.items():
        if said in str(wording.say(words, language)).casefold():
            its |= Q(code=code, **{f"params__{name}": value})
    within = RawSQL(
        "EXISTS (SELECT FROM jsonb_each_text(alerts_alert.params) AS one WHERE one.value ILIKE %s)",
        [_pattern(wanted)],
        output_field=BooleanField(),
    )
    return found.filter(its | Q(within))


def _pattern(wanted: str) -> str:
    """For ``ILIKE``: the text itself, wherever it stands."""
    for sign in "\\%_":
        wanted = wanted.replace(sign, f"\\{sign}")
    return f"%{wanted}%"


def weight() -> Case:
    """An expression to sort by: how much an alert weighs, critical ones most."""
    whens = [When(level=level, then=Value(place)) for place, level in enumerate(Level)]
    return Case(*whens, default=Value(0), output_field=IntegerField())


def unread(
    business_id: int | None, *, installation: bool = False, now: datetime | None = None
) -> dict[str, int]:
    """How many open ones nobody has read, by level; every level is there. Parameters as of :func:`viewed`."""
    counts = {str(level): 0 for level in Level}
    shown = open_alerts(business_id, installation=installation, now=now)
    found = shown.order_by().values_list("level").annotate(number=Count("pk"))
    return counts | dict(found)
