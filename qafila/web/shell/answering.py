"""What a page answers when an action refuses."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from qafila.businesses.refusals import NotAllowed, NotFound, Refused
from qafila.web.shell.doors import Forbidden
from qafila.web.shell.saying import said


def refuse(request: HttpRequest, refusal: Refused, back: str) -> HttpResponse:
    """A message on the page one came from.

    :param back: name of the URL, or a path.
    :raises Http404: of another business, or not there. :raises Forbidden: the right is missing.
    """
    if isinstance(refusal, NotFound):
        raise Http404 from refusal
    if isinstance(refusal, NotAllowed):
        raise Forbidden("not_allowed", said(refusal), scope=str(refusal.params.get("scope", ""))) from refusal
    messages.error(request, said(refusal))
    return redirect(back)
