"""Raising alerts, and what people do with them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from qafila.alerts.models import Alert, Level
from qafila.alerts.queries import of_business
from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.refusals import NotFound
from qafila.kit.ids import new_uuid, parse_uuid
from qafila.kit.statements import statement

SHOW_AGAIN_SECONDS = 3600
"""An alert that was read shows again when its trouble comes back after such a silence."""

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
        return Alert.objects.get(pk=row[0])


def close_alert(
    code: str, *, business_id: int | None, subject: tuple[str, str] = ("", ""), now: datetime
) -> bool:
    """The trouble is over. Whether there was one open."""
    found = of_business(business_id).filter(code=code, subject_kind=subject[0], subject_id=subject[1])
    return found.filter(closed_at=None, deleted_at=None).update(closed_at=now) > 0


def mark_read(*, public_id: uuid.UUID | str, actor: Actor, now: datetime) -> bool:
    """Marks one as read. False when it was before.

    :raises NotFound: no such alert in the actor's business. :raises NotAllowed: ``events:write`` is missing.
    """
    alert = _find(public_id, actor)
    return Alert.objects.filter(pk=alert.pk, read_at=None).update(read_at=now) == 1


def mark_all_read(*, actor: Actor, now: datetime) -> int:
    """Marks all of the actor's business as read; how many were not. Raises :class:`NotAllowed`."""
    actor.must("events:write", business_id=actor.business.pk)
    return Alert.objects.filter(business=actor.business, read_at=None, deleted_at=None).update(read_at=now)


def delete(*, public_id: uuid.UUID | str, actor: Actor, now: datetime) -> bool:
    """Takes one from all views; the trouble may raise a new one. False when it was deleted before.

    :raises NotFound: no such alert in the actor's business. :raises NotAllowed: ``events:write`` is missing.
    """
    alert = _find(public_id, actor)
    with transaction.atomic():
        changed = Alert.objects.filter(pk=alert.pk, deleted_at=None).update(deleted_at=now)
        if changed:
            record_audit(
                actor=actor,
                action="alert.deleted",
                subject_kind="alert",
                subject_id=str(alert.public_id),
                detail={"code": alert.code},
                now=now,
            )
    return changed == 1


def _find(public_id: uuid.UUID | str, actor: Actor) -> Alert:
    parsed = parse_uuid(public_id)
    alert = Alert.objects.filter(business=actor.business, public_id=parsed).first() if parsed else None
    if alert is None:
        raise NotFound("alert")
    actor.must("events:write", business_id=actor.business.pk)
    return alert
