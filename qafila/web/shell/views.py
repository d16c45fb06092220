"""Language and theme: plain forms that work without JavaScript."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from qafila.web.shell.addresses import is_ours
from qafila.web.shell.doors import public
from qafila.web.shell.theme import COOKIE, THEMES
from qafila.wording import languages

A_YEAR = 31_536_000


def safe_next(request: HttpRequest, default: str = "/", *, name: str = "next") -> str:
    """Where a form wants to go afterwards, if that is a page of ours; else ``default``.

    :param name: of the field that says it (``back`` in the form of a list).
    """
    wanted = request.POST.get(name) or request.GET.get(name) or ""
    return wanted if is_ours(request, wanted) else default


@public("the language of signed-out pages is chosen too")
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keeps the language in a cookie, and with the person who is signed in."""
    response = HttpResponseRedirect(safe_next(request))
    wanted = request.POST.get("language", "")
    if wanted in languages:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=A_YEAR,
            samesite="Lax",
            secure=request.is_secure(),
        )
        if request.user.is_authenticated and request.user.language != wanted:
            request.user.language = wanted
            request.user.save(update_fields=["language"])
    return response


@public("the colours of signed-out pages are chosen too")
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keeps the theme in a cookie."""
    wanted = request.POST.get("theme", "")
    is_script = request.headers.get("X-Requested-With") == "fetch"
    response = HttpResponse(status=204) if is_script else HttpResponseRedirect(safe_next(request))
    if wanted in THEMES:
        response.set_cookie(COOKIE, wanted, max_age=A_YEAR, samesite="Lax", secure=request.is_secure())
    return response
