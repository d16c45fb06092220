"""Accounts: which numbers there are to send from, and how they are used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status
from ninja.responses import codes_4xx

from qafila.api import words
from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.refusals import ApiRefusal
from qafila.api.routes.finding import account_of, is_official
from qafila.api.shapes import accounts as shapes
from qafila.api.shapes.faults import Refusal
from qafila.senders import actions
from qafila.senders import queries as senders
from qafila.senders.models import ProviderAccount

router = Router(tags=["accounts"])
NUMBERS_SINCE = datetime(2009, 1, 1, tzinfo=UTC)
"""No number has been on WhatsApp for longer than there is WhatsApp."""


@router.get(
    "",
    response={200: shapes.AccountList, codes_4xx: Refusal},
    auth=needs("accounts:read"),
    summary="List accounts",
)
def list_accounts(request: HttpRequest) -> dict[str, Any]:
    """Every number of the business, oldest first: the `id` is the `accountId` of contracts."""
    rows = senders.for_business(actor_of(request).business.pk)
    return {"accounts": [words.account_answer(sender, official=is_official(sender)) for sender in rows]}


@router.get(
    "/{account_id}",
    response={200: shapes.AccountAnswer, codes_4xx: Refusal},
    auth=needs("accounts:read"),
    summary="See an account",
)
def get_account(request: HttpRequest, account_id: str) -> dict[str, Any]:
    """One number and its state."""
    sender = account_of(request, account_id)
    return words.account_answer(sender, official=is_official(sender))


@router.post(
    "",
    response={201: shapes.AccountAnswer, codes_4xx: Refusal},
    auth=needs("accounts:write"),
    summary="Add an account",
)
def create_account(request: HttpRequest, body: shapes.NewAccount) -> Status[dict[str, Any]]:
    """A number with a new provider account, with one that is there already, or with none ("not connected")."""
    actor, now = actor_of(request), call_of(request).now
    if body.inUseSince is not None and not NUMBERS_SINCE <= body.inUseSince <= now:
        raise ApiRefusal(422, "invalid_value", field="inUseSince")
    if body.provider is not None and body.providerAccountId is not None:
        raise ApiRefusal(422, "invalid_value", field="providerAccountId")
    with transaction.atomic():
        sender = actions.create_sender(
            business=actor.business,
            name=body.name,
            phone=body.phoneNumber,
            provider_account=_provider_account(request, body),
            ref=body.phoneNumberId,
            default_template=body.defaultTemplate.dict() if body.defaultTemplate else None,
            in_use_since=body.inUseSince,
            throughput=body.throughput,
            actor=actor,
            now=now,
        )
    return Status(201, words.account_answer(sender, official=is_official(sender)))


def _provider_account(request: HttpRequest, body: shapes.NewAccount) -> ProviderAccount | None:
    actor = actor_of(request)
    if body.providerAccountId is not None:
        found = senders.account_in_business(actor.business.pk, body.providerAccountId)
        if found is None:
            raise ApiRefusal(404, "not_found", field="providerAccountId")
        return found
    given = body.provider
    if given is None:
        return None
    return actions.create_provider_account(
        business=actor.business,
        kind=given.kind,
        name=given.name or body.name,
        base_url=given.baseUrl,
        ref=given.businessAccountId,
        token=given.token,
        app_secret=given.appSecret,
        verify_token=given.verifyToken,
        portfolio_ref=given.portfolioId,
        portfolio_cap=given.portfolioCap,
        actor=actor,
        now=call_of(request).now,
    )


@router.put(
    "/{account_id}",
    response={200: shapes.AccountAnswer, codes_4xx: Refusal},
    auth=needs("accounts:write"),
    summary="Change an account",
)
def change_account(request: HttpRequest, account_id: str, body: shapes.ChangedAccount) -> dict[str, Any]:
    """`useLimits: false` switches our own pace of this number off, at the owner's risk (it needs the right `owner`). The
    provider's limits, opt-outs and duplicate guards stay."""
    actor, call = actor_of(request), call_of(request)
    sender = account_of(request, account_id)
    warnings: list[dict[str, Any]] = []
    with transaction.atomic():
        if "defaultTemplate" in body.model_fields_set:
            template = body.defaultTemplate.dict() if body.defaultTemplate else None
            actions.set_default_template(sender=sender, template=template, actor=actor, now=call.now)
        if body.useLimits is not None:
            code = actions.set_use_limits(sender=sender, on=body.useLimits, actor=actor, now=call.now)
            if code:
                params = {"sender": sender.name, "user": actor.name}
                known = "pace_switched_off" if code == "own_pace_off" else code
                warnings = [words.warning(known, language=call.language, params=params)]
    sender = account_of(request, account_id)
    return {**words.account_answer(sender, official=is_official(sender)), "warnings": warnings}
