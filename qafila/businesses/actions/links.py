"""Links that open one thing once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from qafila.businesses.actions.people import record_for_person
from qafila.businesses.models import Link, User
from qafila.businesses.refusals import Clash
from qafila.businesses.rules.one_time import hash_of

LIFETIMES = {
    Link.Purpose.SETUP: timedelta(hours=24),
    Link.Purpose.SIGN_IN: timedelta(minutes=15),
    Link.Purpose.PASSWORD: timedelta(hours=24),
}
"""How long a link opens something, by its purpose."""


def make_link(*, purpose: Link.Purpose, user: User | None = None, by: str = "command", now: datetime) -> str:
    """The secret part of a fresh link; older ones of the same purpose for the same person end. It is kept nowhere.

    :param user: whose link; None for ``setup``.
    """
    secret = new_secret()
    with transaction.atomic():
        Link.objects.filter(purpose=purpose, user=user, used_at=None).update(used_at=now)
        Link.objects.create(
            hash=hash_of(secret),
            purpose=purpose,
            user=user,
            created_at=now,
            expires_at=now + LIFETIMES[purpose],
        )
        if user is not None:
            record_for_person(user=user, action=f"person.{purpose}_link_made", detail={"by": by}, now=now)
    return secret


def use_link(*, secret: str, purpose: Link.Purpose, now: datetime) -> Link:
    """Uses a link up. Of several at once only one succeeds.

    :raises Clash: ``link_over``: used, expired, replaced by a newer one, or never made. All the same answer.
    """
    found = Link.objects.filter(hash=hash_of(secret), purpose=purpose, used_at=None, expires_at__gt=now)
    link = found.select_related("user").first()
    if link is None or (link.user is not None and not link.user.is_active) or not found.update(used_at=now):
        raise Clash("link_over", "This link was used already or is too old. Ask for a new one.")
    return link


def new_secret() -> str:
    """256 random bits, fit for a URL."""
    return secrets.token_urlsafe(32)
