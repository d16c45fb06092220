"""The numbers of an account: listed, added, changed, deleted, checked, and what they were used for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from qafila.api import number_words
from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.refusals import ApiRefusal
from qafila.api.routes.finding import check_user_account
from qafila.api.shapes import numbers as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.businesses.refusals import NotFound
from qafila.campaigns.queries import of_number
from qafila.senders import actions
from qafila.senders import queries as senders
from qafila.senders.direction_queries import direction_names
from qafila.senders.models import Sender
from qafila.senders.validating import validate

router = Router(tags=["numbers"])


def number_of(request: HttpRequest, number_id: str) -> Sender:
    """The number of this id. Raises :class:`NotFound`."""
    found = senders.by_public_id(actor_of(request).business.pk, number_id)
    if found is None:
        raise NotFound("number")
    return found


def _answer(sender: Sender) -> dict[str, Any]:
    names = direction_names(sender.business_id).get(sender.pk, [])
    return number_words.number_answer(sender, directions=names)


@router.get(
    "",
    response={200: shapes.NumberList, REFUSALS: Refusal},
    auth=needs("accounts:read"),
    summary="List numbers",
)
def list_numbers(
    request: HttpRequest,
    userAccountId: str | None = Query(None, description="Your account. Required: 400 without it."),
) -> dict[str, Any]:
    """Every number of the account, the default first, then the oldest first."""
    check_user_account(request, userAccountId)
    business_id = actor_of(request).business.pk
    names = direction_names(business_id)
    rows = senders.for_business(business_id).order_by("-is_default", "pk")
    return {
        "numbers": [number_words.number_answer(row, directions=names.get(row.pk, [])) for row in rows],
    }


@router.post(
    "",
    response={201: shapes.NumberAnswer, REFUSALS: Refusal},
    auth=needs("numbers:write"),
    summary="Add a number",
)
def add_number(request: HttpRequest, body: shapes.NewNumber) -> Status[dict[str, Any]]:
    """It stands in the list, routes ads and shows in directions. Nothing is sent from it before it is connected to a
    provider. A number is unique within the account."""
    check_user_account(request, body.userAccountId)
    actor = actor_of(request)
    sender = actions.add_number(
        business=actor.business,
        phone=body.phone_number,
        label=body.label or "",
        is_default=body.is_default,
        actor=actor,
        now=call_of(request).now,
    )
    return Status(201, _answer(sender))


@router.put(
    "/{number_id}",
    response={200: shapes.NumberAnswer, REFUSALS: Refusal},
    auth=needs("numbers:write"),
    summary="Change a number",
)
def change_number(request: HttpRequest, number_id: str, body: shapes.ChangedNumber) -> dict[str, Any]:
    """Its label, whether it is the default, whether it is switched on. Making one the default unmakes the other; off and on
    again lifts nobody's pause."""
    actions.change_number(
        sender=number_of(request, number_id),
        label=body.label,
        is_default=body.is_default,
        is_active=body.is_active,
        actor=actor_of(request),
        now=call_of(request).now,
    )
    return _answer(number_of(request, number_id))


@router.delete(
    "/{number_id}",
    response={200: shapes.Deleted, REFUSALS: Refusal},
    auth=needs("numbers:write"),
    summary="Delete a number",
)
def delete_number(request: HttpRequest, number_id: str) -> dict[str, Any]:
    """Only while no direction uses it (409 `number_used_by_directions` names them) and no message of it stands in the books (409
    `number_has_history`: switch it off instead)."""
    sender = number_of(request, number_id)
    public_id = str(sender.public_id)
    actions.delete_number(sender=sender, actor=actor_of(request), now=call_of(request).now)
    return {"id": public_id}


@router.post(
    "/{number_id}/validate",
    response={200: shapes.ValidationAnswer, REFUSALS: Refusal},
    auth=needs("numbers:write"),
    summary="Ask the provider about a number",
)
def validate_number(request: HttpRequest, number_id: str) -> dict[str, Any]:
    """Asks your provider accounts whether the number is theirs (WhatsApp Cloud API). Nothing is changed by it."""
    sender = number_of(request, number_id)
    return number_words.validation_answer(sender, validate(sender), call_of(request).language)


@router.get(
    "/{number_id}/history",
    response={200: shapes.NumberHistory, REFUSALS: Refusal},
    auth=needs("accounts:read"),
    summary="What a number was used for",
)
def number_history(
    request: HttpRequest,
    number_id: str,
    limit: int = Query(100, ge=1, le=of_number.MOST),
    after: str | None = Query(None, description="`nextAfter` of the page before."),
) -> dict[str, Any]:
    """The campaigns that used it, newest first, with what this number did in each."""
    sender, language = number_of(request, number_id), call_of(request).language
    begin = of_number.campaign_page_after(sender.business_id, after) if after is not None else None
    if after is not None and begin is None:
        raise ApiRefusal(422, "invalid_cursor", field="after")
    found = of_number.campaigns_of_number(sender, after=begin, limit=limit)
    return {
        "campaigns": [number_words.used_answer(used, language) for used in found],
        "nextAfter": found[-1].public_id if len(found) == limit else None,
    }


@router.get(
    "/{number_id}/stats",
    response={200: shapes.NumberStats, REFUSALS: Refusal},
    auth=needs("accounts:read"),
    summary="What a number did",
)
def number_stats(request: HttpRequest, number_id: str) -> dict[str, Any]:
    """Its messages in all campaigns, deleted ones too, and how many people wrote back."""
    sender = number_of(request, number_id)
    using = len(direction_names(sender.business_id).get(sender.pk, []))
    return number_words.stats_answer(sender, of_number.figures_of_number(sender), directions=using)
