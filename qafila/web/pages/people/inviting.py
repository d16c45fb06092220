"""Invitations: made, sent, renewed, withdrawn."""

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
from django.views.decorators.http import require_POST

from qafila.businesses import queries
from qafila.businesses.actions import invite, renew_invitation, revoke_invitation
from qafila.businesses.models import Invitation
from qafila.businesses.refusals import Refused
from qafila.businesses.rules.scopes import OWNER
from qafila.web.pages.account.fields import ROLES, email_field, role_field
from qafila.web.pages.account.mails import send_later
from qafila.web.pages.people.team import TEAM
from qafila.web.shell.addresses import absolute
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.once import show_once
from qafila.web.shell.sudo import confirmed


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
@require_POST
@confirmed
def send_invitation(request: HttpRequest) -> HttpResponseBase:
    """A link for somebody new; it is shown once, and sent where e-mail is set up."""
    current: Current = request.current  # type: ignore[attr-defined]
    form = InviteForm(request.POST, may_make_owners=current.actor.may(OWNER))
    if not form.is_valid():
        return render(request, "web/people/invite.html", {"form": form})
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
