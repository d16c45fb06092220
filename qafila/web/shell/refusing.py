"""What an action refuses at the last moment, after the page had looked: somebody else was quicker. Said like any refusal."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from qafila.businesses.refusals import NotAllowed, NotFound, Refused
from qafila.web.shell.addresses import page_of
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current


class LateRefusals:
    """Leads back to the page with the sentence; what is not there (any more) is the 404 page, a missing right the 403 page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Django's hook for what a view raised. None: not for us."""
        if not isinstance(exception, Refused) or not isinstance(getattr(request, "current", None), Current):
            return None
        # A page that refuses to be looked at would lead to itself for ever.
        if request.method in {"GET", "HEAD"} and not isinstance(exception, NotFound | NotAllowed):
            return None
        back = page_of(request) or "/"
        answer = refuse(request, exception, back)
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=204, headers={"HX-Redirect": back})
        return answer
