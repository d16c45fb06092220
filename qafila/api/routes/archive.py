"""Contracts put away into the archive of the pages, and taken out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Router

from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.shapes import contracts as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.campaigns import actions
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.statuses import status_of
from qafila.kit.stamps import stamp
from qafila.ledger.states import BatchState

router = Router(tags=["contracts"])


@router.post(
    "/{contract_id}/archive",
    response={200: shapes.ArchivedContract, REFUSALS: Refusal},
    auth=needs("contracts:write"),
    summary="Put a contract into the archive",
)
def archive_contract(request: HttpRequest, contract_id: str) -> dict[str, Any]:
    """Only one that is over (`COMPLETED`, `FAILED`): 409 `contract_not_over` for what may still send. It leaves the lists of the
    pages; its messages, figures and results stay, and so does its address. Again has no effect. If it sends again, since failed
    messages were retried, it comes out by itself."""
    return _put_away(actions.archive_contract, request, contract_id)


@router.post(
    "/{contract_id}/unarchive",
    response={200: shapes.ArchivedContract, REFUSALS: Refusal},
    auth=needs("contracts:write"),
    summary="Take a contract out of the archive",
)
def unarchive_contract(request: HttpRequest, contract_id: str) -> dict[str, Any]:
    """It stands in the lists of the pages again. Again has no effect."""
    return _put_away(actions.unarchive_contract, request, contract_id)


def _put_away(verb: Callable[..., Campaign], request: HttpRequest, contract_id: str) -> dict[str, Any]:
    actor, now = actor_of(request), call_of(request).now
    campaign = verb(business=actor.business, public_id=contract_id, actor=actor, now=now)
    status = status_of(BatchState(campaign.batch.state), campaign.import_state)
    return {"id": contract_id, "status": status.value, "archivedAt": stamp(campaign.archived_at)}
