"""What stands around every address under ``/api``: a number for the call, one shape of refusal, once-only POSTs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from qafila.api.bodies import most_bytes, too_large
from qafila.api.call import call_of
from qafila.api.handlers import database_away
from qafila.api.idempotency import once
from qafila.api.refusals import ApiRefusal, answer

View = Callable[..., HttpResponseBase]
PREFIX = "/api/"


def enclose(patterns: list[URLResolver | URLPattern]) -> list[URLResolver | URLPattern]:
    """The patterns with :func:`enclosed` around each of their views."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = enclosed(pattern.callback)
    return patterns


def enclosed(view: View) -> View:
    """The view; its answers carry the call's number and are never cached, its refusals have the one shape."""

    @wraps(view)
    def enclosing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        call = call_of(request)
        try:
            response = _answered(request, lambda: view(request, *args, **kwargs))
        except Http404:
            response = answer(request, ApiRefusal(404, "not_found"))
        except ApiRefusal as refusal:
            response = answer(request, refusal)
        except RequestDataTooBig:
            response = answer(request, too_large(request.path))
        except (OperationalError, InterfaceError) as away:
            response = database_away(request, away)
        if isinstance(response, HttpResponseNotAllowed):
            response = _not_allowed(request, response)
        response["X-Request-Id"] = call.id
        response.setdefault("Cache-Control", "no-store")
        if call.warning:
            response["X-Qafila-Warning"] = call.warning
        return response

    return enclosing


def _answered(request: HttpRequest, run: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > most_bytes(request.path):
        raise too_large(request.path)
    return once(request, run)


def _not_allowed(request: HttpRequest, response: HttpResponseNotAllowed) -> HttpResponse:
    allowed = response["Allow"]
    params = {"method": (request.method or "")[:20], "allowed": allowed}
    return answer(request, ApiRefusal(405, "method_not_allowed", params=params, headers={"Allow": allowed}))


@csrf_exempt
def nowhere(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """An address under ``/api`` that there is not."""
    del path
    return enclosed(_raise_404)(request)


def _raise_404(request: HttpRequest) -> HttpResponseBase:
    raise Http404(request.path)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """What Django refuses before any view (an unknown host, for one): JSON under ``/api``, a page elsewhere."""
    if not request.path.startswith(PREFIX):
        return defaults.bad_request(request, exception)
    params = {"field": "Host"} if type(exception).__name__ == "DisallowedHost" else {}
    return answer(request, ApiRefusal(400, "invalid_value", params=params, field="Host"))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """As :func:`bad_request`, for 404."""
    if not request.path.startswith(PREFIX):
        return defaults.page_not_found(request, exception)
    return answer(request, ApiRefusal(404, "not_found"))


def server_error(request: HttpRequest) -> HttpResponseBase:
    """As :func:`bad_request`, for a fault outside any view; Django has logged it."""
    if not request.path.startswith(PREFIX):
        return defaults.server_error(request)
    return answer(request, ApiRefusal(500, "internal_error", params={"request_id": call_of(request).id}))
