"""Not wanting to hear of something for a while: no badge, no e-mail, not in the first views. It is counted all the same."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from qafila.alerts.actions import TOPIC, find
from qafila.alerts.models import Mute
from qafila.alerts.queries import covers, mutes_on
from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.refusals import NotFound, Refused
from qafila.events.live import notify_now
from qafila.kit.ids import parse_uuid


def mute(
    *,
    public_id: uuid.UUID | str,
    whole_code: bool = False,
    until: datetime | None,
    actor: Actor,
    now: datetime,
) -> Mute:
    """Mutes what an alert is about, for the whole business. Muting it again changes the end.

    :param whole_code: every alert with its code, whatever it is about.
    :param until: None: until somebody ends it.
    :raises NotFound: no such alert in the actor's business. :raises NotAllowed: ``events:write`` is missing.
    :raises Refused: ``mute_ends_in_the_past``.
    """
    alert = find(public_id, actor)
    if until is not None and until <= now:
        raise Refused("mute_ends_in_the_past", "The muting would be over already. Choose a later moment.")
    subject = ("", "") if whole_code else (alert.subject_kind, alert.subject_id)
    with transaction.atomic():
        made, _ = Mute.objects.update_or_create(
            business=actor.business,
            code=alert.code,
            whole_code=whole_code,
            subject_kind=subject[0],
            subject_id=subject[1],
            defaults={"until": until, "by": actor.name[:200], "created_at": now},
        )
        notify_now(actor.business.pk, TOPIC)
        record_audit(
            actor=actor,
            action="alert.muted",
            subject_kind="alert",
            subject_id=str(alert.public_id),
            detail={
                "code": alert.code,
                "whole_code": whole_code,
                "until": until.isoformat() if until else "",
            },
            now=now,
        )
    return made


def unmute(*, mute_id: uuid.UUID | str, actor: Actor, now: datetime) -> None:
    """Ends a muting at once.

    :raises NotFound: no such muting in the actor's business. :raises NotAllowed: ``events:write`` is missing.
    """
    parsed = parse_uuid(mute_id)
    found = Mute.objects.filter(business=actor.business, public_id=parsed).first() if parsed else None
    if found is None:
        raise NotFound("mute")
    actor.must("events:write", business_id=actor.business.pk)
    with transaction.atomic():
        found.delete()
        notify_now(actor.business.pk, TOPIC)
        record_audit(
            actor=actor,
            action="alert.unmuted",
            subject_kind="alert",
            subject_id="",
            detail={"code": found.code},
            now=now,
        )


def unmute_alert(*, public_id: uuid.UUID | str, actor: Actor, now: datetime) -> bool:
    """Ends whatever mutes an alert: that of its subject and that of every alert of its kind. False: nothing did.

    :raises NotFound: no such alert in the actor's business. :raises NotAllowed: ``events:write`` is missing.
    """
    alert = find(public_id, actor)
    found = mutes_on(actor.business.pk, now=now).filter(
        covers(alert.code, alert.subject_kind, alert.subject_id)
    )
    with transaction.atomic():
        ids = list(found.values_list("public_id", flat=True))
        for mute_id in ids:
            unmute(mute_id=mute_id, actor=actor, now=now)
    return bool(ids)


def muted(business_id: int, *, now: datetime) -> list[Mute]:
    """What is muted now, the newest first."""
    return list(mutes_on(business_id, now=now).order_by("-pk"))


def remove_over(*, now: datetime) -> int:
    """Deletes mutings that are over; how many. The pages of muted alerts show them again by themselves."""
    return Mute.objects.filter(until__lte=now).delete()[0]
