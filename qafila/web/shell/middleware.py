"""What happens around every page: security headers, a request number, the reader's language and clock."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from qafila.kit.ids import random_base62
from qafila.web.shell.doors import current_of
from qafila.web.shell.headers import headers_for

Next = Callable[[HttpRequest], HttpResponseBase]


class SecurityHeaders:
    """Puts the headers of :mod:`headers` on every answer, errors and static files too. The first of all middleware."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.request_id = random_base62(20)  # type: ignore[attr-defined]
        response = self.get_response(request)
        kind = response.headers.get("Content-Type", "")
        for name, value in headers_for(kind, is_secure=settings.HTTPS or request.is_secure()).items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("X-Request-Id", request.request_id)  # type: ignore[attr-defined]
        return response


class ReaderSettings:
    """The signed-in person's own language, and their business's clock; for pages only."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        zone = ZoneInfo("UTC")
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_session and not request.path.startswith(("/api/", "/health")):
            if request.user.is_authenticated and request.user.language:
                translation.activate(request.user.language)
                request.LANGUAGE_CODE = translation.get_language() or "en"
            current = current_of(request)
            zone = current.zone if current else zone
        with timezone.override(zone):
            response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            # What a person sees is theirs alone, and the Back button after signing out must not bring it back.
            response.headers.setdefault("Cache-Control", "no-store" if has_session else "no-cache")
        return response
