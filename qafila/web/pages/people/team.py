"""One member of the team: their role, and whether they belong to it at all."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from qafila.businesses import queries
from qafila.businesses.actions import change_role, remove_member
from qafila.businesses.models import Membership
from qafila.businesses.refusals import Refused
from qafila.businesses.rules.scopes import OWNER
from qafila.web.pages.account.factors import last_seen, with_second_factor
from qafila.web.pages.account.fields import ROLE_MEANINGS, ROLES
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.sudo import confirmed
from qafila.web.ui import figures

TEAM = "team:list"


@never_cache
@signed_in("admin")
@require_safe
def person(request: HttpRequest, person_id: str) -> HttpResponseBase:
    """One member, and what can be changed."""
    current: Current = request.current  # type: ignore[attr-defined]
    membership = member_or_404(current, person_id)
    user, is_owner = membership.user, current.actor.may(OWNER)
    context = {
        "person": user,
        "role": membership.role,
        "meaning": ROLE_MEANINGS[membership.role],
        "since": membership.created_at,
        "secure": user.pk in with_second_factor([user.pk]),
        "seen": last_seen([user.pk]).get(user.pk),
        "is_me": user == current.user,
        "is_owner": is_owner,
        "changeable": is_owner or membership.role != "owner",
        "roles": [
            (role, name, ROLE_MEANINGS[role]) for role, name in ROLES.items() if is_owner or role != "owner"
        ],
        "question": _leaving(membership, current),
    }
    return render(request, "web/people/person.html", context)


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
        said = _("%(who)s is now: %(role)s.") % {
            "who": figures.isolated(membership.user),
            "role": ROLES[membership.role],
        }
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
        request,
        _("%(who)s does not belong to the business any more.") % {"who": figures.isolated(membership.user)},
    )
    return redirect(TEAM if membership.user != current.user else "/")


def member_or_404(current: Current, person_id: str) -> Membership:
    """A member of the business in use."""
    found = queries.member(current.business.pk, person_id)
    if found is None:
        raise Http404
    return found


def _leaving(membership: Membership, current: Current) -> str:
    if membership.user == current.user:
        return _("Leave %(business)s?") % {"business": figures.isolated(current.business.name)}
    return _("Remove %(who)s from %(business)s?") % {
        "who": figures.isolated(membership.user),
        "business": figures.isolated(current.business.name),
    }
