"""From where a browser calls, seen through the reverse proxies that the settings trust; which addresses are pages of ours."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

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


def is_ours(request: HttpRequest, wanted: str) -> bool:
    """Whether that is the path of a page of ours, to which one may be led."""
    # Only paths: an absolute address is never needed, and a backslash or a second slash is read as a host by browsers.
    if not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or any(ord(c) < 33 for c in wanted):
        return False
    return url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())


def page_of(request: HttpRequest) -> str:
    """The path of the page that a request was made from, as htmx or the browser says; "" where none of ours is named."""
    ours = {request.get_host(), urlsplit(settings.ENV.public_url).netloc} - {""}
    for name in ("HX-Current-URL", "Referer"):
        try:
            parts = urlsplit(request.headers.get(name, ""))
        except ValueError:  # a bracket that does not close
            continue
        path = urlunsplit(("", "", parts.path, parts.query, ""))
        if parts.netloc in ours and is_ours(request, path):
            return path
    return ""
