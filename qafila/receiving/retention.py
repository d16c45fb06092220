"""Letting go of what providers said about accounts, numbers and templates, once it is old."""

from __future__ import annotations

from datetime import datetime

from qafila.receiving.models import ProviderEvent


def remove_old(*, before: datetime, limit: int) -> int:
    """Deletes provider events that happened before that moment, at most ``limit``; how many. 0: none is left.

    Raw webhooks go by the day (``receiving.partitions``); receipts that wait for their message are never old.
    """
    old = ProviderEvent.objects.filter(at__lt=before).order_by("pk").values("pk")[:limit]
    return ProviderEvent.objects.filter(pk__in=old).delete()[0]
