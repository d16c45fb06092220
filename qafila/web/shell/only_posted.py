"""What a person sees who opens the address of a button: after signing in anew in the middle of something, or from the history
of the browser. Nothing is done; the page leads back to where the button is."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseNotAllowed
from django.urls import Resolver404, resolve

from qafila.web.shell.errors import only_posted

Next = Callable[[HttpRequest], HttpResponseBase]


class OnlyPosted:
    """Puts a page in the place of an empty 405, for people; programs get what they got."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        if request.method not in ("GET", "HEAD") or not _is_a_person(request):
            return response
        page = only_posted(request, back=page_above(request.path))
        page.headers["Allow"] = response.headers["Allow"]
        return page


def page_above(path: str) -> str:
    """The nearest address above that there is: ``/messages/5`` for ``/messages/5/change``."""
    parts = path.strip("/").split("/")[:-1]
    while parts:
        for address in (f"/{'/'.join(parts)}/", f"/{'/'.join(parts)}"):
            try:
                found = resolve(address)
            except Resolver404:
                continue
            if _can_be_opened(found.func):
                return address
        parts.pop()
    return "/"


def _can_be_opened(view: Callable[..., object]) -> bool:
    """Whether a view takes a GET, as ``require_http_methods`` around it says: there is no other word for it."""
    around: Callable[..., object] | None = view
    while around is not None:
        methods = inspect.getclosurevars(around).nonlocals.get("request_method_list")
        if methods is not None and "GET" not in methods:
            return False
        around = getattr(around, "__wrapped__", None)
    return True


def _is_a_person(request: HttpRequest) -> bool:
    asked_by_a_page = request.headers.get("HX-Request") or request.headers.get("X-Requested-With")
    return not asked_by_a_page and "text/html" in request.headers.get("Accept", "")
