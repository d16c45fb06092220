"""The page for people of the business."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from qafila.businesses.refusals import Refused
from qafila.providers import registry
from qafila.senders import linking
from qafila.senders.linking import Sight
from qafila.senders.models import PhoneLink, Sender, SenderState
from qafila.senders.saying import state_says
from qafila.web.pages.pairing import passes
from qafila.web.pages.pairing.showing import seen
from qafila.web.pages.senders.finding import sender_of
from qafila.web.shell.addresses import absolute
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said_of
from qafila.web.ui import figures

_Act = Callable[[Sender, Current, datetime], object]


@signed_in("accounts:write")
@never_cache
@require_safe
def page(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """Where it stands, and how to go on. What is over is not begun again by looking."""
    current: Current = request.current  # type: ignore[attr-defined]
    sender = sender_of(current, sender_id)
    if not linking.can_link(sender):
        return render(request, "web/pairing/not_here.html", {"sender": sender})
    sight = linking.look(sender=sender, now=timezone.now())
    account = sender.provider_account
    context = {
        "sender": sender,
        "provider": registry.KINDS[account.kind].title if account else "",
        "guest_url": _guest_url(request, sight.link) if sight.is_running and sight.link else "",
        "minutes": int(passes.GOOD_FOR.total_seconds() // 60),
        "letters_first": linking.letters_first(sender),
        "letters_late": said_of(linking.LATE) if linking.letters_late(sender, sight.link) else "",
        **seen(sight),
    }
    return render(request, "web/pairing/page.html", context)


@signed_in("accounts:write")
@never_cache
@require_safe
def part(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """What changes: asked for every two seconds while the attempt runs. A link that came about leads on by itself."""
    current: Current = request.current  # type: ignore[attr-defined]
    sender = sender_of(current, sender_id)
    if not linking.can_link(sender):
        return HttpResponse(status=204)
    found = seen(linking.look(sender=sender, now=timezone.now()))
    if found["is_linked"] and request.headers.get("HX-Request"):
        sender.refresh_from_db()
        if sender.state == SenderState.PAUSED:
            told = f"{_('The phone is linked.')} {state_says(sender, get_language() or 'en')}"
            messages.warning(request, told)
        else:
            text = _("The phone is linked. %(name)s begins slowly.")
            messages.success(request, text % {"name": figures.isolated(sender.name)})
        where = reverse("senders:detail", args=[sender.public_id])
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    if not found["is_running"] and request.headers.get("HX-Request"):
        # The whole page again: its buttons and its copied link are those of an attempt that runs.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "web/pairing/part.html", {"sender": sender, **found})


@signed_in("accounts:write")
@require_POST
def start(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """A first QR code, or a new one."""
    return _act(
        request, sender_id, lambda sender, at, now: linking.start(sender=sender, actor=at.actor, now=now)
    )


@signed_in("accounts:write")
@require_POST
def code(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """A code to type instead."""
    return _act(
        request, sender_id, lambda sender, at, now: linking.use_code(sender=sender, actor=at.actor, now=now)
    )


@signed_in("accounts:write")
@require_POST
def cancel(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """Ends the attempt."""
    return _act(
        request, sender_id, lambda sender, at, now: linking.cancel(sender=sender, actor=at.actor, now=now)
    )


def _act(request: HttpRequest, sender_id: uuid.UUID, act: _Act) -> HttpResponseBase:
    current: Current = request.current  # type: ignore[attr-defined]
    sender = sender_of(current, sender_id)
    back = reverse("pairing:page", args=[sender.public_id])
    try:
        done = act(sender, current, timezone.now())
    except Refused as refusal:
        detail = reverse("senders:detail", args=[sender.public_id])
        return refuse(request, refusal, back if refusal.code == linking.LATE else detail)
    if isinstance(done, Sight) and done.trouble:
        messages.error(request, seen(done)["trouble"])
    return redirect(back)


def _guest_url(request: HttpRequest, link: PhoneLink) -> str:
    return absolute(request, reverse("pairing:guest", args=[passes.make(link)]))
