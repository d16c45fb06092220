"""What happened to a number, newest first: changes of state, what people did, what the provider reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from qafila.businesses.models import AuditEntry
from qafila.events.models import TOLD_OF, Event
from qafila.senders.models import Sender

LOOK_BACK = timedelta(days=90)
MOST = 50


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing.

    :ivar action: of the audit log; "" where nobody acted.
    :ivar who: kind and id of who acted (``user``, ``api_key`` …).
    :ivar before: the state before, :ivar after: after; "" where it is about something else.
    :ivar reason: a wording code; "" without.
    """

    at: datetime
    kind: str = ""
    action: str = ""
    who: tuple[str, str] = ("", "")
    before: str = ""
    after: str = ""
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def happenings(sender: Sender, *, now: datetime, limit: int = MOST) -> Sequence[Happening]:
    """The last things, at most ``limit``; what a person did and the change it made are one.

    :param sender: with its provider account, whose own changes count too.
    """
    subjects = [("sender", str(sender.public_id))]
    if sender.provider_account is not None:
        subjects.append(("provider_account", str(sender.provider_account.public_id)))
    found: dict[tuple[datetime, str], Happening] = {}
    for kind, public_id in subjects:
        for entry in _acts(sender.business_id, kind, public_id, now - LOOK_BACK, limit):
            found[entry.at, kind] = entry
        for event in _events(sender.business_id, kind, public_id, limit):
            acted = found.get((event.at, kind))
            found[event.at, kind] = _together(acted, event) if acted else event
    newest = sorted(found.values(), key=lambda one: one.at, reverse=True)
    return newest[:limit]


def _acts(business_id: int, kind: str, public_id: str, since: datetime, limit: int) -> list[Happening]:
    rows = AuditEntry.objects.filter(
        business_id=business_id, subject_kind=kind, subject_id=public_id, at__gte=since
    ).order_by("-at")[:limit]
    return [
        Happening(at=row.at, action=row.action, who=(row.actor_kind, row.actor_id), detail=row.detail or {})
        for row in rows
    ]


def _events(business_id: int, kind: str, public_id: str, limit: int) -> list[Happening]:
    rows = Event.objects.filter(
        business_id=business_id, subject_kind=kind, subject_id=public_id, kind__in=TOLD_OF
    ).order_by("-pk")[:limit]
    return [
        Happening(
            at=row.at,
            kind=row.kind,
            before=str(row.data.get("from", "")),
            after=str(row.data.get("to", "")),
            reason=str(row.data.get("reason") or row.data.get("code") or ""),
        )
        for row in rows
    ]


def _together(acted: Happening, event: Happening) -> Happening:
    return Happening(
        at=acted.at,
        kind=event.kind,
        action=acted.action,
        who=acted.who,
        before=event.before,
        after=event.after,
        reason=event.reason,
        detail=acted.detail,
    )
