"""The list of API keys: by state and right, searched by name, sorted by last use, revoked many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Case, Count, DateTimeField, F, Q, QuerySet, SmallIntegerField, Value, When
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from qafila.businesses.actions import revoke_api_key
from qafila.businesses.models import ApiKey
from qafila.businesses.rules.scopes import EVERYTHING, SCOPES
from qafila.web.lists.columns import BulkAction, Column, Done
from qafila.web.lists.filters import Choice
from qafila.web.lists.page import Empty, ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.lists.source import QuerySetSource, Source, limited
from qafila.web.pages.keys.forms import KeyForm
from qafila.web.pages.people.words import SCOPE_WORDS
from qafila.web.shell.addresses import absolute
from qafila.web.shell.doors import Current
from qafila.web.shell.once import take_once
from qafila.web.ui.states import look_of

UNUSED_AFTER: Final = timedelta(days=90)
"""A key that nobody used for so long is likely one that nobody needs."""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FOR_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
STATES: Final = ("active", "unused", "expired", "revoked")
_UNUSED_WORD = _("Unused for 90 days")


@dataclass(frozen=True, slots=True)
class Row:
    """A key as the list shows it.

    :ivar state: ``active``, ``expired`` or ``revoked``.
    :ivar is_unused: it works, and nobody used it for 90 days (or, never used, it is as old).
    :ivar rights: its rights in words; none where it has them all.
    """

    key: ApiKey
    state: str
    is_unused: bool
    rights: Sequence[Any]

    @property
    def public_id(self) -> str:
        """The key's."""
        return str(self.key.public_id)

    @property
    def has_everything(self) -> bool:
        """Whether it has all rights."""
        return EVERYTHING in self.key.scopes

    def said(self) -> str:
        """Its state with what there is to say about it, for an export."""
        words = [str(look_of(self.state).word)]
        if self.is_unused:
            words.append(str(_UNUSED_WORD))
        if self.state == "active" and self.key.rotated_at:
            words.append(_now("Replaced"))
        return ", ".join(words)


def row_of(key: ApiKey, *, now: datetime) -> Row:
    """How a key stands at a moment."""
    expired = key.expires_at is not None and key.expires_at <= now
    state = "revoked" if key.revoked_at else "expired" if expired else "active"
    unused = state == "active" and (key.last_used_at or key.created_at) < now - UNUSED_AFTER
    rights = [SCOPE_WORDS.get(scope, scope) for scope in key.scopes if scope != EVERYTHING]
    return Row(key, state, unused, rights)


def standing(state: str, *, now: datetime) -> Q:
    """The keys in one of :data:`STATES`, as :func:`row_of` tells it."""
    active = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    since = now - UNUSED_AFTER
    return {
        "active": active,
        "unused": active & (Q(last_used_at__lt=since) | Q(last_used_at=None, created_at__lt=since)),
        "expired": Q(revoked_at=None, expires_at__lte=now),
        "revoked": Q(revoked_at__isnull=False),
    }[state]


def _matching(current: Current, query: ListQuery, *, now: datetime) -> QuerySet[ApiKey]:
    found = ApiKey.objects.filter(business_id=current.business.pk)
    if state := query.get("state"):
        found = found.filter(standing(state, now=now))
    if right := query.get("right"):
        found = found.filter(scopes__overlap=[right, EVERYTHING])
    if query.search:
        prefix = query.search.removeprefix("qf_")
        found = found.filter(Q(name__icontains=query.search) | Q(prefix__istartswith=prefix))
    return limited(found, query)


def _revoke(current: Current, query: ListQuery, now: datetime, reason: str) -> Done:
    del reason
    gone = sum(
        revoke_api_key(key=key, actor=current.actor, now=now)
        for key in _matching(current, query, now=now).filter(revoked_at=None)
    )
    text = ngettext("%(n)d key is revoked.", "%(n)d keys are revoked.", gone) % {"n": gone}
    return Done(text, level="success" if gone else "warning")


def _revoke_effect(count: int) -> str:
    return ngettext(
        "Programs that use %(n)d chosen key are refused at once. This cannot be taken back.",
        "Programs that use the %(n)d chosen keys are refused at once. This cannot be taken back.",
        count,
    ) % {"n": count}


def _from(row: Row) -> str | SafeString:
    return format_html('<bdi dir="ltr">{}</bdi>', row.key.last_used_ip) if row.key.last_used_ip else ""


def _networks(row: Row) -> str | SafeString:
    return format_html_join(", ", '<bdi dir="ltr">{}</bdi>', ((each,) for each in row.key.allowed_networks))


class KeyList(ListPage):
    """Keys in use first, the newest of them at the top."""

    title = _("API keys")
    subtitle = _("With a key, your own programs use Qafila.")
    scope = "admin"
    columns = (
        Column(
            "name",
            _("Name"),
            cell=lambda row: format_html('<span dir="auto">{}</span>', row.key.name),
            sortable=True,
            order=("called",),
            is_main=True,
            export=lambda row: row.key.name,
        ),
        Column(
            "prefix",
            _("Begins with"),
            cell="web/keys/cell_prefix.html",
            export=lambda row: f"qf_{row.key.prefix}",
        ),
        Column(
            "state",
            pgettext_lazy("of a key", "State"),
            cell="web/keys/cell_state.html",
            sortable=True,
            order=("rank", "-created_at"),
            export=Row.said,
        ),
        Column(
            "rights",
            _("Rights"),
            cell="web/keys/cell_rights.html",
            export=lambda row: ", ".join(row.key.scopes),
            is_minor=True,
        ),
        Column(
            "used",
            _("Last used"),
            cell="web/keys/cell_used.html",
            sortable=True,
            order=("used",),
            export=lambda row: row.key.last_used_at,
        ),
        Column("ip", _("Used from"), cell=_from, export=lambda row: row.key.last_used_ip, is_minor=True),
        Column(
            "until",
            _("Works until"),
            cell="web/keys/cell_until.html",
            sortable=True,
            order=("until",),
            export=lambda row: row.key.expires_at,
        ),
        Column(
            "networks",
            _("Works only from"),
            cell=_networks,
            export=lambda row: ", ".join(row.key.allowed_networks),
            is_minor=True,
        ),
    )
    filters = (
        Choice(
            "state",
            pgettext_lazy("of a key", "State"),
            [(one, _UNUSED_WORD if one == "unused" else look_of(one).word) for one in STATES],
            as_tabs=True,
        ),
        Choice("right", _("Right"), [(scope, SCOPE_WORDS.get(scope, scope)) for scope in SCOPES]),
    )
    bulk = (
        BulkAction("revoke", _("Revoke"), "admin", _revoke, _revoke_effect, icon="ban", is_dangerous=True),
    )
    default_sort = "state"
    template = "web/keys/list.html"
    search_hint = _("Name or beginning of the key")
    export_name = "api-keys"
    empty = Empty(
        _("No key yet"),
        _("Make one when a program of yours shall create contracts or read results. People need none."),
        url="#new",
        action=_("New key"),
        icon="key",
    )

    def row_url(self, row: Row) -> str:
        """Its page."""
        return reverse("keys:key", args=[row.key.public_id])

    def source(self, current: Current, query: ListQuery) -> Source:
        """Keys of the business in use."""
        now = timezone.now()
        ranks = [When(standing(one, now=now), then=Value(place)) for place, one in enumerate(STATES)]
        found = _matching(current, query, now=now).annotate(
            rank=Case(*(ranks[0], *ranks[2:]), default=Value(len(STATES)), output_field=SmallIntegerField()),
            called=Lower("name"),
            used=Coalesce(F("last_used_at"), Value(_NEVER), output_field=DateTimeField()),
            until=Coalesce(F("expires_at"), Value(_FOR_EVER), output_field=DateTimeField()),
        )
        return QuerySetSource(
            found.order_by(*self.ordering(query)),
            prepare=lambda keys: [row_of(each, now=now) for each in keys],
        )

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int]:
        """Beside the tabs, in one statement."""
        now = timezone.now()
        others = _matching(current, replace(query.without("state"), ids=None), now=now)
        found = others.aggregate(
            every=Count("pk"), **{one: Count("pk", filter=standing(one, now=now)) for one in STATES}
        )
        return {"": found["every"], **{one: found[one] for one in STATES}}

    def context(self) -> Mapping[str, Any]:
        """The form for a new one, and what was just made: that is shown once, on the whole page only."""
        return {
            "form": KeyForm(current=self.current),
            "made": None if self.is_part else take_once(self.request, "api_key"),
            "example": absolute(self.request, "/api/contracts"),
        }
