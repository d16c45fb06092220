"""A person's own matters: name and language, password, sessions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from qafila.businesses.actions.audit import record_audit
from qafila.businesses.actions.checks import need_language, need_name
from qafila.businesses.actor import Actor, user_actor
from qafila.businesses.models import Membership, User
from qafila.businesses.passwords import refuse_weak
from qafila.businesses.refusals import NotFound


def change_profile(*, user: User, name: str, language: str, actor: Actor, now: datetime) -> bool:
    """A person changes their own name and language ("": as the business). False when nothing is different.

    :raises NotFound: the actor is somebody else. :raises Refused: ``name_missing``, ``language_unknown``.
    """
    _only_oneself(actor, user)
    need_name(name)
    if language:
        need_language(language)
    if (user.name, user.language) == (name.strip(), language):
        return False
    with transaction.atomic():
        changed = [
            field
            for field, value in (("name", name.strip()), ("language", language))
            if getattr(user, field) != value
        ]
        user.name, user.language = name.strip(), language
        user.save(update_fields=["name", "language"])
        record_for_person(
            user=user, action="person.changed", detail={"changed": changed}, address=actor.address, now=now
        )
    return True


def set_password(*, user: User, password: str, by: str, address: str | None = None, now: datetime) -> None:
    """Gives a person a new password, which ends all their sessions. The caller has made sure that it may be done.

    :param by: how: ``self``, ``link`` or ``command``.
    :raises Refused: ``password_weak``.
    """
    refuse_weak(password, user)
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        record_for_person(
            user=user, action="person.password_changed", detail={"by": by}, address=address, now=now
        )


def end_sessions(*, user: User, by: str, address: str | None = None, now: datetime) -> None:
    """Signs a person out everywhere: with the next request, and open pages within seconds.

    :param by: how: ``self``, ``owner`` or ``command``.
    """
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
        user.refresh_from_db(fields=["sessions_ended"])
        record_for_person(
            user=user, action="person.sessions_ended", detail={"by": by}, address=address, now=now
        )


def record_for_person(
    *,
    user: User,
    action: str,
    detail: Mapping[str, Any] | None = None,
    address: str | None = None,
    now: datetime,
) -> None:
    """Adds a line about a person to the audit log of every business they belong to, in the caller's transaction."""
    memberships = Membership.objects.filter(user=user).select_related("business").order_by("business_id")
    for membership in memberships:
        record_audit(
            actor=user_actor(business=membership.business, user=user, role=membership.role, address=address),
            action=action,
            subject_kind="user",
            subject_id=str(user.public_id),
            detail=detail,
            now=now,
        )


def _only_oneself(actor: Actor, user: User) -> None:
    if actor.kind != "user" or actor.id != str(user.public_id):
        raise NotFound("person")
