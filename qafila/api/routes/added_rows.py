"""More rows for a contract that stands already."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from qafila.api import words
from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.handlers import row_fault
from qafila.api.shapes import contracts as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.campaigns import actions

router = Router(tags=["contracts"])


@router.post(
    "/{contract_id}/recipients",
    response={201: shapes.AddedRows, REFUSALS: Refusal},
    auth=needs("contracts:write"),
    summary="Add rows to a contract",
)
def add_rows(request: HttpRequest, contract_id: str, body: shapes.NewRecipients) -> Status[dict[str, Any]]:
    """A running contract goes on with them, a completed one runs again at once; one that is `PENDING` or `PAUSED` stays so and has
    them when it starts. Every row becomes a message: bad rows, and what this contract says to that number already, are skipped,
    each with its reason, and listed in `rejected`. All rows are in the books, or none. Not while an uploaded file is still being
    read, not into an archived contract, and for 30 days after it was made; at most 2,000,000 rows in all."""
    actor, call = actor_of(request), call_of(request)
    added = actions.add_rows(
        business=actor.business,
        public_id=contract_id,
        recipients=body.recipients,
        strict=body.strict,
        actor=actor,
        now=call.now,
    )
    return Status(
        201,
        {
            "id": contract_id,
            "totalCount": added.campaign.total_count,
            "status": added.status.value,
            "firstRow": added.first_row,
            "accepted": added.accepted,
            "rejected": [row_fault(row, call.language) for row in added.rejected],
            "warnings": words.warnings(added.warnings, call.language)
            + words.closed_windows_warning(added.closed_windows, call.language),
            "closedWindows": added.closed_windows,
        },
    )
