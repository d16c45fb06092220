"""What a person does with an endpoint. Each is a POST that leads back to its page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qafila.businesses.refusals import Refused
from qafila.events.webhooks import actions, resending
from qafila.events.webhooks.models import WebhookEndpoint
from qafila.web.lists import changing
from qafila.web.pages.webhooks import attempts
from qafila.web.pages.webhooks.finding import delivery_of, endpoint_of
from qafila.web.pages.webhooks.forms import SPANS, AgainForm, EndpointForm
from qafila.web.pages.webhooks.listing import LIST, SECRET
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.once import show_once
from qafila.web.shell.saying import said
from qafila.web.shell.sudo import confirmed

Act = Callable[[HttpRequest, Current, WebhookEndpoint, datetime], "str | None"]
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def _acting(act: Act) -> Callable[..., HttpResponseBase]:
    """A view around an act: finds the endpoint, says what is refused, goes back to its page (or where the act says)."""

    @require_POST
    @wraps(act)
    def view(request: HttpRequest, endpoint_id: uuid.UUID) -> HttpResponseBase:
        current: Current = request.current  # type: ignore[attr-defined]
        endpoint = endpoint_of(current, endpoint_id)
        back = reverse("webhooks:detail", args=[endpoint.public_id])
        try:
            where = act(request, current, endpoint, timezone.now())
        except Refused as refusal:
            return refuse(request, refusal, back)
        return redirect(where or back)

    return view


@signed_in("webhooks:write")
@_acting
def change(request: HttpRequest, current: Current, endpoint: WebhookEndpoint, now: datetime) -> str | None:
    """Address, description, types."""
    form = EndpointForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(str(one) for one in errors))
        return None
    if actions.change_endpoint(endpoint=endpoint, actor=current.actor, now=now, **form.cleaned_data):
        messages.success(request, _("Saved."))
    return None


@signed_in("webhooks:write")
@_acting
def switch(request: HttpRequest, current: Current, endpoint: WebhookEndpoint, now: datetime) -> str | None:
    """On or off."""
    if request.POST.get("on") == "1":
        actions.switch_on(endpoint=endpoint, actor=current.actor, now=now)
        messages.success(request, _("It is on. What it missed is not sent by itself: see below."))
    else:
        actions.switch_off(endpoint=endpoint, actor=current.actor, now=now)
        messages.success(request, _("It is off. What happens meanwhile is noted as missed."))
    return None


@signed_in("webhooks:write")
@_acting
def test(request: HttpRequest, current: Current, endpoint: WebhookEndpoint, now: datetime) -> str | None:
    """Sends a test and shows how it goes."""
    sent = actions.send_test(endpoint=endpoint, actor=current.actor, now=now)
    return reverse("webhooks:delivery", args=[endpoint.public_id, sent.public_id])


@signed_in("webhooks:write")
@confirmed
@_acting
def secret(request: HttpRequest, current: Current, endpoint: WebhookEndpoint, now: datetime) -> str | None:
    """A new secret; the page shows it, once."""
    fresh = actions.rotate_secret(endpoint=endpoint, actor=current.actor, now=now)
    show_once(request, SECRET, secret=fresh, endpoint=str(endpoint.public_id))
    return None


@signed_in("webhooks:write")
@_acting
def again(request: HttpRequest, current: Current, endpoint: WebhookEndpoint, now: datetime) -> str | None:
    """Sends a span again."""
    form = AgainForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a span of time from the list."))
        return None
    span, everything = SPANS[form.cleaned_data["span"]], form.cleaned_data["everything"]
    since = now - span if span else _BEGINNING
    found = resending.of_span(endpoint, since, now, also_delivered=everything)
    if found[: attempts.AT_ONCE + 1].count() > attempts.AT_ONCE:
        actions.need_on(endpoint)
        change = changing.hand_over(
            current,
            attempts.SINCE,
            path=reverse("webhooks:detail", args=[endpoint.public_id]),
            query="",
            reason=attempts.since_of(since, everything=everything),
            total=found.count(),
            asked_at=now,
        )
        return reverse("change", args=[change.public_id])
    count = resending.resend_since(
        endpoint=endpoint, since=since, also_delivered=everything, actor=current.actor, now=now
    )
    messages.success(
        request,
        attempts.told_again(count) if count else _("There is nothing to send again in that time."),
    )
    return None


@signed_in("webhooks:write")
@_acting
def delete(request: HttpRequest, current: Current, endpoint: WebhookEndpoint, now: datetime) -> str | None:
    """Deletes it with its deliveries."""
    actions.delete_endpoint(endpoint=endpoint, actor=current.actor, now=now)
    messages.success(request, _("The endpoint is deleted."))
    return reverse(LIST)


@signed_in("webhooks:write")
@require_POST
def one_again(request: HttpRequest, endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> HttpResponseBase:
    """Sends one delivery again."""
    current: Current = request.current  # type: ignore[attr-defined]
    found = delivery_of(current, endpoint_id, delivery_id)
    back = reverse("webhooks:delivery", args=[endpoint_id, delivery_id])
    try:
        resending.resend(delivery=found, actor=current.actor, now=timezone.now())
    except Refused as refusal:
        messages.error(request, said(refusal))
    else:
        messages.success(request, _("It is sent again."))
    return redirect(back)
