"""Directions: listed, made, changed, deleted, and where a message for one would go."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from qafila.api import number_words
from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.refusals import ApiRefusal
from qafila.api.routes.finding import check_user_account, direction_of
from qafila.api.shapes import numbers as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.senders import actions, direction_queries
from qafila.senders import queries as senders
from qafila.senders.direction_models import Direction
from qafila.senders.models import Sender
from qafila.senders.rules.resolution import Purpose

router = Router(tags=["directions"])
STANDS_IN = "fallback_whatsapp_phone_number_id"


def _answers(request: HttpRequest, rows: list[Direction]) -> list[dict[str, Any]]:
    call, business = call_of(request), actor_of(request).business
    sending, ads = (
        direction_queries.resolve_all(rows, business, purpose=purpose, now=call.now)
        for purpose in (Purpose.SENDING, Purpose.ADS)
    )
    return [
        number_words.direction_answer(row, sending=to, ads=for_ads, language=call.language)
        for row, to, for_ads in zip(rows, sending, ads, strict=True)
    ]


def _number(
    request: HttpRequest, number_id: str | None, field: str = "whatsapp_phone_number_id"
) -> Sender | None:
    """The number that a field names. Raises 404."""
    if number_id is None:
        return None
    found = senders.by_public_id(actor_of(request).business.pk, number_id)
    if found is None:
        raise ApiRefusal(404, "not_found", field=field)
    return found


@router.get(
    "",
    response={200: shapes.DirectionList, REFUSALS: Refusal},
    auth=needs("accounts:read"),
    summary="List directions",
)
def list_directions(
    request: HttpRequest, userAccountId: str | None = Query(None, description="Your account.")
) -> dict[str, Any]:
    """Every direction by name: the number it chose, and the one that serves it now with the reason."""
    if userAccountId is not None:
        check_user_account(request, userAccountId)
    rows = list(direction_queries.directions_of(actor_of(request).business.pk))
    return {"directions": _answers(request, rows)}


@router.post(
    "",
    response={201: shapes.DirectionAnswer, REFUSALS: Refusal},
    auth=needs("numbers:write"),
    summary="Add a direction",
)
def create_direction(request: HttpRequest, body: shapes.NewDirection) -> Status[dict[str, Any]]:
    """A line of business with a number of its own, or with the default one."""
    if body.userAccountId is not None:
        check_user_account(request, body.userAccountId)
    actor = actor_of(request)
    row = actions.create_direction(
        business=actor.business,
        name=body.name,
        sender=_number(request, body.whatsapp_phone_number_id),
        fallback=_number(request, body.fallback_whatsapp_phone_number_id, STANDS_IN),
        colour=body.colour,
        actor=actor,
        now=call_of(request).now,
    )
    return Status(201, _answers(request, [row])[0])


@router.put(
    "/{direction_id}",
    response={200: shapes.DirectionAnswer, REFUSALS: Refusal},
    auth=needs("numbers:write"),
    summary="Change a direction",
)
def change_direction(
    request: HttpRequest, direction_id: str, body: shapes.ChangedDirection
) -> dict[str, Any]:
    """Its name, its colour, its number; `whatsapp_phone_number_id: null` means the default. With
    `fallback_whatsapp_phone_number_id` another number stands in while that one does not serve."""
    row = direction_of(request, direction_id)
    chosen = "whatsapp_phone_number_id" in body.model_fields_set
    actions.change_direction(
        direction=row,
        name=body.name,
        sender=_number(request, body.whatsapp_phone_number_id) if chosen else actions.KEEP,
        fallback=(
            _number(request, body.fallback_whatsapp_phone_number_id, STANDS_IN)
            if STANDS_IN in body.model_fields_set
            else actions.KEEP
        ),
        colour=body.colour,
        actor=actor_of(request),
        now=call_of(request).now,
    )
    return _answers(request, [direction_of(request, direction_id)])[0]


@router.delete(
    "/{direction_id}",
    response={200: shapes.Deleted, REFUSALS: Refusal},
    auth=needs("numbers:write"),
    summary="Delete a direction",
)
def delete_direction(request: HttpRequest, direction_id: str) -> dict[str, Any]:
    """Its number and what was sent for it stay."""
    row = direction_of(request, direction_id)
    public_id = str(row.public_id)
    actions.delete_direction(direction=row, actor=actor_of(request), now=call_of(request).now)
    return {"id": public_id}


@router.get(
    "/{direction_id}/resolve",
    response={200: shapes.DirectionResolved, REFUSALS: Refusal},
    auth=needs("accounts:read"),
    summary="Where would a message for it go?",
)
def resolve_direction(request: HttpRequest, direction_id: str) -> dict[str, Any]:
    """The direction's number, else the one that stands in for it, else the account's default, else its old single number, else none: with every step."""
    return _answers(request, [direction_of(request, direction_id)])[0]
