"""The API as a whole: its routes, its documentation, its refusals."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI

from qafila import __version__
from qafila.api import handlers
from qafila.api.bodies import FastJson, StrictJson
from qafila.api.enclosure import enclose
from qafila.api.routes import (
    accounts,
    added_rows,
    alerts,
    archive,
    contracts,
    directions,
    messages,
    numbers,
    open_messages,
    packages,
    provider_accounts,
    queues,
    results,
    templates,
    tickets,
    uploads,
    webhooks,
)

DESCRIPTION = """\
Contracts: mass sending over WhatsApp that never loses a message and never sends one twice.

**Keys.** Every call needs one of two headers: `Authorization: Bearer KEY` or `X-API-Key: KEY`.

**Refusals** have one shape, `{"error": {"code", "message", "step", …}}`; `code` is stable, `message` is in your language
(`Accept-Language`: en, ar, he, ru).

**`Idempotency-Key`** on any POST: the same call sent again has one effect and gets the same answer, for 24 hours.
"""

api = NinjaAPI(
    title="Qafila",
    version=__version__,
    description=DESCRIPTION,
    parser=StrictJson(),
    renderer=FastJson(),
    urls_namespace="api",
    openapi_extra={"info": {"license": {"name": "MIT"}}},
)
handlers.register(api)
# An upload's address looks like a contract's id: it comes first.
api.add_router("/contracts", uploads.router)
api.add_router("/contracts", contracts.router)
api.add_router("/contracts", archive.router)
api.add_router("/contracts", added_rows.router)
api.add_router("/contracts", results.router)
api.add_router("/queues", queues.router)
api.add_router("/accounts", accounts.router)
api.add_router("/accounts", templates.router)
api.add_router("/provider-accounts", provider_accounts.router)
api.add_router("/messages", messages.router)
api.add_router("/alerts", alerts.router)
api.add_router("/v1/webhook-endpoints", webhooks.router)
api.add_router("/accounts", open_messages.over_accounts)
api.add_router("/v1/packages", packages.router)
api.add_router("/v1/packages", open_messages.over_packages)
api.add_router("/v1/messages/open", open_messages.router)
api.add_router("/v1/tickets", tickets.router)
api.add_router("/whatsapp-numbers", numbers.router)
api.add_router("/directions", directions.router)
api.add_router("/directions", open_messages.over_directions)


def urls() -> tuple[list[URLResolver | URLPattern], str]:
    """Patterns for ``include()`` under ``api/``, and their namespace. Ask once."""
    patterns, _, namespace = api.urls
    return enclose(patterns), namespace
