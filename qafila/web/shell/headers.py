"""The security headers of every answer. Nothing inline is allowed: no script, no style, no handler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PAGE_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-src 'none'",
        "frame-ancestors 'none'",
    )
)
"""For pages. ``data:`` images are the small drawings inside Tabler's style sheet and QR codes."""

DATA_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'none'"
)
"""For what is no page (JSON, files, webhooks): if a browser shows it all the same, nothing in it runs."""

EVERYWHERE: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
ONE_YEAR: Final = 31_536_000
TRANSPORT: Final = f"max-age={ONE_YEAR}; includeSubDomains"
"""``Strict-Transport-Security``; only over HTTPS, where alone a browser heeds it."""


def headers_for(content_type: str, *, is_secure: bool) -> dict[str, str]:
    """The headers of an answer of this type."""
    policy = PAGE_POLICY if content_type.startswith("text/html") else DATA_POLICY
    found = {**EVERYWHERE, "Content-Security-Policy": policy}
    if is_secure:
        found["Strict-Transport-Security"] = TRANSPORT
    return found
