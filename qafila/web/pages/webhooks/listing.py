"""The list of endpoints, and a new one."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from qafila.businesses.refusals import NotAllowed, NotFound, Refused
from qafila.events.webhooks import queries
from qafila.events.webhooks.actions import create_endpoint
from qafila.events.webhooks.delivering import host_of
from qafila.events.webhooks.models import WebhookEndpoint
from qafila.events.webhooks.queries import Standing
from qafila.web.pages.webhooks.forms import EndpointForm
from qafila.web.pages.webhooks.words import REASONS
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.once import show_once
from qafila.web.shell.saying import said
from qafila.web.shell.sudo import confirmed

LIST = "webhooks:list"
SECRET = "webhook_secret"  # noqa: S105 - a word, not a secret


@dataclass(frozen=True, slots=True)
class Row:
    """An endpoint with what a page says of it.

    :ivar host: names it to people. :ivar why: why it is off; "" where it is on.
    """

    endpoint: WebhookEndpoint
    standing: Standing
    host: str
    why: str
    is_plain: bool


def row_of(endpoint: WebhookEndpoint, standing: Standing) -> Row:
    """What a page says of an endpoint."""
    why = str(REASONS.get(endpoint.disabled_reason, "")) if endpoint.disabled_reason else ""
    return Row(endpoint, standing, host_of(endpoint.url), why, endpoint.url.startswith("http://"))


@never_cache
@signed_in("webhooks:read")
@require_safe
def endpoints(request: HttpRequest) -> HttpResponseBase:
    """All endpoints, newest first; live."""
    current: Current = request.current  # type: ignore[attr-defined]
    return _page(request, current, EndpointForm())


@never_cache
@signed_in("webhooks:write")
@require_POST
@confirmed
def create(request: HttpRequest) -> HttpResponseBase:
    """Adds one; its page shows the secret, once."""
    current: Current = request.current  # type: ignore[attr-defined]
    form = EndpointForm(request.POST)
    if not form.is_valid():
        return _page(request, current, form)
    try:
        row, secret = create_endpoint(
            business=current.business, actor=current.actor, now=timezone.now(), **form.cleaned_data
        )
    except (NotFound, NotAllowed) as refusal:
        return refuse(request, refusal, LIST)
    except Refused as refusal:
        form.add_error("url" if refusal.code.startswith("webhook_") else None, said(refusal))
        return _page(request, current, form)
    show_once(request, SECRET, secret=secret, endpoint=str(row.public_id))
    return redirect("webhooks:detail", row.public_id)


def _page(request: HttpRequest, current: Current, form: EndpointForm) -> HttpResponseBase:
    found = queries.endpoints(current.business.pk)
    standings = queries.standings(found, now=timezone.now())
    context = {
        "rows": [row_of(one, standings[one.pk]) for one in found],
        "form": form,
        "may_write": current.actor.may("webhooks:write"),
    }
    part = request.headers.get("HX-Target") == "endpoints"
    return render(request, "web/webhooks/rows.html" if part else "web/webhooks/list.html", context)
