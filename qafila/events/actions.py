"""Saying that something happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from qafila.events.kinds import KINDS
from qafila.events.models import Event


def emit(
    kind: str,
    *,
    business_id: int | None,
    subject: tuple[str, str] = ("", ""),
    data: Mapping[str, Any],
    now: datetime,
) -> int:
    """Writes an event **in the caller's transaction**, so that it exists exactly if the change does. Its row id.

    :param kind: a key of ``events.kinds.KINDS``; another raises ``ValueError``.
    :param business_id: None for what concerns the installation.
    :param subject: (kind, public id) of the thing it is about.
    :param data: JSON: ids, counts, codes; never texts, secrets or phone numbers.
    :raises TransactionManagementError: outside a transaction.
    """
    if kind not in KINDS:
        raise ValueError(f"There is no kind of event {kind!r}. Add it to events/kinds.py.")
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            f"The event {kind} belongs into the transaction of its change."
        )
    return Event.objects.create(
        business_id=business_id,
        kind=kind,
        subject_kind=subject[0],
        subject_id=subject[1],
        data=dict(data),
        at=now,
        due_at=now,
    ).pk
