"""Who did what to one thing, in the order it happened; and the names behind the ids that are kept beside things."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qafila.businesses.models import ApiKey, AuditEntry, User
from qafila.kit.ids import parse_uuid


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a history.

    :ivar actor_kind: ``user``, ``api_key``, ``legacy``, ``system`` or ``command``.
    :ivar who: the person's or key's name; "" where there is none.
    """

    at: datetime
    action: str
    actor_kind: str
    who: str
    detail: Mapping[str, Any]


def history_of(
    business_id: int, subject_kind: str, subject_id: str, *, since: datetime, most: int = 100
) -> list[Step]:
    """The audit log about one thing, newest first.

    :param since: when the thing came to be: nothing older is read.
    """
    rows = list(
        AuditEntry.objects.filter(
            business_id=business_id, at__gte=since, subject_kind=subject_kind, subject_id=subject_id
        ).order_by("-at", "-pk")[:most]
    )
    names = names_of(business_id, {f"{row.actor_kind}:{row.actor_id}" for row in rows})
    return [
        Step(
            row.at, row.action, row.actor_kind, names.get(f"{row.actor_kind}:{row.actor_id}", ""), row.detail
        )
        for row in rows
    ]


def last_of(business_id: int, action: str) -> Step | None:
    """The latest entry of a kind, read from the newest back; None where it never happened."""
    row = AuditEntry.objects.filter(business_id=business_id, action=action).order_by("-pk").first()
    if row is None:
        return None
    key = f"{row.actor_kind}:{row.actor_id}"
    return Step(row.at, row.action, row.actor_kind, names_of(business_id, {key}).get(key, ""), row.detail)


def names_of(business_id: int, references: Collection[str]) -> dict[str, str]:
    """``user:<id>`` and ``api_key:<id>`` to the name behind it; the person's e-mail where they have no name.

    Others, and those that are gone, are left out.
    """
    wanted: dict[str, dict[Any, str]] = {"user": {}, "api_key": {}}
    for reference in references:
        kind, _, text = reference.partition(":")
        public_id = parse_uuid(text)
        if kind in wanted and public_id is not None:
            wanted[kind][public_id] = reference
    found: dict[str, str] = {}
    if wanted["user"]:
        for user in User.objects.filter(public_id__in=list(wanted["user"])):
            found[wanted["user"][user.public_id]] = user.name or user.email
    if wanted["api_key"]:
        for key in ApiKey.objects.filter(business_id=business_id, public_id__in=list(wanted["api_key"])):
            found[wanted["api_key"][key.public_id]] = key.name
    return found
