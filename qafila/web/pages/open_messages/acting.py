"""Letting an open message go on, and ending it. Each is a POST that leads back to its page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qafila.businesses.refusals import Refused
from qafila.campaigns import actions
from qafila.events.live import notify_now
from qafila.web.pages.open_messages.finding import open_message_of
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import signed_in
from qafila.web.ui.confirming import is_confirmed_as_shown


@signed_in("messages:write")
@require_POST
def resume(request: HttpRequest, open_id: str) -> HttpResponseBase:
    """Lets one that was held go on."""
    current, _found = open_message_of(request, open_id)
    back = reverse("open_messages:detail", args=[open_id])
    try:
        changed = actions.resume_open_message(
            business=current.business, public_id=open_id, actor=current.actor, now=timezone.now()
        )
    except Refused as refusal:
        return refuse(request, refusal, back)
    if changed:
        notify_now(current.business.pk, f"batch:{open_id}")
        messages.success(request, _("It goes on."))
    return redirect(back)


@signed_in("messages:write")
@require_POST
def cancel(request: HttpRequest, open_id: str) -> HttpResponseBase:
    """Ends it for good, if no more of it waits than the person was told."""
    current, found = open_message_of(request, open_id)
    back = reverse("open_messages:detail", args=[open_id])
    if not is_confirmed_as_shown(request, found.counts.queued):
        messages.warning(
            request, _("The number is another one by now, or was typed differently. Look once more.")
        )
        return redirect(back)
    try:
        changed = actions.cancel_open_message(
            business=current.business, public_id=open_id, actor=current.actor, now=timezone.now()
        )
    except Refused as refusal:
        return refuse(request, refusal, back)
    if changed:
        notify_now(current.business.pk, f"batch:{open_id}")
        messages.success(request, _("It is cancelled. What was sent stays in the books."))
    return redirect(back)
