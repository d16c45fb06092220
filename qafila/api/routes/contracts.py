"""Contracts: posted, started, paused, deleted, seen."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Body, Query, Router, Status

from qafila.api import words
from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.handlers import row_fault
from qafila.api.refusals import ApiRefusal
from qafila.api.routes.finding import (
    contract_of,
    named_account,
    named_direction,
    named_package,
    named_target,
)
from qafila.api.shapes import contracts as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.campaigns import actions, queries
from qafila.campaigns.rules.statuses import Status as Word
from qafila.dispatch.forecast import forecast_batch
from qafila.kit.stamps import stamp
from qafila.senders.models import Package, Sender

router = Router(tags=["contracts"])
MOST_CONTRACTS = 1_000


@router.post(
    "",
    response={201: shapes.CreatedContract, REFUSALS: Refusal},
    auth=needs("contracts:write"),
    summary="Post a contract",
)
def create_contract(request: HttpRequest, body: shapes.NewContract) -> Status[dict[str, Any]]:
    """Puts a contract into the books; nothing is sent before it is started. Every row you send becomes a message: bad rows
    and duplicates are skipped, each with its reason, and listed in `rejected`. `totalCount` is the number of rows you sent.
    """
    actor, call = actor_of(request), call_of(request)

    def make(over: Sender | Package) -> actions.Created:
        return actions.create_contract(
            business=actor.business,
            sender=over if isinstance(over, Sender) else None,
            package=over if isinstance(over, Package) else None,
            name=body.name,
            recipients=body.recipients,
            template=body.template.dict() if body.template else None,
            strict=body.strict,
            actor=actor,
            now=call.now,
        )

    if body.directionId is None:
        created = make(named_target(request, body.accountId, body.packageId))
    elif body.accountId is not None or body.packageId is not None:
        raise ApiRefusal(422, "one_target_only", field="directionId")
    else:
        direction = named_direction(request, body.directionId)
        created = actions.for_direction(business=actor.business, direction=direction, make=make, now=call.now)
    campaign = created.campaign
    twin = campaign.possible_duplicate_of
    language = call.language
    return Status(
        201,
        {
            "id": campaign.public_id,
            "totalCount": campaign.total_count,
            "status": Word.PENDING.value,
            "accepted": created.accepted,
            "rejected": [row_fault(row, language) for row in created.rejected],
            "warnings": words.warnings(campaign.warnings, language)
            + words.closed_windows_warning(created.closed_windows, language),
            "possibleDuplicateOf": twin.public_id if twin else None,
            "closedWindows": created.closed_windows,
            **words.directed(campaign, language),
        },
    )


@router.get(
    "",
    response={200: shapes.ContractList, REFUSALS: Refusal},
    auth=needs("contracts:read"),
    summary="List contracts",
    by_alias=True,
)
def list_contracts(
    request: HttpRequest,
    *,
    accountId: str | None = Query(None),
    packageId: str | None = Query(None),
    status: str | None = Query(None, description="One of the five statuses."),
    archived: bool | None = Query(
        None, description="Only those of the archive, or none of them; without it all."
    ),
    limit: int = Query(100, ge=1, le=MOST_CONTRACTS),
    after: str | None = Query(None, description="`nextAfter` of the page before."),
) -> dict[str, Any]:
    """Newest first. New contracts do not move the pages behind."""
    business, call = actor_of(request).business, call_of(request)
    sender = named_account(request, accountId) if accountId is not None else None
    package = named_package(request, packageId) if packageId is not None else None
    if status is not None and status not in Word.__members__:
        params = {"value": status[:40], "allowed": ", ".join(Word)}
        raise ApiRefusal(422, "unknown_status", params=params, field="status")
    begin = queries.contracts_page_after(business.pk, after) if after is not None else None
    if after is not None and begin is None:
        raise ApiRefusal(422, "invalid_cursor", field="after")
    found = queries.contracts(
        business.pk,
        sender_id=sender.pk if sender else None,
        package_id=package.pk if package else None,
        status=Word(status) if status else None,
        archived=archived,
        after=begin,
        limit=limit,
        now=call.now,
    )
    last = found[-1].campaign.public_id if len(found) == limit else None
    return {
        "contracts": [words.contract_answer(contract, call.language) for contract in found],
        "nextAfter": last,
    }


@router.get(
    "/{contract_id}",
    response={200: shapes.ContractAnswer, REFUSALS: Refusal},
    auth=needs("contracts:read"),
    summary="See a contract",
    by_alias=True,
)
def get_contract(request: HttpRequest, contract_id: str) -> dict[str, Any]:
    """Status, figures, and how far the reading of an uploaded file is."""
    return words.contract_answer(contract_of(request, contract_id), call_of(request).language)


@router.put(
    "/{contract_id}",
    response={200: shapes.MovedAnswer, REFUSALS: Refusal},
    auth=needs("admin"),
    summary="Give a contract to a package, or back to an account",
)
def move_contract(request: HttpRequest, contract_id: str, body: shapes.MovedContract) -> dict[str, Any]:
    """A contract never leaves its account unless an owner or admin says so here. What still waits may then be taken by the
    numbers of the package (or only by the account); what is being sent lands, what is uncertain stays put."""
    actor, call = actor_of(request), call_of(request)
    contract_of(request, contract_id)
    campaign, closed = actions.move_contract(
        business=actor.business,
        public_id=contract_id,
        over=named_target(request, body.accountId, body.packageId),
        actor=actor,
        now=call.now,
    )
    return {
        "id": contract_id,
        "status": contract_of(request, contract_id).status.value,
        **words.target_ids(campaign),
        "closedWindows": closed,
        "warnings": words.closed_windows_warning(closed, call.language),
    }


@router.post(
    "/{contract_id}/start",
    response={200: shapes.StartedContract, REFUSALS: Refusal},
    auth=needs("contracts:write"),
    summary="Start or resume a contract",
)
def start_contract(
    request: HttpRequest,
    contract_id: str,
    body: shapes.StartOrPlan | None = Body(None),  # noqa: B008 - how the framework marks a body
    confirm: bool = Query(False, description="As `confirmDuplicate` in the body."),
) -> dict[str, Any]:
    """Starts or resumes; again has no effect. While an uploaded file is still being read, it takes effect at the end. The first
    start of one that was made for a direction looks for its number again. Pause, then start, is also how a stuck contract is
    put right. One that is held stays `PAUSED`, however often it is started: with the warning `package_on_hold` because its
    package lost numbers, with `campaign_held_content` because its texts were refused. `resume` lets it go on.

    With `at` a contract that has not begun begins by itself at that moment (409 `contract_has_begun` for another one), and stays
    `PENDING` until then, with `startAt`. `"at": null`, `pause` and a start without `at` end that; the first two start nothing."""
    call = call_of(request)
    wanted = _wanted(request, contract_id, body, confirm=confirm)
    if body is None or "at" not in body.model_fields_set:
        started = actions.start_contract(**wanted)
    elif body.at is not None:
        started = actions.plan_contract(**wanted, at=body.at)
    else:
        del wanted["confirm"]
        started = actions.call_off(**wanted)
    return _started(started, call.language)


@router.post(
    "/{contract_id}/resume",
    response={200: shapes.StartedContract, REFUSALS: Refusal},
    auth=needs("contracts:write"),
    summary="Resume a contract that is held",
)
def resume_contract(
    request: HttpRequest,
    contract_id: str,
    body: shapes.StartOptions | None = Body(None),  # noqa: B008 - how the framework marks a body
    confirm: bool = Query(False, description="As `confirmDuplicate` in the body."),
) -> dict[str, Any]:
    """As `start`, and also lets go on what is held, because its texts were refused or its package lost numbers: look at the text
    and the recipients first. The package is held no more, and what was to begin over it meanwhile begins. Again has no
    effect."""
    call = call_of(request)
    started = actions.resume_contract(**_wanted(request, contract_id, body, confirm=confirm))
    return _started(started, call.language)


def _wanted(
    request: HttpRequest, contract_id: str, body: shapes.StartOptions | None, *, confirm: bool
) -> dict[str, Any]:
    actor = actor_of(request)
    return {
        "business": actor.business,
        "public_id": contract_id,
        "confirm": confirm or (body is not None and body.confirmDuplicate),
        "actor": actor,
        "now": call_of(request).now,
    }


def _started(started: actions.Started, language: str) -> dict[str, Any]:
    return {
        "id": str(started.campaign.public_id),
        "status": started.status.value,
        "closedWindows": started.closed_windows,
        "startsAfterImport": started.campaign.start_wanted,
        "startAt": stamp(started.campaign.begins_at),
        "warnings": words.closed_windows_warning(started.closed_windows, language)
        + words.still_held(started.hold, language),
        **words.target_ids(started.campaign),
        **words.directed(started.campaign, language),
    }


@router.post(
    "/{contract_id}/pause",
    response={200: shapes.ContractStatus, REFUSALS: Refusal},
    auth=needs("contracts:write"),
    summary="Pause a contract",
)
def pause_contract(request: HttpRequest, contract_id: str) -> dict[str, Any]:
    """Nothing more is sent until it is started again; what is in the air lands. One that was to begin by itself (`startAt`) does
    not. Again has no effect."""
    actor = actor_of(request)
    status = actions.pause_contract(
        business=actor.business, public_id=contract_id, actor=actor, now=call_of(request).now
    )
    return {"id": contract_id, "status": status.value}


@router.delete(
    "/{contract_id}",
    response={200: shapes.DeletedContract, REFUSALS: Refusal},
    auth=needs("contracts:write"),
    summary="Delete a contract",
)
def delete_contract(request: HttpRequest, contract_id: str) -> dict[str, Any]:
    """A running one stops first. What was sent stays in the books. Afterwards its id is not found any more."""
    actor = actor_of(request)
    status = actions.delete_contract(
        business=actor.business, public_id=contract_id, actor=actor, now=call_of(request).now
    )
    return {"id": contract_id, "status": status.value, "deleted": True}


@router.post(
    "/{contract_id}/retry-failed",
    response={200: shapes.RetriedContract, REFUSALS: Refusal},
    auth=needs("contracts:write"),
    summary="Try failed messages again",
)
def retry_failed(request: HttpRequest, contract_id: str) -> dict[str, Any]:
    """Queues failed messages with three fresh attempts. Skipped ones (no number, duplicate, unsubscribed) stay skipped,
    cleared ones stay cleared."""
    actor = actor_of(request)
    retried, status = actions.retry_failed(
        business=actor.business, public_id=contract_id, actor=actor, now=call_of(request).now
    )
    return {"id": contract_id, "status": status.value, "retried": retried}


@router.post(
    "/{contract_id}/clear-failed",
    response={200: shapes.ClearedContract, REFUSALS: Refusal},
    auth=needs("contracts:write"),
    summary="Hide failed messages",
)
def clear_failed(request: HttpRequest, contract_id: str) -> dict[str, Any]:
    """Takes the failed ones of until now out of `failedPhoneNumbers`. The figures and the books stay."""
    actor = actor_of(request)
    cleared = actions.clear_failed(
        business=actor.business, public_id=contract_id, actor=actor, now=call_of(request).now
    )
    status = contract_of(request, contract_id).status
    return {"id": contract_id, "status": status.value, "cleared": cleared}


@router.get(
    "/{contract_id}/forecast",
    response={200: shapes.ForecastAnswer, REFUSALS: Refusal},
    auth=needs("contracts:read"),
    summary="When would it be done?",
)
def forecast(request: HttpRequest, contract_id: str) -> dict[str, Any]:
    """The same pacing rules as the sending uses, on a clock that costs nothing: finish, load per account, what waits."""
    call = call_of(request)
    contract = contract_of(request, contract_id)
    seen = forecast_batch(contract.campaign.batch_id, now=call.now)
    return {
        "finishAt": stamp(seen.finish_at),
        "seconds": round(seen.seconds, 1),
        "perAccount": [{"account": name, "messages": count} for name, count in seen.per_sender],
        "waits": [
            {"code": code, "message": words.reason_sentence(code, call.language), "count": count}
            for code, count in seen.waits
        ],
        "warnings": words.warnings(contract.campaign.warnings, call.language),
    }
