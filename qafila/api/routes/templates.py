"""The templates of an account."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from qafila.api import provider_words
from qafila.api.auth import needs
from qafila.api.call import call_of
from qafila.api.refusals import ApiRefusal
from qafila.api.routes.finding import account_of
from qafila.api.shapes import provider as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.providers import registry
from qafila.senders import template_queries
from qafila.senders.actions import templates
from qafila.senders.models import ProviderAccount

router = Router(tags=["accounts"])


@router.get(
    "/{account_id}/templates",
    response={200: shapes.TemplateList, REFUSALS: Refusal},
    auth=needs("accounts:read"),
    summary="List templates",
)
def list_templates(request: HttpRequest, account_id: str) -> dict[str, Any]:
    """The message templates of the account's provider, by name and language, as they were last read or told. Only those
    with `canSend` can be used now."""
    account = _templated(request, account_id)
    rows = list(template_queries.templates_of(account.pk))
    health = template_queries.account_health_of(account)
    return provider_words.template_list(rows, health, call_of(request).language)


@router.post(
    "/{account_id}/templates/sync",
    response={202: shapes.SyncAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Read templates anew",
)
def sync_templates(request: HttpRequest, account_id: str) -> Status[dict[str, Any]]:
    """Has the list read from the provider within a minute. It is read every few hours anyway, and soon after the provider
    tells of a change. Again has no further effect."""
    templates.sync_soon(account=_templated(request, account_id), now=call_of(request).now)
    return Status(202, {"status": "queued"})


def _templated(request: HttpRequest, account_id: str) -> ProviderAccount:
    """The provider account of a number that has templates. Raises 409 where it has none."""
    account = account_of(request, account_id).provider_account
    if account is None:
        raise ApiRefusal(409, "account_not_connected")
    if not registry.get(account.kind).capabilities.official:
        raise ApiRefusal(409, "no_templates")
    return account
