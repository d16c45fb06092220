"""The team: who belongs to the business, in which role, and who is invited."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from qafila.businesses import queries
from qafila.businesses.actions import (
    change_role,
    invite,
    remove_member,
    renew_invitation,
    revoke_invitation,
)
from qafila.businesses.models import Invitation, Membership
from qafila.businesses.refusals import Refused
from qafila.businesses.rules.scopes import OWNER, ROLE_SCOPES, SCOPES, allows
from qafila.web.pages.account.factors import last_seen, with_second_factor
from qafila.web.pages.account.fields import ROLE_MEANINGS, ROLES, email_field, role_field
from qafila.web.pages.account.mails import send_later
from qafila.web.pages.people.words import SCOPE_WORDS
from qafila.web.shell.addresses import absolute
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.once import show_once, take_once
from qafila.web.shell.sudo import confirmed

TEAM = "team:list"


class InviteForm(forms.Form):
    """Who shall come, as what."""

    email = email_field()
    role = role_field()

    def __init__(self, *args: Any, may_make_owners: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_make_owners:
            self.fields["role"].choices = [(r, n) for r, n in ROLES.items() if r != "owner"]  # type: ignore[attr-defined]
        self.fields["role"].initial = "agent"


@never_cache
@signed_in("admin")
@require_safe
def team(request: HttpRequest) -> HttpResponseBase:
    """Everybody, and who is invited."""
    current: Current = request.current  # type: ignore[attr-defined]
    return _page(request, current, InviteForm(may_make_owners=current.actor.may(OWNER)))


@never_cache
@signed_in("admin")
@require_POST
@confirmed
def send_invitation(request: HttpRequest) -> HttpResponseBase:
    """A link for somebody new; it is shown once, and sent where e-mail is set up."""
    current: Current = request.current  # type: ignore[attr-defined]
    form = InviteForm(request.POST, may_make_owners=current.actor.may(OWNER))
    if not form.is_valid():
        return _page(request, current, form)
    try:
        made, secret = invite(
            business=current.business,
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            invited_by=current.user,
            actor=current.actor,
            now=timezone.now(),
        )
    except Refused as refusal:
        return refuse(request, refusal, TEAM)
    _hand_out(request, current, made, secret)
    return redirect(TEAM)


@signed_in("admin")
@require_POST
@confirmed
def renew(request: HttpRequest, invitation_id: str) -> HttpResponseBase:
    """A new link for an open invitation; the old one ends."""
    current: Current = request.current  # type: ignore[attr-defined]
    found = _invitation(current, invitation_id)
    try:
        secret = renew_invitation(invitation=found, actor=current.actor, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, TEAM)
    _hand_out(request, current, found, secret)
    return redirect(TEAM)


@signed_in("admin")
@require_POST
def revoke(request: HttpRequest, invitation_id: str) -> HttpResponseBase:
    """Ends an open invitation."""
    current: Current = request.current  # type: ignore[attr-defined]
    try:
        revoke_invitation(
            invitation=_invitation(current, invitation_id), actor=current.actor, now=timezone.now()
        )
    except Refused as refusal:
        return refuse(request, refusal, TEAM)
    messages.success(request, _("The invitation is withdrawn. Its link opens nothing any more."))
    return redirect(TEAM)


@signed_in("admin")
@require_POST
@confirmed
def set_role(request: HttpRequest, person_id: str) -> HttpResponseBase:
    """Another role for a member; their open pages end within seconds."""
    current: Current = request.current  # type: ignore[attr-defined]
    membership = member_or_404(current, person_id)
    try:
        changed = change_role(
            membership=membership,
            role=request.POST.get("role", ""),
            actor=current.actor,
            now=timezone.now(),
        )
    except Refused as refusal:
        return refuse(request, refusal, TEAM)
    if changed:
        said = _("%(who)s is now: %(role)s.") % {"who": membership.user, "role": ROLES[membership.role]}
        messages.success(request, said)
    return redirect(TEAM if membership.user != current.user else "/")


@signed_in("admin")
@require_POST
@confirmed
def remove(request: HttpRequest, person_id: str) -> HttpResponseBase:
    """Takes somebody out of the business."""
    current: Current = request.current  # type: ignore[attr-defined]
    membership = member_or_404(current, person_id)
    try:
        remove_member(membership=membership, actor=current.actor, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, TEAM)
    messages.success(
        request, _("%(who)s does not belong to the business any more.") % {"who": membership.user}
    )
    return redirect(TEAM if membership.user != current.user else "/")


def member_or_404(current: Current, person_id: str) -> Membership:
    """A member of the business in use."""
    found = queries.member(current.business.pk, person_id)
    if found is None:
        raise Http404
    return found


def _invitation(current: Current, invitation_id: str) -> Invitation:
    found = queries.invitation(current.business.pk, invitation_id)
    if found is None:
        raise Http404
    return found


def _hand_out(request: HttpRequest, current: Current, invitation: Invitation, secret: str) -> None:
    link = absolute(request, reverse("invitation", args=[secret]))
    with translation.override(current.business.language):
        subject = _("Invitation to %(business)s") % {"business": current.business.name}
        body = _(
            "%(who)s invites you to %(business)s.\n\nOpen this link and choose a password:\n%(link)s\n\n"
            "It works for seven days. If you do not know what this is about, do nothing."
        ) % {"who": current.user, "business": current.business.name, "link": link}
    sent = send_later(to=invitation.email, subject=subject, body=body)
    show_once(request, "invitation", email=invitation.email, link=link, sent="yes" if sent else "")


def _page(request: HttpRequest, current: Current, form: InviteForm) -> HttpResponseBase:
    now = timezone.now()
    found = queries.memberships(current.business.pk)
    people = [each.user_id for each in found]
    secure, seen = with_second_factor(people), last_seen(people)
    is_owner = current.actor.may(OWNER)
    members = [
        {
            "user": each.user,
            "role": each.role,
            "secure": each.user_id in secure,
            "seen": seen.get(each.user_id),
            "me": each.user_id == current.user.pk,
            "changeable": is_owner or each.role != "owner",
            "dialog": f"remove-{each.user.public_id}",
            "question": _leaving(each, current),
        }
        for each in found
    ]
    context = {
        "members": members,
        "invitations": [
            {"row": each, "expired": each.expires_at <= now}
            for each in queries.open_invitations(current.business.pk)
        ],
        "form": form,
        "is_owner": is_owner,
        "roles": [(role, name) for role, name in ROLES.items() if is_owner or role != "owner"],
        "matrix": _matrix(),
        "role_names": [(name, ROLE_MEANINGS[role]) for role, name in ROLES.items()],
        "link": take_once(request, "invitation"),
        "password_link": take_once(request, "password_link"),
        "business": current.business,
    }
    return render(request, "web/people/team.html", context)


def _leaving(membership: Membership, current: Current) -> str:
    if membership.user == current.user:
        return _("Leave %(business)s?") % {"business": current.business.name}
    return _("Remove %(who)s from %(business)s?") % {
        "who": membership.user,
        "business": current.business.name,
    }


def _matrix() -> list[tuple[Any, list[bool]]]:
    """Each right in words, and which roles have it, in the order of ``ROLES``."""
    return [
        (SCOPE_WORDS.get(scope, scope), [allows(ROLE_SCOPES[role], scope) for role in ROLES])
        for scope in SCOPES
    ]
