"""Who may still listen: the open streams are looked at together every few seconds, in two statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from qafila.businesses.models import Membership
from qafila.web.shell.session_life import is_over
from qafila.web.shell.sessions import SessionStore


@dataclass(frozen=True, slots=True)
class Pass:
    """What a stream was let in with."""

    session_key: str
    business_id: int
    role: str


def still_good(passes: Iterable[Pass], *, now: datetime) -> set[Pass]:
    """Those that would still be let in with the same rights.

    Not after signing out, here or everywhere; nor with another password or role, switched off, taken out of the business,
    or past the limits of a session.
    """
    asked = set(passes)
    rows = Session.objects.filter(session_key__in={one.session_key for one in asked}, expire_date__gt=now)
    store = SessionStore()
    sessions = {row.session_key: store.decode(row.session_data) for row in rows}
    users = {str(content[SESSION_KEY]) for content in sessions.values() if SESSION_KEY in content}
    members = {
        (str(member.user_id), member.business_id, member.role): member.user
        for member in Membership.objects.filter(
            user_id__in=users, business_id__in={one.business_id for one in asked}, user__is_active=True
        ).select_related("user")
    }
    good: set[Pass] = set()
    for one in asked:
        content = sessions.get(one.session_key) or {}
        user = members.get((str(content.get(SESSION_KEY)), one.business_id, one.role))
        if user is None or is_over(content, now):
            continue
        if constant_time_compare(str(content.get(HASH_SESSION_KEY, "")), user.get_session_auth_hash()):
            good.add(one)
    return good
