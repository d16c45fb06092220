"""Light, dark, or as the device: a cookie, so that the server draws the right one at once."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

COOKIE: Final = "theme"
THEMES: Final = ("light", "dark", "system")


def theme_of(request: HttpRequest) -> str:
    """One of :data:`THEMES`."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in THEMES else "system"
