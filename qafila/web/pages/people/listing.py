"""The team: who belongs to the business, in which role, how safely they sign in, when they were last here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower, NullIf
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from qafila.businesses import queries
from qafila.businesses.actions import end_sessions
from qafila.businesses.models import Membership
from qafila.businesses.rules.scopes import OWNER, ROLE_SCOPES, SCOPES, allows
from qafila.kit.ids import parse_uuid
from qafila.web.lists.columns import BulkAction, Column, Done
from qafila.web.lists.filters import Choice
from qafila.web.lists.page import ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.lists.source import QuerySetSource, Source
from qafila.web.pages.account.fields import ROLE_MEANINGS, ROLES
from qafila.web.pages.people.inviting import InviteForm
from qafila.web.pages.people.words import SCOPE_WORDS
from qafila.web.shell.doors import Current
from qafila.web.shell.once import take_once
from qafila.web.shell.sudo import confirmed
from qafila.web.ui import figures

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECURE, _NOT_SECURE = _("Second factor"), _("No second factor")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the team as the list shows them.

    :ivar is_secure: has an authenticator app or a passkey.
    :ivar seen: when they last used a page, where a session of theirs is known.
    """

    membership: Membership
    is_me: bool
    is_secure: bool
    seen: datetime | None

    @property
    def public_id(self) -> str:
        """The person's."""
        return str(self.membership.user.public_id)


def _matching(current: Current, query: ListQuery) -> QuerySet[Membership]:
    factors = Authenticator.objects.filter(user_id=OuterRef("user_id"))
    found = Membership.objects.filter(business_id=current.business.pk).annotate(
        secure=Exists(factors.exclude(type=Authenticator.Type.RECOVERY_CODES))
    )
    if role := query.get("role"):
        found = found.filter(role=role)
    if factor := query.get("factor"):
        found = found.filter(secure=factor == "on")
    if query.search:
        found = found.filter(Q(user__name__icontains=query.search) | Q(user__email__icontains=query.search))
    if query.ids is not None:
        found = found.filter(user__public_id__in=[known for known in map(parse_uuid, query.ids) if known])
    return found


def _sign_out(current: Current, query: ListQuery, now: datetime, reason: str) -> Done:
    """Only people who belong to no other business: nobody reaches into another one through its people."""
    del reason
    out, left = 0, 0
    for each in _matching(current, query).select_related("user").order_by("pk"):
        if each.user == current.user or not queries.belongs_only_to(each.user, current.business.pk):
            left += 1
            continue
        end_sessions(user=each.user, by="owner", address=current.actor.address, now=now)
        out += 1
    text = ngettext(
        "%(n)d person is signed out everywhere.", "%(n)d people are signed out everywhere.", out
    ) % {"n": out}
    if left:
        left_out = ngettext(
            "%(n)d was left out: yourself, or somebody of another business too.",
            "%(n)d were left out: yourself, and people of other businesses too.",
            left,
        )
        text = f"{text} {left_out % {'n': left}}"
    return Done(text, level="success" if out and not left else "warning")


def _sign_out_effect(count: int) -> str:
    return ngettext(
        "%(n)d person has to sign in again on every device, within seconds. You yourself, and whoever belongs to other "
        "businesses too, are left out.",
        "%(n)d people have to sign in again on every device, within seconds. You yourself, and those who belong to other "
        "businesses too, are left out.",
        count,
    ) % {"n": count}


class TeamList(ListPage):
    """Everybody, owners first; below them who is invited."""

    title = _("Team")
    scope = "admin"
    columns = (
        Column(
            "name",
            _("Name"),
            cell="web/people/cell_name.html",
            sortable=True,
            order=("called",),
            is_main=True,
            export=lambda row: str(row.membership.user),
        ),
        Column(
            "email",
            _("E-mail"),
            cell=lambda row: format_html('<bdi dir="ltr">{}</bdi>', row.membership.user.email),
            sortable=True,
            order=("user__email",),
            export=lambda row: row.membership.user.email,
        ),
        Column(
            "role",
            _("Role"),
            cell="web/people/cell_role.html",
            sortable=True,
            order=("rank", "called"),
            export=lambda row: str(ROLES[row.membership.role]),
        ),
        Column(
            "factor",
            _SECURE,
            cell="web/people/cell_factor.html",
            sortable=True,
            order=("secure", "called"),
            export=lambda row: row.is_secure,
        ),
        Column(
            "seen",
            _("Last seen"),
            cell="web/people/cell_seen.html",
            sortable=True,
            order=("seen_or_never",),
            export=lambda row: row.seen,
        ),
        Column(
            "since",
            _("In the team since"),
            cell=lambda row: figures.moment(row.membership.created_at),
            sortable=True,
            order=("created_at",),
            is_minor=True,
            export=lambda row: row.membership.created_at,
        ),
    )
    filters = (
        Choice("role", _("Role"), list(ROLES.items()), as_tabs=True),
        Choice("factor", _SECURE, [("on", _SECURE), ("off", _NOT_SECURE)]),
    )
    bulk = (
        BulkAction("sign_out", _("Sign out everywhere"), OWNER, _sign_out, _sign_out_effect, icon="logout"),
    )
    default_sort = "role"
    template = "web/people/team.html"
    search_hint = _("Name or e-mail")
    export_name = "team"

    def post(self) -> HttpResponseBase:
        """As every list; what signs people out asks first whether it is really the owner who sits there."""
        request = self.request
        if "action" not in request.POST:
            return super().post()
        if "HX-Request" in request.headers and not did_recently_reauthenticate(request):
            # A script cannot be led there and back: the page goes itself, and comes back to this very list.
            way = f"{reverse('account_reauthenticate')}?{urlencode({'next': request.get_full_path()})}"
            return HttpResponse(status=401, headers={"HX-Redirect": way})
        return _gravely(request, self)

    def row_url(self, row: Member) -> str:
        """Their page."""
        return reverse("team:person", args=[row.public_id])

    def source(self, current: Current, query: ListQuery) -> Source:
        """Members of the business in use."""
        seen = UserSession.objects.filter(user_id=OuterRef("user_id")).order_by().values("user_id")
        found = (
            _matching(current, query)
            .select_related("user")
            .annotate(
                rank=Case(
                    *(When(role=role, then=Value(place)) for place, role in enumerate(ROLES)),
                    default=Value(len(ROLES)),
                    output_field=SmallIntegerField(),
                ),
                called=Lower(
                    Coalesce(NullIf(F("user__name"), Value("")), F("user__email"), output_field=CharField())
                ),
                seen=Subquery(seen.annotate(at=Max("last_seen_at")).values("at")),
            )
            .annotate(seen_or_never=Coalesce(F("seen"), Value(_NEVER, output_field=DateTimeField())))
        )
        return QuerySetSource(
            found.order_by(*self.ordering(query)),
            prepare=lambda rows: [
                Member(each, each.user_id == current.user.pk, each.secure, each.seen) for each in rows
            ],
        )

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int]:
        """Beside the tabs."""
        others = _matching(current, replace(query.without("role"), ids=None))
        found = dict(others.order_by().values_list("role").annotate(n=Count("pk")))
        return {"": sum(found.values()), **{role: found.get(role, 0) for role in ROLES}}

    def context(self) -> Mapping[str, Any]:
        """Who is invited, the form to invite, what each role may do; what was just made, on the whole page only."""
        current, now, is_owner = self.current, timezone.now(), self.current.actor.may(OWNER)
        return {
            "invitations": []
            if self.is_part
            else [
                {"row": each, "expired": each.expires_at <= now}
                for each in queries.open_invitations(current.business.pk)
            ],
            "form": InviteForm(may_make_owners=is_owner),
            "is_owner": is_owner,
            "matrix": [] if self.is_part else _matrix(),
            "role_names": [(name, ROLE_MEANINGS[role]) for role, name in ROLES.items()],
            "link": None if self.is_part else take_once(self.request, "invitation"),
            "password_link": None if self.is_part else take_once(self.request, "password_link"),
        }


@confirmed
def _gravely(request: HttpRequest, page: TeamList) -> HttpResponseBase:
    del request
    return ListPage.post(page)


def _matrix() -> list[tuple[Any, list[bool]]]:
    """Each right in words, and which roles have it, in the order of ``ROLES``."""
    return [
        (SCOPE_WORDS.get(scope, scope), [allows(ROLE_SCOPES[role], scope) for role in ROLES])
        for scope in SCOPES
    ]
