"""The page of a copied link: it shows the code of one attempt to whoever holds the phone, and nothing else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qafila.senders import linking
from qafila.web.pages.pairing import passes
from qafila.web.pages.pairing.showing import seen
from qafila.web.shell.doors import public

_WHY = "whoever holds the phone is no member; the link is signed, good for ten minutes and shows one code"


@public(_WHY)
@never_cache
@require_safe
def page(request: HttpRequest, token: str) -> HttpResponseBase:
    """The code, or that the link is over."""
    sender = passes.read(token)
    if sender is None or not linking.can_link(sender):
        return render(request, "web/pairing/guest_over.html", status=404)
    found = seen(linking.look(sender=sender, now=timezone.now()))
    return render(request, "web/pairing/guest.html", {"sender": sender, **found, "token": token})


@public(_WHY)
@never_cache
@require_safe
def part(request: HttpRequest, token: str) -> HttpResponseBase:
    """What changes of it."""
    sender = passes.read(token)
    if sender is None or not linking.can_link(sender):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    found = seen(linking.look(sender=sender, now=timezone.now()))
    return render(request, "web/pairing/part.html", {"sender": sender, **found, "token": token})
