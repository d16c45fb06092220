"""Accounts: which numbers there are to send from, and how they are used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status

from qafila.api import words
from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.provider_words import health_answer
from qafila.api.refusals import ApiRefusal
from qafila.api.routes.finding import account_of, is_official
from qafila.api.shapes import accounts as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.businesses.refusals import Refused
from qafila.senders import actions, unlinking
from qafila.senders import queries as senders
from qafila.senders.actions.changing import NUMBERS_SINCE
from qafila.senders.health_queries import wellbeing
from qafila.senders.models import ProviderAccount, Sender
from qafila.senders.rules import hours

router = Router(tags=["accounts"])


def _answers(request: HttpRequest, rows: Sequence[Sender]) -> list[dict[str, Any]]:
    call = call_of(request)
    known = wellbeing(rows, call.language, now=call.now)
    return [
        {
            **words.account_answer(sender, official=is_official(sender), language=call.language),
            "health": health_answer(sender, known.get(sender.pk), call.language),
        }
        for sender in rows
    ]


def _answer(request: HttpRequest, sender: Sender) -> dict[str, Any]:
    return _answers(request, [sender])[0]


@router.get(
    "",
    response={200: shapes.AccountList, REFUSALS: Refusal},
    auth=needs("accounts:read"),
    summary="List accounts",
)
def list_accounts(request: HttpRequest) -> dict[str, Any]:
    """Every number of the business, oldest first: the `id` is the `accountId` of contracts."""
    rows = senders.for_business(actor_of(request).business.pk)
    return {"accounts": _answers(request, list(rows))}


@router.get(
    "/{account_id}",
    response={200: shapes.AccountAnswer, REFUSALS: Refusal},
    auth=needs("accounts:read"),
    summary="See an account",
)
def get_account(request: HttpRequest, account_id: str) -> dict[str, Any]:
    """One number and its state."""
    sender = account_of(request, account_id)
    return _answer(request, sender)


@router.post(
    "",
    response={201: shapes.AccountAnswer, REFUSALS: Refusal},
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
    return Status(201, _answer(request, sender))


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
    response={200: shapes.AccountAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Change an account",
)
def change_account(request: HttpRequest, account_id: str, body: shapes.ChangedAccount) -> dict[str, Any]:
    """`useLimits: false` switches our own pace of this number off, at the owner's risk (it needs the right `owner`). The
    provider's limits, opt-outs and duplicate guards stay."""
    actor, call = actor_of(request), call_of(request)
    sender = account_of(request, account_id)
    if body.inUseSince is not None and not NUMBERS_SINCE <= body.inUseSince <= call.now:
        raise ApiRefusal(422, "invalid_value", field="inUseSince")
    warnings: list[dict[str, Any]] = []
    with transaction.atomic():
        actions.change_sender(
            sender=sender,
            name=body.name,
            ref=body.phoneNumberId,
            in_use_since=body.inUseSince,
            throughput=body.throughput if "throughput" in body.model_fields_set else actions.KEEP,
            hours=_hours(body.hours) if "hours" in body.model_fields_set else actions.KEEP,
            actor=actor,
            now=call.now,
        )
        if "defaultTemplate" in body.model_fields_set:
            template = body.defaultTemplate.dict() if body.defaultTemplate else None
            actions.set_default_template(sender=sender, template=template, actor=actor, now=call.now)
        if body.useLimits is not None:
            code = actions.set_use_limits(sender=sender, on=body.useLimits, actor=actor, now=call.now)
            if code:
                params = {"sender": sender.name, "user": actor.name}
                warnings = [words.warning(code, language=call.language, params=params)]
    return {**_answer(request, account_of(request, account_id)), "warnings": warnings}


def _hours(given: Any) -> Any:
    """As they are kept. No more of a day than the page of the number can show: there a person would lose the rest."""
    try:
        kept = hours.read(given)
    except Refused as refusal:
        raise ApiRefusal(422, refusal.code, field="hours") from refusal
    if kept is not None and any(len(day) > hours.WRITTEN_A_DAY for day in hours.as_written(kept)):
        raise ApiRefusal(422, "hours_invalid", field="hours")
    return kept


@router.post(
    "/{account_id}/pause",
    response={200: shapes.AccountAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Pause an account",
)
def pause_account(request: HttpRequest, account_id: str) -> dict[str, Any]:
    """The number sends nothing until it is resumed; what is in the air lands, and its messages wait. Again has no effect,
    nor has it for a number that cannot send anyway."""
    sender = account_of(request, account_id)
    actions.pause_sender(sender=sender, by="person", actor=actor_of(request), now=call_of(request).now)
    return _answer(request, account_of(request, account_id))


@router.post(
    "/{account_id}/resume",
    response={200: shapes.AccountAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Resume an account",
)
def resume_account(request: HttpRequest, account_id: str) -> dict[str, Any]:
    """Back to work after a pause, a rest, or once what stopped it was put right. A pause that came over a rest leads back to
    what is left of it. When its provider account was stopped, that one is resumed too, with all its numbers."""
    sender = account_of(request, account_id)
    if sender.provider_account is None:
        raise ApiRefusal(409, "account_not_connected")
    actions.resume_work(sender=sender, actor=actor_of(request), now=call_of(request).now)
    return _answer(request, account_of(request, account_id))


@router.post(
    "/{account_id}/log-out",
    response={200: shapes.AccountAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Log a linked phone out",
)
def log_account_out(request: HttpRequest, account_id: str) -> dict[str, Any]:
    """Unlinks the phone at its gateway. Nothing is sent from the number or received by it until a phone is linked again; what
    waits for it waits. Where the gateway does not answer, nothing is changed: 409 `log_out_failed`."""
    sender = account_of(request, account_id)
    unlinking.log_out(sender=sender, actor=actor_of(request), now=call_of(request).now)
    return _answer(request, account_of(request, account_id))


@router.put(
    "/{account_id}/provider",
    response={200: shapes.AccountAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Change the access to the provider",
)
def change_provider(request: HttpRequest, account_id: str, body: shapes.ChangedProvider) -> dict[str, Any]:
    """A new token or secret for the provider account of this number, which its other numbers use too. Nothing of it is ever
    shown. A stopped account stays stopped until it is resumed."""
    sender = account_of(request, account_id)
    if sender.provider_account is None:
        raise ApiRefusal(409, "account_not_connected")
    given = (body.token, body.appSecret, body.verifyToken, body.baseUrl)
    if all(value is None for value in given) and not body.endFormerAppSecret:
        raise ApiRefusal(422, "field_required", field="token")
    actions.change_secrets(
        account=sender.provider_account,
        token=body.token,
        app_secret=body.appSecret,
        verify_token=body.verifyToken,
        base_url=body.baseUrl,
        end_former=body.endFormerAppSecret,
        actor=actor_of(request),
        now=call_of(request).now,
    )
    return _answer(request, account_of(request, account_id))
