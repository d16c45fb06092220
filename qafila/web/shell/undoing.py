"""The undo bar: what was just done can be taken back for some seconds. The bar is kept in the session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone

_PLACE: Final = "undo"


@dataclass(frozen=True, slots=True)
class Offer:
    """One action that can be taken back.

    :ivar text: what was done, in the reader's language.
    :ivar url: where the undo form posts to.
    :ivar fields: hidden values of that form.
    :ivar until: the moment from which it is too late.
    :ivar seconds: left now.
    """

    text: str
    url: str
    fields: dict[str, str]
    until: datetime
    seconds: int


def offer(
    request: HttpRequest,
    text: str,
    url: str,
    *,
    seconds: int = 5,
    fields: Mapping[str, object] | None = None,
    now: datetime | None = None,
) -> None:
    """Shows the bar on the next page. The action at ``url`` itself decides whether it is too late."""
    until = (now or timezone.now()) + timedelta(seconds=seconds)
    request.session[_PLACE] = {
        "text": text,
        "url": url,
        "fields": {key: str(value) for key, value in (fields or {}).items()},
        "until": until.isoformat(),
    }


def pending(request: HttpRequest, *, now: datetime | None = None) -> Offer | None:
    """The offer that still stands. Writes nothing: a page that is looked at changes no session."""
    session: Any = getattr(request, "session", None)
    kept = session.get(_PLACE) if session is not None else None
    if not kept:
        return None
    until = datetime.fromisoformat(kept["until"])
    left = (until - (now or timezone.now())).total_seconds()
    if left <= 0:
        return None
    return Offer(kept["text"], kept["url"], dict(kept["fields"]), until, max(1, round(left)))


def forget(request: HttpRequest) -> None:
    """Takes the bar away: it was used."""
    request.session.pop(_PLACE, None)
