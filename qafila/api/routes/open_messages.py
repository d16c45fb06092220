"""Open messages: to some people at once, over a package or one account."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from qafila.api import words
from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.handlers import row_fault
from qafila.api.refusals import ApiRefusal
from qafila.api.routes.finding import account_of, direction_of, named_package, package_of
from qafila.api.shapes import packages as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.businesses.refusals import NotFound
from qafila.campaigns import actions
from qafila.campaigns.actions import Opened
from qafila.campaigns.models import Campaign
from qafila.campaigns.queries import open_messages as queries
from qafila.campaigns.queries.open_messages import OpenMessage
from qafila.campaigns.rules.open_content import read_open_content
from qafila.campaigns.rules.open_status import OpenStatus
from qafila.dispatch.queries import WhyNotYet
from qafila.kit.stamps import stamp
from qafila.ledger.queries import MessageRow
from qafila.senders.models import Package, Sender

over_packages = Router(tags=["packages"])
over_accounts = Router(tags=["accounts"])
over_directions = Router(tags=["directions"])
router = Router(tags=["open messages"])
MOST_MESSAGES = 1_000


@over_packages.post(
    "/{package_id}/messages/open",
    response={201: shapes.OpenedMessage, REFUSALS: Refusal},
    auth=needs("messages:write"),
    summary="Send an open message over a package",
)
def open_over_package(
    request: HttpRequest, package_id: str, body: shapes.NewOpenMessage
) -> Status[dict[str, Any]]:
    """It goes out over any active profile of the package: the one that the person knows, where there is one. Refused with
    "No active profiles available in this package" when the package is empty or all its profiles are paused; when they only
    rest, it is accepted and waits. After two losses within a day it is accepted and held (`hold_reason`). To more than 50
    people it needs the right `contracts:write` too."""
    return _open(request, package_of(request, package_id), body)


@over_accounts.post(
    "/{account_id}/messages/open",
    response={201: shapes.OpenedMessage, REFUSALS: Refusal},
    auth=needs("messages:write"),
    summary="Send an open message from an account",
)
def open_over_account(
    request: HttpRequest, account_id: str, body: shapes.NewOpenMessage
) -> Status[dict[str, Any]]:
    """The same from one number; it waits while that number rests or is paused."""
    return _open(request, account_of(request, account_id), body)


@over_directions.post(
    "/{direction_id}/messages/open",
    response={201: shapes.OpenedMessage, REFUSALS: Refusal},
    auth=needs("messages:write"),
    summary="Send an open message for a direction",
)
def open_for_direction(
    request: HttpRequest, direction_id: str, body: shapes.NewOpenMessage
) -> Status[dict[str, Any]]:
    """The same from the number that serves the direction now: its own, else the default one. 409 `direction_has_no_number`
    where none can send."""
    call = call_of(request)
    opened = actions.for_direction(
        business=actor_of(request).business,
        direction=direction_of(request, direction_id),
        make=lambda number: _created(request, number, body),
        now=call.now,
    )
    return Status(201, _opened(opened, call.language))


@router.get(
    "",
    response={200: shapes.OpenMessageList, REFUSALS: Refusal},
    auth=needs("messages:read"),
    summary="List open messages",
)
def list_open_messages(
    request: HttpRequest,
    package_id: str | None = Query(None),
    limit: int = Query(100, ge=1, le=MOST_MESSAGES),
    after: str | None = Query(None, description="`next_after` of the page before."),
) -> dict[str, Any]:
    """Newest first, without their recipients."""
    business_id, call = actor_of(request).business.pk, call_of(request)
    package = named_package(request, package_id) if package_id is not None else None
    begin = queries.open_message(business_id, after, now=call.now) if after is not None else None
    if after is not None and begin is None:
        raise ApiRefusal(422, "invalid_cursor", field="after")
    found = queries.open_messages(
        business_id,
        package_id=package.pk if package else None,
        after=begin.campaign if begin else None,
        limit=limit,
    )
    return {
        "messages": [_answer(one, (), call.language) for one in found],
        "next_after": found[-1].campaign.public_id if len(found) == limit else None,
    }


@router.get(
    "/{open_id}",
    response={200: shapes.OpenMessageAnswer, REFUSALS: Refusal},
    auth=needs("messages:read"),
    summary="See an open message",
)
def get_open_message(request: HttpRequest, open_id: str) -> dict[str, Any]:
    """How far it is, and its first hundred recipients."""
    found = _found(request, open_id)
    return _answer(found, queries.recipients_of(found.campaign), call_of(request).language)


@router.post(
    "/{open_id}/resume",
    response={200: shapes.OpenMessageChanged, REFUSALS: Refusal},
    auth=needs("messages:write"),
    summary="Resume an open message that is held",
)
def resume_open_message(request: HttpRequest, open_id: str) -> dict[str, Any]:
    """Again has no effect."""
    actor = actor_of(request)
    changed = actions.resume_open_message(
        business=actor.business, public_id=open_id, actor=actor, now=call_of(request).now
    )
    return {"id": open_id, "status": _found(request, open_id).status.value, "changed": changed}


@router.post(
    "/{open_id}/cancel",
    response={200: shapes.OpenMessageChanged, REFUSALS: Refusal},
    auth=needs("messages:write"),
    summary="Cancel an open message",
)
def cancel_open_message(request: HttpRequest, open_id: str) -> dict[str, Any]:
    """What waits is not sent; what was sent stays in the books."""
    actor = actor_of(request)
    changed = actions.cancel_open_message(
        business=actor.business, public_id=open_id, actor=actor, now=call_of(request).now
    )
    return {"id": open_id, "status": _found(request, open_id).status.value, "changed": changed}


def _open(
    request: HttpRequest, target: Sender | Package, body: shapes.NewOpenMessage
) -> Status[dict[str, Any]]:
    return Status(201, _opened(_created(request, target, body), call_of(request).language))


def _created(request: HttpRequest, target: Sender | Package, body: shapes.NewOpenMessage) -> Opened:
    actor = actor_of(request)
    return actions.create_open_message(
        business=actor.business,
        target=target,
        content=read_open_content(body.message_type, body.content),
        recipients=body.recipients,
        actor=actor,
        now=call_of(request).now,
    )


def _opened(opened: Opened, language: str) -> dict[str, Any]:
    campaign = opened.campaign
    faults = [row_fault(row, language) for row in opened.rejected]
    return {
        "id": campaign.public_id,
        "status": OpenStatus.QUEUED.value,
        "total_recipients": campaign.total_count,
        "accepted": campaign.total_count - len(faults),
        "rejected": [
            {
                "row": fault["row"],
                "phone_number": fault["phoneNumber"],
                "code": fault["code"],
                "message": fault["message"],
            }
            for fault in faults
        ],
        "waits": opened.waits,
        "closed_windows": opened.closed_windows,
        "warnings": words.warnings(campaign.warnings, language)
        + words.closed_windows_warning(opened.closed_windows, language)
        + words.hold_warning(campaign.package if opened.held else None, language),
        "hold_reason": words.reason(campaign.batch.hold_code or None, language) if opened.held else None,
        **_directed(campaign, language),
    }


def _found(request: HttpRequest, open_id: str) -> OpenMessage:
    found = queries.open_message(actor_of(request).business.pk, open_id, now=call_of(request).now)
    if found is None:
        raise NotFound("open_message")
    return found


def _answer(found: OpenMessage, rows: Any, language: str) -> dict[str, Any]:
    campaign, counts = found.campaign, found.counts
    ids = words.target_ids(campaign)
    return {
        "id": campaign.public_id,
        "status": found.status.value,
        "total_recipients": campaign.total_count,
        "name": campaign.name,
        "package_id": ids["packageId"],
        "account_id": ids["accountId"],
        **_directed(campaign, language),
        "created_at": stamp(campaign.created_at),
        "finished_at": stamp(campaign.batch.finished_at),
        "waiting": counts.queued + counts.sending,
        "sent": counts.success,
        "delivered": counts.delivered + counts.read,
        "read": counts.read,
        "failed": counts.failed,
        "skipped": counts.skipped,
        "uncertain": counts.uncertain,
        "cancelled": counts.cancelled,
        "why_waiting": _why(found.waits, campaign, language),
        "hold_reason": words.reason(campaign.batch.hold_code or None, language),
        "recipients": [_recipient(row, language) for row in rows],
    }


def _directed(campaign: Campaign, language: str) -> dict[str, Any]:
    said = words.directed(campaign, language)
    return {"direction_id": said["directionId"], "explanation": said["explanation"]}


def _why(waits: WhyNotYet | None, campaign: Campaign, language: str) -> dict[str, str] | None:
    if waits is None or campaign.batch.hold_code:
        return None
    return words.reason(waits.code, language)


def _recipient(row: MessageRow, language: str) -> dict[str, Any]:
    return {
        "phone_number": row.given_or_address,
        "status": row.state.word,
        "reason": words.reason(row.reason, language),
        "attempts": row.tries,
        "sent_at": stamp(row.sent_at),
        "delivered_at": stamp(row.delivered_at),
        "read_at": stamp(row.read_at),
    }
