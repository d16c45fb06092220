"""Who answers when Django itself refuses a request: JSON under ``/api``, a page elsewhere."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from qafila.api import enclosure
from qafila.web.shell import errors


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400."""
    answers = enclosure if _is_api(request) else errors
    return answers.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """403; the API has its own long before this."""
    return errors.forbidden(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404."""
    answers = enclosure if _is_api(request) else errors
    return answers.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500."""
    answers = enclosure if _is_api(request) else errors
    return answers.server_error(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(enclosure.PREFIX)
