"""The pages of 400, 403, 404, 405 and 500: a sentence, what to do, the request's number. In the reader's language."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.core.exceptions import DisallowedHost, PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from qafila.web.shell.addresses import page_of
from qafila.web.shell.doors import MOVED, Forbidden, asks_for_json, current_of
from qafila.web.shell.theme import theme_of
from qafila.web.ui import figures

log = logging.getLogger(__name__)

_BARE = (
    "<!doctype html><meta charset=utf-8><title>Qafila</title><p>Something went wrong here. Request number: {}"
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what Django refuses before any view, for one an unknown host."""
    if isinstance(exception, DisallowedHost):
        # The frame builds addresses from the host: not from one that is not ours.
        return _page(
            request,
            400,
            _("This address is not known here"),
            _("Add the host name to ALLOWED_HOSTS, or open Qafila under a name that is listed there."),
            framed=False,
        )
    too_much = isinstance(exception, SuspiciousOperation) and "TooBig" in type(exception).__name__
    text = _("It was too large.") if too_much else _("Go back, reload the page and try again.")
    return _page(request, 400, _("This request could not be read"), text)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, but without the right."""
    text = str(exception) if isinstance(exception, Forbidden) else ""
    if not text and not isinstance(exception, PermissionDenied):
        text = str(exception)
    return _page(
        request,
        403,
        _("You may not open this"),
        text or _("Your role does not allow this. Ask an owner or admin of the business."),
    )


def only_posted(request: HttpRequest, *, back: str) -> HttpResponse:
    """405: the address of a button, opened as if it were a page.

    :param back: the address of the page above.
    """
    return _page(
        request,
        405,
        _("There is a button for this"),
        _("Nothing was done. Go back to the page and press the button there."),
        back=back,
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: also for what belongs to another business."""
    del exception
    return _page(
        request,
        404,
        _("There is nothing at this address"),
        _(
            "It may have been deleted, or the link is not complete. If it was sent to you, check the business you work in."
        ),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a fault of ours; Django has logged it."""
    return _page(
        request,
        500,
        _("Something went wrong here"),
        _(
            "It is noted in the log. Nothing was sent twice. Try again; if it stays, tell your administrator the number below."
        ),
        framed=False,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form without its token: from another site, or from a page that stood open while somebody signed in or went on
    to another business. A script gets ``{"code": "form_over", "message", "next"}``; htmx is led to a page that says it."""
    log.info("a form was refused", extra={"reason": reason, "path": request.path})
    current = current_of(request)
    back = page_of(request)
    text = _(
        "The page stood open for too long, or cookies are switched off. Go back, reload the page and send it again."
    )
    if current is not None and request.session.get(MOVED):
        text = _(
            "Nothing was changed. In another tab you went on to another business: you work in %(business)s now. "
            "To go on with what was open here, switch back first."
        ) % {"business": figures.isolated(current.business.name)}
        back = "/"
    if "HX-Request" in request.headers:
        messages.error(request, text)
        return HttpResponse(status=403, headers={"HX-Redirect": back or "/"})
    if asks_for_json(request):
        return JsonResponse({"code": "form_over", "message": text, "next": back or "/"}, status=403)
    return _page(request, 403, _("This form is no longer valid"), text, back=back)


def _page(
    request: HttpRequest, status: int, title: str, text: str, *, framed: bool = True, back: str = ""
) -> HttpResponse:
    number = getattr(request, "request_id", "")
    context: dict[str, object] = {
        "status": status,
        "error_title": title,
        "error_text": text,
        "request_number": number,
        "back": back,
    }
    if not framed:
        context["shell"] = {"theme": theme_of(request)}  # asks neither the database nor the session
    try:
        html = render_to_string("web/error.html", context, request=request if framed else None)
    except (TemplateDoesNotExist, TemplateSyntaxError):
        log.exception("the page of a fault cannot be drawn")
        return HttpResponseServerError(_BARE.format(number))
    return HttpResponse(html, status=status)
