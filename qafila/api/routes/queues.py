"""The queue at a glance."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from qafila.api.auth import needs
from qafila.api.call import actor_of
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.api.shapes.queues import QueueStatus
from qafila.campaigns import queries
from qafila.campaigns.rules.statuses import Status
from qafila.ledger import queries as ledger
from qafila.ledger.states import SUCCESS, State

router = Router(tags=["queue"])


@router.get(
    "/status",
    response={200: QueueStatus, REFUSALS: Refusal},
    auth=needs("contracts:read"),
    summary="The queue at a glance",
)
def queue_status(request: HttpRequest) -> dict[str, Any]:
    """Contracts by status, messages by state. The database is the queue: there is no other that could disagree."""
    business_id = actor_of(request).business.pk
    contracts = queries.status_counts(business_id)
    messages = ledger.queue_totals(business_id)
    return {
        "contracts": {
            "waiting": contracts[Status.PENDING] + contracts[Status.PAUSED],
            "active": contracts[Status.IN_PROGRESS],
            "completed": contracts[Status.COMPLETED],
            "failed": contracts[Status.FAILED],
        },
        "messages": {
            "waiting": messages[State.QUEUED],
            "active": messages[State.SENDING],
            "completed": sum(messages[state] for state in SUCCESS),
            "failed": messages[State.FAILED] + messages[State.SKIPPED],
            "uncertain": messages[State.UNCERTAIN],
            "cancelled": messages[State.CANCELLED],
        },
    }
