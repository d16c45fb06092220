"""What a person took away: whoever comes back to its address is told so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from qafila.businesses.models import AuditEntry
from qafila.kit.ids import parse_public_id

REMEMBERED: Final = timedelta(days=14)
"""For so long the audit log is asked what became of a thing."""
_KINDS: Final = frozenset({"contract", "draft"})


def was_deleted(business_id: int, public_id: str, *, now: datetime) -> bool:
    """Whether a person of the business took this contract, or this draft, away in the last two weeks."""
    kind, _tail = parse_public_id(public_id) or ("", "")
    if kind not in _KINDS:
        return False
    return AuditEntry.objects.filter(
        business_id=business_id,
        subject_kind=kind,
        subject_id=public_id,
        action=f"{kind}.deleted",
        at__gte=now - REMEMBERED,
    ).exists()
