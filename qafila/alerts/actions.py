"""Raising alerts, and what people do with them."""

from __future__ import annotations

import functools
import json
import logging
import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from qafila.alerts.effects import link_of
from qafila.alerts.models import Alert, Level
from qafila.alerts.queries import INSTALLATION, is_muted, of_business, seen_by
from qafila.alerts.saying import says
from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import NotFound
from qafila.events.actions import emit
from qafila.events.live import notify_now
from qafila.kit.ids import new_uuid, parse_uuid
from qafila.kit.stamps import stamp
from qafila.kit.statements import statement

log = logging.getLogger(__name__)

TOPIC = "alerts"
"""What open pages hear of (``events.live``)."""
SHOW_AGAIN_SECONDS = 3600
"""An alert that was read shows again when its trouble comes back after such a silence."""

_LOUDNESS = {Level.INFO: logging.INFO, Level.WARNING: logging.WARNING, Level.CRITICAL: logging.ERROR}
_LEVELS = [str(Level.INFO), str(Level.WARNING), str(Level.CRITICAL)]


def raise_alert(
    code: str,
    *,
    business_id: int | None,
    level: Level,
    params: Mapping[str, Any] | None = None,
    subject: tuple[str, str] = ("", ""),
    now: datetime,
) -> Alert:
    """Puts something before a person's eyes. While it is open, the same code and subject counts up instead.

    Its level only rises; ``params`` are those of the last time.

    :param business_id: None for what concerns the installation.
    :param code: a code of ``wording/``.
    :param params: for the sentence; no secrets, texts or full phone numbers.
    :param subject: (kind, public id) of what it is about.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.alerts", "raise"),
            {
                "public_id": new_uuid(),
                "business_id": business_id,
                "level": str(Level(level)),
                "levels": _LEVELS,
                "code": code,
                "params": json.dumps(dict(params or {})),
                "subject_kind": subject[0],
                "subject_id": subject[1],
                "again_after": SHOW_AGAIN_SECONDS,
                "now": now,
            },
        )
        row = cursor.fetchone()
        assert row is not None  # noqa: S101 - an upsert always answers its row
        alert = Alert.objects.get(pk=row[0])
        shows, grew_worse = row[1], row[2]
        if shows:
            transaction.on_commit(functools.partial(_log, alert))
            _tell_pages(business_id)
        if shows or grew_worse:
            muted = is_muted(business_id, code, subject, now=now)
            _emit("alert.raised", alert, now=now, muted=muted, **_words(alert))
        return alert


def _emit(kind: str, alert: Alert, *, now: datetime, **more: Any) -> None:
    """For the rooms above and for webhooks: codes and counts, and what a person would read, of one that was raised."""
    emit(
        kind,
        business_id=alert.business_id,
        subject=("alert", str(alert.public_id)),
        data={
            "id": str(alert.public_id),
            "code": alert.code,
            "level": alert.level,
            "count": alert.count,
            "about": [alert.subject_kind, alert.subject_id],
            "opened_at": stamp(alert.opened_at),
            **more,
        },
        now=now,
    )


def _words(alert: Alert) -> dict[str, str]:
    """What it says in the business's language, and where it is put right."""
    if alert.business_id is None:
        return {}
    language = Business.objects.values_list("language", flat=True).get(pk=alert.business_id)
    said = says(alert, language)
    return {"sentence": said.sentence, "step": said.step, "url": link_of(alert)}


def _tell_pages(business_id: int | None) -> None:
    if business_id is not None:
        notify_now(business_id, TOPIC)


def _log(alert: Alert) -> None:
    """One line when it shows (again), not for each time of a storm; never its params, which may hold names."""
    log.log(
        _LOUDNESS[Level(alert.level)],
        "an alert was raised",
        extra={
            "code": alert.code,
            "alert": str(alert.public_id),
            "business": alert.business_id,
            "subject": f"{alert.subject_kind} {alert.subject_id}".strip(),
            "count": alert.count,
        },
    )


def close_alert(
    code: str, *, business_id: int | None, subject: tuple[str, str] = ("", ""), now: datetime
) -> bool:
    """The trouble is over. Whether there was one open."""
    found = of_business(business_id).filter(code=code, subject_kind=subject[0], subject_id=subject[1])
    return _close(found, now) > 0


def close_alerts(
    codes: Collection[str],
    *,
    business_id: int | None,
    subject: tuple[str, str],
    raised_before: datetime,
    now: datetime,
) -> int:
    """Closes the open alerts of these codes about one subject; how many.

    :param raised_before: only those that were last raised before that: what came up again after it is not over.
    """
    found = of_business(business_id).filter(
        code__in=codes, subject_kind=subject[0], subject_id=subject[1], last_at__lt=raised_before
    )
    return _close(found, now)


def keep_open(
    code: str, *, business_id: int | None, subject: tuple[str, str], params: Mapping[str, Any], now: datetime
) -> Level | None:
    """Brings an open alert up to date without counting it again. Its level; None: there is none open."""
    found = of_business(business_id).filter(code=code, subject_kind=subject[0], subject_id=subject[1])
    still = found.filter(closed_at=None, deleted_at=None)
    level = still.values_list("level", flat=True).first()
    if level is None:
        return None
    still.update(params=dict(params), last_at=now)
    return Level(level)


def close_silent(codes: Collection[str], *, business_id: int | None, since: datetime, now: datetime) -> int:
    """Closes the open alerts of these codes, whatever they are about, that nobody raised or kept open since then; how many."""
    return _close(of_business(business_id).filter(code__in=codes, last_at__lt=since), now)


def close_all_about(subject: tuple[str, str], *, business_id: int | None, now: datetime) -> int:
    """Closes every open alert about something that is gone; how many."""
    found = of_business(business_id).filter(subject_kind=subject[0], subject_id=subject[1])
    return _close(found, now)


def _close(found: QuerySet[Alert], now: datetime) -> int:
    with transaction.atomic():
        closed = list(
            found.filter(closed_at=None, deleted_at=None).order_by("pk").select_for_update(no_key=True)
        )
        if closed:
            Alert.objects.filter(pk__in=[one.pk for one in closed]).update(closed_at=now)
            for alert in closed:
                _emit("alert.closed", alert, now=now, how="over")
            _tell_pages(closed[0].business_id)
    return len(closed)


def mark_read(*, public_id: uuid.UUID | str, actor: Actor, now: datetime) -> bool:
    """Marks one as read. False when it was before.

    :raises NotFound: no such alert in the actor's business. :raises NotAllowed: ``events:write`` is missing.
    """
    alert = find(public_id, actor)
    changed = Alert.objects.filter(pk=alert.pk, read_at=None).update(read_at=now) == 1
    if changed:
        _tell_pages(actor.business.pk)
    return changed


def mark_all_read(*, actor: Actor, now: datetime, installation: bool = False) -> int:
    """Marks all of the actor's business as read; how many were not. Raises :class:`NotAllowed`.

    :param installation: also those about the installation itself; for whoever runs it.
    """
    actor.must("events:write", business_id=actor.business.pk)
    whose = Q(business=actor.business)
    if installation:
        whose |= Q(business=None)
    marked = Alert.objects.filter(whose, read_at=None, deleted_at=None).update(read_at=now)
    if marked:
        _tell_pages(actor.business.pk)
    return marked


def delete(*, public_id: uuid.UUID | str, actor: Actor, now: datetime) -> bool:
    """Takes one from all views; the trouble may raise a new one. False when it was deleted before.

    :raises NotFound: no such alert in the actor's business. :raises NotAllowed: ``events:write`` is missing.
    """
    alert = find(public_id, actor)
    with transaction.atomic():
        changed = Alert.objects.filter(pk=alert.pk, deleted_at=None).update(deleted_at=now)
        if changed:
            if alert.closed_at is None:
                _emit("alert.closed", alert, now=now, how="deleted")
            record_audit(
                actor=actor,
                action="alert.deleted",
                subject_kind="alert",
                subject_id=str(alert.public_id),
                detail={"code": alert.code},
                now=now,
            )
            _tell_pages(actor.business.pk)
    return changed == 1


def remove_old(*, before: datetime, limit: int) -> int:
    """Deletes for good what was deleted or over before that moment, at most ``limit``; how many. An open one stays."""
    old = Alert.objects.filter(Q(closed_at__lt=before) | Q(deleted_at__lt=before)).order_by("pk")
    return Alert.objects.filter(pk__in=old.values("pk")[:limit]).delete()[0]


def find(public_id: uuid.UUID | str, actor: Actor) -> Alert:
    """The alert that somebody acts on; owners and admins also reach those about the installation itself.

    :raises NotFound: no such alert in the actor's business. :raises NotAllowed: ``events:write`` is missing.
    """
    parsed = parse_uuid(public_id)
    shown = seen_by(actor.business.pk, installation=actor.may(INSTALLATION))
    alert = shown.filter(public_id=parsed).first() if parsed else None
    if alert is None:
        raise NotFound("alert")
    actor.must("events:write", business_id=actor.business.pk)
    return alert
