"""What an owner does for a member who cannot get in: a link for a new password, second factors taken away, signed out.

Only for people who belong to no other business: whoever owns one business must not get into another through its people.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qafila.businesses.actions import end_sessions, make_link
from qafila.businesses.models import Link, Membership
from qafila.businesses.queries import belongs_only_to
from qafila.web.pages.account.factors import remove_second_factors
from qafila.web.pages.people.team import TEAM, member_or_404
from qafila.web.shell.addresses import absolute
from qafila.web.shell.doors import Current, Forbidden, signed_in
from qafila.web.shell.once import show_once
from qafila.web.shell.sudo import confirmed
from qafila.web.ui import figures


@signed_in("owner")
@require_POST
@confirmed
def password_link(request: HttpRequest, person_id: str) -> HttpResponseBase:
    """A link by which a member sets a new password; shown once, to copy."""
    current: Current = request.current  # type: ignore[attr-defined]
    membership = _reachable(current, person_id)
    secret = make_link(purpose=Link.Purpose.PASSWORD, user=membership.user, by="owner", now=timezone.now())
    link = absolute(request, reverse("password_link", args=[secret]))
    show_once(request, "password_link", email=membership.user.email, link=link)
    return redirect(TEAM)


@signed_in("owner")
@require_POST
@confirmed
def drop_second_factors(request: HttpRequest, person_id: str) -> HttpResponseBase:
    """For somebody who lost phone and recovery codes."""
    current: Current = request.current  # type: ignore[attr-defined]
    membership = _reachable(current, person_id)
    remove_second_factors(user=membership.user, by="owner", address=current.actor.address, now=timezone.now())
    messages.success(
        request,
        _("%(who)s signs in with the password alone now, and should set up a second factor again.")
        % {"who": figures.isolated(membership.user)},
    )
    return redirect(TEAM)


@signed_in("owner")
@require_POST
@confirmed
def sign_out(request: HttpRequest, person_id: str) -> HttpResponseBase:
    """Signs a member out everywhere, within seconds."""
    current: Current = request.current  # type: ignore[attr-defined]
    membership = _reachable(current, person_id)
    end_sessions(user=membership.user, by="owner", address=current.actor.address, now=timezone.now())
    messages.success(
        request, _("%(who)s is signed out everywhere.") % {"who": figures.isolated(membership.user)}
    )
    return redirect(TEAM)


def _reachable(current: Current, person_id: str) -> Membership:
    membership = member_or_404(current, person_id)
    if membership.user == current.user:
        raise Forbidden("own_account", _("For yourself, use the page of your own account."))
    if not belongs_only_to(membership.user, current.business.pk):
        raise Forbidden(
            "other_businesses_too",
            _(
                "This person belongs to other businesses too. They can change their password themselves, by e-mail or "
                "with the help of whoever runs this installation."
            ),
        )
    return membership
