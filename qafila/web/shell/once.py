"""What is shown once: a key, a link. It waits in the sealed session for the next page and is gone with it."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest

_KEY: Final = "shown_once"


def show_once(request: HttpRequest, kind: str, **what: str) -> None:
    """Keeps something for the next page that takes this kind."""
    request.session[_KEY] = {"kind": kind, **what}


def take_once(request: HttpRequest, kind: str) -> dict[str, Any] | None:
    """What waits of this kind, taken out; None without."""
    waiting = request.session.get(_KEY)
    if not isinstance(waiting, dict) or waiting.get("kind") != kind:
        return None
    del request.session[_KEY]
    return waiting
