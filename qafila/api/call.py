"""What is known of one call: its number, its moment, who makes it, in which language it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest

from qafila.businesses.actor import Actor
from qafila.kit.ids import random_base62
from qafila.wording import pick_language

_PLACE = "qafila.call"


@dataclass(slots=True)
class Call:
    """One call of the API.

    :ivar id: ``requestId`` of its errors and of the log.
    :ivar now: when it came in; every action of it happens at this moment.
    :ivar actor: who makes it, once that was asked (:func:`caller.identify`).
    :ivar warning: what the header ``X-Qafila-Warning`` says.
    """

    id: str
    now: datetime
    language: str
    accept_language: str | None
    actor: Actor | None = None
    identified: bool = False
    warning: str = ""

    def speak_to(self, actor: Actor) -> None:
        """Notes the caller; without an ``Accept-Language`` that we know, answers are in their language (an old
        client's without a key is English)."""
        self.actor = actor
        self.language = pick_language(self.accept_language, default=actor.language)


def call_of(request: HttpRequest) -> Call:
    """The call that a request is; made when it is first asked for."""
    call = request.META.get(_PLACE)
    if isinstance(call, Call):
        return call
    accept = request.headers.get("Accept-Language")
    call = Call(random_base62(20), datetime.now(UTC), pick_language(accept), accept)
    request.META[_PLACE] = call
    return call


def actor_of(request: HttpRequest) -> Actor:
    """Who makes this call; routes ask only after the key was looked at."""
    actor = call_of(request).actor
    if actor is None:
        raise RuntimeError("This route has no `auth`.")
    return actor
