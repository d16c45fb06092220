"""How long a session lives: not past its idle and absolute limits, and not past what it was let in for."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime
from typing import Any, Final

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from qafila.businesses.models import Membership
from qafila.web.shell.addresses import client_address
from qafila.web.shell.sessions import SessionStore

SINCE: Final = "since"
"""When it began, in POSIX seconds."""
SEEN: Final = "seen"
"""When it was last used by a person, to the minute."""
ROLE: Final = "role"
"""``<business>:<role>`` it was last used with: another one asks for a new session id."""

_NOTE_EVERY_SECONDS: Final = 60
Session = MutableMapping[str, Any]


def begin(session: Session, now: datetime) -> None:
    """A session begins: somebody signed in."""
    session[SINCE] = session[SEEN] = int(now.timestamp())


def is_over(session: Session, now: datetime) -> bool:
    """Whether it was unused for ``SESSION_IDLE_HOURS``, or began more than ``SESSION_DAYS`` ago."""
    at = now.timestamp()
    idle = at - session.get(SEEN, at) > settings.ENV.session_idle_hours * 3600
    return idle or at - session.get(SINCE, at) > settings.ENV.session_days * 86_400


def note_use(request: HttpRequest, now: datetime) -> None:
    """Remembers that a person used it, once a minute. What a page asks for by itself is no use."""
    session = request.session
    if SINCE not in session:
        begin(session, now)
    if asks_by_itself(request):
        return
    if now.timestamp() - session.get(SEEN, 0) > _NOTE_EVERY_SECONDS:
        session[SEEN] = int(now.timestamp())
        UserSession.objects.filter(session_key=session.session_key).update(
            last_seen_at=now,
            ip=client_address(request) or "0.0.0.0",  # noqa: S104 - no address, nothing listens
        )


def new_id(request: HttpRequest) -> None:
    """The session goes on under another id; who knows the old one has nothing."""
    old = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)


def asks_by_itself(request: HttpRequest) -> bool:
    """Whether a script of ours asks (a live stream, a fragment, figures of a chart), not a person who opens or sends something."""
    if request.method != "GET":
        return False
    accepted = request.headers.get("Accept", "")
    return (
        "HX-Request" in request.headers or "text/event-stream" in accepted or accepted == "application/json"
    )


def still_holds(*, session_key: str, business_id: int, role: str, now: datetime) -> bool:
    """Whether a session that opened something long (a live stream) would still be let in with the same rights.

    Reads everything anew, two queries. False after: signed out here or everywhere, another password, switched off, taken
    out of the business, another role, idle or absolute limit.
    """
    session = SessionStore(session_key).load()
    person = session.get(SESSION_KEY) if session else None
    if person is None or session.get(BACKEND_SESSION_KEY) is None or is_over(session, now):
        return False
    membership = (
        Membership.objects.filter(user_id=person, business_id=business_id, role=role)
        .select_related("user")
        .first()
    )
    if membership is None or not membership.user.is_active:
        return False
    return constant_time_compare(session.get(HASH_SESSION_KEY, ""), membership.user.get_session_auth_hash())
