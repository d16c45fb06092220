"""Invitations: a link by which somebody becomes a member."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from qafila.businesses.actions.audit import record_audit
from qafila.businesses.actions.checks import need_email, need_role, new_person
from qafila.businesses.actions.links import new_secret
from qafila.businesses.actions.members import join
from qafila.businesses.actor import Actor, user_actor
from qafila.businesses.models import Business, Invitation, Membership, Role, User
from qafila.businesses.refusals import Clash, Refused
from qafila.businesses.rules import scopes as rights
from qafila.businesses.rules.one_time import hash_of

LASTS = timedelta(days=7)


def invite(
    *, business: Business, email: str, role: str, invited_by: User | None, actor: Actor, now: datetime
) -> tuple[Invitation, str]:
    """An open invitation and the secret part of its link, which is shown once and kept nowhere. Lasts seven days.

    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing, or ``owner`` to invite an owner.
    :raises Refused: ``email_invalid``, ``role_unknown``. :raises Clash: ``already_member``, ``invited_already``.
    """
    actor.must("admin", business_id=business.pk)
    address = need_email(email)
    need_role(role)
    if role == Role.OWNER:
        actor.must(rights.OWNER, business_id=business.pk)
    secret = new_secret()
    with transaction.atomic():
        Business.objects.select_for_update(no_key=True).get(pk=business.pk)
        if Membership.objects.filter(business=business, user__email=address).exists():
            raise Clash("already_member", "This person is a member already. Change their role instead.")
        if open_invitations(business.pk).filter(email=address).exists():
            raise Clash(
                "invited_already", "This person is invited already. Make a new link for that invitation."
            )
        invitation = Invitation.objects.create(
            business=business,
            email=address,
            role=role,
            hash=hash_of(secret),
            invited_by=invited_by,
            created_at=now,
            expires_at=now + LASTS,
        )
        _audit(invitation, "invitation.made", actor, now, role=role)
    return invitation, secret


def renew_invitation(*, invitation: Invitation, actor: Actor, now: datetime) -> str:
    """A new link for an open invitation, for seven more days; the link before it opens nothing any more.

    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing, or ``owner`` where an owner is invited.
    :raises Clash: ``invitation_over``.
    """
    _need_right(invitation, actor)
    secret = new_secret()
    with transaction.atomic():
        changed = open_invitations(invitation.business_id).filter(pk=invitation.pk)
        if not changed.update(hash=hash_of(secret), expires_at=now + LASTS):
            raise _over()
        _audit(invitation, "invitation.renewed", actor, now)
    invitation.refresh_from_db()
    return secret


def revoke_invitation(*, invitation: Invitation, actor: Actor, now: datetime) -> bool:
    """Ends an open invitation. False when it was accepted or ended before.

    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing, or ``owner`` where an owner is invited.
    """
    _need_right(invitation, actor)
    with transaction.atomic():
        changed = open_invitations(invitation.business_id).filter(pk=invitation.pk).update(revoked_at=now)
        if changed:
            _audit(invitation, "invitation.revoked", actor, now)
    return changed == 1


def accept_invitation(
    *,
    secret: str,
    user: User | None = None,
    name: str = "",
    password: str = "",
    language: str = "",
    address: str | None = None,
    now: datetime,
) -> Membership:
    """Makes the invited person a member: the one who is signed in, or a new one with the invitation's e-mail address.

    :param user: who is signed in; None: a new person with ``name``, ``password`` and ``language``.
    :raises Clash: ``invitation_over``, ``already_member``, ``email_taken`` (sign in, then accept).
    :raises Refused: ``other_person`` (signed in with another e-mail address), ``name_missing``, ``password_weak``.
    """
    with transaction.atomic():
        invitation = (
            Invitation.objects.select_for_update(no_key=True, of=("self",))
            .select_related("business")
            .filter(hash=hash_of(secret), accepted_at=None, revoked_at=None, expires_at__gt=now)
            .first()
        )
        if invitation is None:
            raise _over()
        if user is None:
            user = new_person(
                email=invitation.email, password=password, name=name, language=language, created_at=now
            )
        elif user.email != invitation.email:
            raise Refused(
                "other_person", "This invitation is for another e-mail address. Sign in as that person."
            )
        invitation.accepted_at = now
        invitation.save(update_fields=["accepted_at"])
        actor = user_actor(business=invitation.business, user=user, role=invitation.role, address=address)
        return join(business=invitation.business, user=user, role=invitation.role, actor=actor, now=now)


def open_invitations(business_id: int) -> QuerySet[Invitation]:
    """Neither accepted nor revoked; expired ones count, because they can be renewed."""
    return Invitation.objects.filter(business_id=business_id, accepted_at=None, revoked_at=None)


def _need_right(invitation: Invitation, actor: Actor) -> None:
    actor.must("admin", business_id=invitation.business_id, what="invitation")
    if invitation.role == Role.OWNER:
        actor.must(rights.OWNER, business_id=invitation.business_id)


def _over() -> Clash:
    return Clash("invitation_over", "This invitation was used, withdrawn or is too old. Ask for a new link.")


def _audit(invitation: Invitation, action: str, actor: Actor, now: datetime, **detail: str) -> None:
    record_audit(
        actor=actor,
        action=action,
        subject_kind="invitation",
        subject_id=str(invitation.public_id),
        detail=detail,
        now=now,
    )
