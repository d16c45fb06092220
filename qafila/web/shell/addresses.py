"""From where a browser calls, seen through the reverse proxies that the settings trust."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from qafila.businesses.rules import callers


def client_address(request: HttpRequest) -> str | None:
    """The caller's IP address; None for a unix socket.

    ``X-Forwarded-For`` counts only where the peer is one of ``TRUSTED_PROXIES``: then the last hop that none of them has.
    """
    found = callers.client(
        remote=request.META.get("REMOTE_ADDR") or "",
        forwarded_for=request.headers.get("X-Forwarded-For", ""),
        trusted_proxies=settings.ENV.trusted_proxies,
    )
    return str(found) if found else None


def absolute(request: HttpRequest, path: str) -> str:
    """A whole address for a link that is sent or copied: of ``PUBLIC_URL``, else as this page was reached."""
    base: str = settings.ENV.public_url
    return f"{base}{path}" if base else request.build_absolute_uri(path)
