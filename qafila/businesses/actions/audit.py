"""The audit log: lines that are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry


def record_audit(
    *,
    actor: Actor,
    action: str,
    subject_kind: str = "",
    subject_id: str = "",
    detail: Mapping[str, Any] | None = None,
    address: str | None = None,
    now: datetime,
) -> None:
    """Adds a line to the audit log of the actor's business, in the caller's transaction.

    With its commit it gets its id and its place in the business's hash chain (``migrations/0009``).

    :param action: ``<thing>.<what happened>``, e.g. ``sender.paused``.
    :param detail: small and without secrets, texts and phone numbers.
    :param address: where it came from; the actor's own by default.
    """
    AuditEntry.objects.create(
        business=actor.business,
        at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        detail=dict(detail or {}),
        address=address or actor.address,
    )
