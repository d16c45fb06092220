"""Who belongs to a business, and in which role."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from qafila.businesses.actions.audit import record_audit
from qafila.businesses.actions.checks import need_role, new_person
from qafila.businesses.actor import Actor, system_actor
from qafila.businesses.models import Business, Membership, Role, User
from qafila.businesses.refusals import Clash
from qafila.businesses.rules import scopes as rights


def create_owner(*, business: Business, email: str, password: str, name: str, now: datetime) -> User:
    """Makes a person who signs in and owns the business. For the command line and the first start; no actor is asked.

    :raises Refused: ``email_invalid``, ``name_missing``, ``password_weak``; :class:`Clash`: ``email_taken`` (an existing
        person keeps the password: make them a member with the role ``owner`` instead).
    """
    with transaction.atomic():
        user = new_person(email=email, password=password, name=name, created_at=now)
        Membership.objects.create(business=business, user=user, role=Role.OWNER, created_at=now)
        record_audit(
            actor=system_actor(business),
            action="member.added",
            subject_kind="user",
            subject_id=str(user.public_id),
            detail={"role": str(Role.OWNER)},
            now=now,
        )
    return user


def add_member(
    *,
    business: Business,
    email: str,
    role: str,
    name: str = "",
    password: str | None = None,
    actor: Actor,
    now: datetime,
) -> Membership:
    """Gives a person a role in the business: an existing one (whose name and password stay), or a new one.

    :param password: of a new person; None: they cannot sign in until a password is set for them.
    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing, or ``owner`` to make an owner.
    :raises Refused: ``role_unknown``, ``email_invalid``, ``name_missing``, ``password_weak``.
    :raises Clash: ``already_member``.
    """
    actor.must("admin", business_id=business.pk)
    need_role(role)
    if role == Role.OWNER:
        actor.must(rights.OWNER, business_id=business.pk)
    with transaction.atomic():
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            user = new_person(email=email, password=password, name=name, created_at=now)
        return join(business=business, user=user, role=role, actor=actor, now=now)


def join(*, business: Business, user: User, role: str, actor: Actor, now: datetime) -> Membership:
    """Makes a person a member, in the caller's transaction; who may was decided. :raises Clash: ``already_member``."""
    membership, made = Membership.objects.get_or_create(
        business=business, user=user, defaults={"role": role, "created_at": now}
    )
    if not made:
        raise Clash("already_member", "This person is a member already. Change their role instead.")
    record_audit(
        actor=actor,
        action="member.added",
        subject_kind="user",
        subject_id=str(user.public_id),
        detail={"role": role},
        now=now,
    )
    return membership


def change_role(*, membership: Membership, role: str, actor: Actor, now: datetime) -> bool:
    """Gives a member another role. False when it is theirs already.

    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing, or ``owner`` to make or unmake an owner.
    :raises Refused: ``role_unknown``. :raises Clash: ``last_owner``.
    """
    actor.must("admin", business_id=membership.business_id, what="member")
    need_role(role)
    with transaction.atomic():
        _one_at_a_time(membership.business_id)
        row = Membership.objects.select_related("user").get(pk=membership.pk)
        if row.role == role:
            return False
        if Role.OWNER in (row.role, role):
            actor.must(rights.OWNER, business_id=row.business_id)
        if row.role == Role.OWNER:
            _refuse_to_lose_the_last_owner(row)
        before, row.role = row.role, role
        row.save(update_fields=["role"])
        membership.role = role
        record_audit(
            actor=actor,
            action="member.role_changed",
            subject_kind="user",
            subject_id=str(row.user.public_id),
            detail={"role": [before, role]},
            now=now,
        )
    return True


def remove_member(*, membership: Membership, actor: Actor, now: datetime) -> bool:
    """Takes a person out of the business; what they did stays in its books. False when they are out already.

    Their rights end with the next request, their open pages within seconds.

    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing, or ``owner`` for an owner.
    :raises Clash: ``last_owner``.
    """
    actor.must("admin", business_id=membership.business_id, what="member")
    with transaction.atomic():
        _one_at_a_time(membership.business_id)
        row = Membership.objects.select_related("user").filter(pk=membership.pk).first()
        if row is None:
            return False
        if row.role == Role.OWNER:
            actor.must(rights.OWNER, business_id=row.business_id)
            _refuse_to_lose_the_last_owner(row)
        user, role = row.user, row.role
        row.delete()
        record_audit(
            actor=actor,
            action="member.removed",
            subject_kind="user",
            subject_id=str(user.public_id),
            detail={"role": role},
            now=now,
        )
    return True


def _one_at_a_time(business_id: int) -> None:
    """Changes of members wait for each other: two owners who remove each other cannot both succeed."""
    Business.objects.select_for_update(no_key=True).get(pk=business_id)


def _refuse_to_lose_the_last_owner(row: Membership) -> None:
    others = Membership.objects.filter(business_id=row.business_id, role=Role.OWNER, user__is_active=True)
    if not others.exclude(pk=row.pk).exists():
        raise Clash("last_owner", "A business keeps at least one owner. Make somebody else an owner first.")
