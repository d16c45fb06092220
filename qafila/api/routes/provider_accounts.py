"""Provider accounts of any kind: which kinds there are, what each needs, and adding one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext, override
from ninja import Router, Status

from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.refusals import ApiRefusal
from qafila.api.routes.finding import named_account
from qafila.api.shapes import provider_accounts as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.providers import registry
from qafila.providers.management import Pairing
from qafila.senders.actions import connect_number
from qafila.senders.models import Sender
from qafila.senders.outgoing import webhook_url
from qafila.senders.queries import effective
from qafila.senders.secrets import open_

router = Router(tags=["accounts"])


@router.get(
    "/kinds",
    response={200: shapes.KindList, REFUSALS: Refusal},
    auth=needs("accounts:read"),
    summary="List kinds of providers",
)
def list_kinds(request: HttpRequest) -> dict[str, Any]:
    """Every kind of provider with the fields that an account of it needs."""
    with override(call_of(request).language):
        return {"kinds": [_kind(name) for name, one in registry.KINDS.items() if one.fields]}


@router.post(
    "",
    response={201: shapes.ProviderAccountAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Add a provider account",
)
def create_provider_account(request: HttpRequest, body: shapes.NewProviderAccount) -> Status[dict[str, Any]]:
    """A number on a provider of any kind. Where a phone has to be linked, the number is stopped until that is done."""
    actor = actor_of(request)
    if (body.accountId is None) == (body.phoneNumber is None):
        field = "phoneNumber" if body.accountId is None else "accountId"
        raise ApiRefusal(422, "field_required" if body.accountId is None else "invalid_value", field=field)
    sender = connect_number(
        business=actor.business,
        kind=body.kind,
        name=body.name,
        phone=body.phoneNumber or "",
        given=body.fields,
        allow_private_network=body.allowPrivateNetwork,
        sender=named_account(request, body.accountId) if body.accountId is not None else None,
        actor=actor,
        now=call_of(request).now,
    )
    return Status(201, _answer(sender))


def _kind(name: str) -> dict[str, Any]:
    one, provider = registry.KINDS[name], registry.get(name)
    return {
        "kind": name,
        "title": one.title,
        "official": provider.capabilities.official,
        "linksPhone": isinstance(provider, Pairing),
        "fields": [
            {
                "name": field.name,
                "label": gettext(field.label),
                "help": gettext(field.help) if field.help else "",
                "type": field.shape,
                "required": field.required,
                "default": field.default or None,
            }
            for field in one.fields
        ],
    }


def _answer(sender: Sender) -> dict[str, Any]:
    account = sender.provider_account
    assert account is not None  # noqa: S101 - it was made for it
    secret = next(iter(open_(account).app_secrets), "")
    return {
        "id": str(account.public_id),
        "kind": account.kind,
        "name": account.name,
        "baseUrl": account.base_url,
        "allowPrivateNetwork": account.allow_private_network,
        "accountId": str(sender.public_id),
        "accountState": effective(sender).state,
        "linksPhone": isinstance(registry.get(account.kind), Pairing),
        "webhookUrl": webhook_url(account, secret=secret),
    }
