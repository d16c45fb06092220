"""A lane in a worker's hands, without that worker: what a claim is asked with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from qafila.dispatch.lane import Lane as RunningLane
from qafila.dispatch.models import Lane, Worker
from qafila.senders.models import Sender


def in_hand(sender: Sender, **known: Any) -> RunningLane:
    """As it looked when the worker last asked.

    :param known: of ``qafila.dispatch.lane.Lane``, where it is not what stands in the books of a ready number.
    """
    at = datetime.now(UTC)
    worker = Worker.objects.create(host="here", pid=1, version="0", started_at=at, seen_at=at)
    held = {
        "business_id": sender.business_id,
        "owner_id": worker.pk,
        "epoch": 3,
        "lease_until": at + timedelta(hours=1),
    }
    Lane.objects.update_or_create(sender=sender, defaults=held)
    values: dict[str, Any] = {
        "sender_id": sender.pk,
        "business_id": sender.business_id,
        "epoch": 3,
        "wake": 0,
        "pace": {},
        "due_at": at,
        "public_id": str(sender.public_id),
        "state": "ready",
        "rest_until": None,
        "use_limits": sender.use_limits,
        "throughput": sender.throughput,
        "in_use_since": sender.in_use_since,
        "default_template": None,
        "account_id": sender.provider_account_id,
        "kind": "memory",
        "account_version": 1,
        "account_state": "ok",
        "portfolio_id": None,
        "capped": False,
        "worker_id": worker.pk,
        "deadline": 1e12,
    }
    return RunningLane(**{**values, **known})
