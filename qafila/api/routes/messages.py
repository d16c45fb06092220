"""Single messages: the story of one, and a person's word on uncertain ones."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from qafila.api import words
from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.refusals import ApiRefusal
from qafila.api.routes.finding import contract_of, message_of, row_id_of
from qafila.api.shapes import messages as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.businesses.refusals import NotFound
from qafila.campaigns import actions as campaigns
from qafila.campaigns.queries import batches_of_messages, contract_id_of_batch
from qafila.dispatch.queries import why_not_yet
from qafila.kit.stamps import stamp
from qafila.ledger import queries as ledger
from qafila.ledger.actions import Resolution
from qafila.ledger.states import State

router = Router(tags=["messages"])


@router.post(
    "/resolve",
    response={200: shapes.Resolved, REFUSALS: Refusal},
    auth=needs("messages:write"),
    summary="Decide on many uncertain messages",
)
def resolve_messages(request: HttpRequest, body: shapes.BulkDecision) -> dict[str, Any]:
    """All uncertain messages of a contract, or those named in `ids`. `resend` queues them as new attempts; a message that
    turns out to have been accepted before that leaves the queue by itself."""
    actor = actor_of(request)
    if (body.contractId is None) == (body.ids is None):
        raise ApiRefusal(422, "field_required", field="contractId")
    ids = None
    if body.ids is not None:
        ids = [row_id for text in body.ids if (row_id := row_id_of(text)) is not None]
        if len(ids) != len(body.ids) or len(batches_of_messages(actor.business.pk, ids)) < len(set(ids)):
            raise NotFound("message")
    batch_id = contract_of(request, body.contractId).campaign.batch_id if body.contractId else None
    resolved = campaigns.resolve_messages(
        business=actor.business,
        as_=Resolution(body.as_),
        message_ids=ids,
        batch_id=batch_id,
        actor=actor,
        now=call_of(request).now,
    )
    return {"resolved": resolved}


@router.post(
    "/{message_id}/resolve",
    response={200: shapes.Resolved, REFUSALS: Refusal},
    auth=needs("messages:write"),
    summary="Decide on an uncertain message",
)
def resolve_message(request: HttpRequest, message_id: str, body: shapes.Decision) -> dict[str, Any]:
    """It was sent, it failed, or it shall be sent again. 0: it was not uncertain (any more)."""
    actor = actor_of(request)
    resolved = campaigns.resolve_messages(
        business=actor.business,
        as_=Resolution(body.as_),
        message_ids=[message_of(request, message_id).id],
        actor=actor,
        now=call_of(request).now,
    )
    return {"resolved": resolved}


@router.get(
    "/{message_id}",
    response={200: shapes.MessageStory, REFUSALS: Refusal},
    auth=needs("messages:read"),
    summary="The story of a message",
)
def get_message(request: HttpRequest, message_id: str) -> dict[str, Any]:
    """Every attempt, and why it has not gone out yet."""
    call = call_of(request)
    row = message_of(request, message_id)
    waits = why_not_yet(row, now=call.now)
    doubtful = row.state is State.UNCERTAIN and row.id in ledger.probably_not_sent([row.id], now=call.now)
    return {
        **words.message_line(row, call.language),
        "contractId": contract_id_of_batch(actor_of(request).business.pk, row.batch_id),
        "text": row.body,
        "params": row.params,
        "calls": [
            {
                "number": attempt.number,
                "beganAt": stamp(attempt.began_at),
                "endedAt": stamp(attempt.ended_at),
                "outcome": attempt.outcome,
                "code": attempt.code,
                "detail": attempt.detail,
            }
            for attempt in ledger.attempts(row.id)
        ],
        "whyNotYet": {
            "code": waits.code,
            "message": words.reason_sentence(waits.code, call.language),
            "notBefore": stamp(waits.not_before),
        }
        if waits
        else None,
        "probablyNotSent": doubtful,
    }
