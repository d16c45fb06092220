"""The list of senders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from qafila.senders import actions
from qafila.senders.models import Sender, SenderState
from qafila.senders.queries import accounts_for_business, for_business, with_effective_state
from qafila.web.lists.columns import BulkAction, Column, Done
from qafila.web.lists.filters import Choice
from qafila.web.lists.page import Empty, ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.lists.source import QuerySetSource, Source, limited
from qafila.web.pages.senders.rows import Row, rows_of
from qafila.web.shell.doors import Current
from qafila.web.ui import figures
from qafila.web.ui.states import look_of

_TABS = (
    SenderState.READY,
    SenderState.RESTING,
    SenderState.PAUSED,
    SenderState.STOPPED,
    SenderState.NOT_CONNECTED,
)


def _accounts(current: Current) -> Sequence[tuple[str, str | Promise]]:
    return [(str(each.public_id), each.name) for each in accounts_for_business(current.business.pk)]


def _matching(current: Current, query: ListQuery) -> QuerySet[Sender]:
    rows = for_business(current.business.pk).select_related("provider_account__portfolio", "health")
    found: Any = with_effective_state(rows)  # the type does not know what is annotated
    if state := query.get("state"):
        found = found.filter(effective=state)
    if account := query.get("account"):
        found = found.filter(provider_account__public_id=account)
    if query.search:
        digits = "".join(c for c in query.search if c.isdecimal())
        wanted = Q(name__icontains=query.search) | Q(provider_account__name__icontains=query.search)
        found = found.filter(wanted | Q(phone__contains=digits) if digits else wanted)
    matching: QuerySet[Sender] = limited(found, query)
    return matching


def _by_state(rows: Any) -> dict[str, int]:
    return dict(rows.order_by().values_list("effective").annotate(number=Count("pk")))


def _pause(current: Current, query: ListQuery, now: datetime, reason: str) -> Done:
    del reason
    count = sum(
        actions.pause_sender(sender=sender, by="person", actor=current.actor, now=now)
        for sender in _matching(current, query)
    )
    return Done(ngettext("%(n)d sender is paused.", "%(n)d senders are paused.", count) % {"n": count})


def _resume(current: Current, query: ListQuery, now: datetime, reason: str) -> Done:
    del reason
    count = 0
    for sender in _matching(current, query).exclude(provider_account=None):
        done = actions.resume_work(sender=sender, actor=current.actor, now=now)
        count += done.sender or done.account
    text = ngettext("%(n)d sender is back at work.", "%(n)d senders are back at work.", count)
    return Done(text % {"n": count})


def _pause_effect(count: int) -> str:
    return ngettext(
        "%(n)d sender sends nothing more until you resume it. Its messages wait; what is in the air lands.",
        "%(n)d senders send nothing more until you resume them. Their messages wait; what is in the air lands.",
        count,
    ) % {"n": count}


def _resume_effect(count: int) -> str:
    return ngettext(
        "%(n)d sender may send again, and so may its provider account if that was stopped.",
        "%(n)d senders may send again, and so may their provider accounts if those were stopped.",
        count,
    ) % {"n": count}


class SenderList(ListPage):
    """What needs a person stands first."""

    title = _("Senders")
    subtitle = _("The WhatsApp numbers that send.")
    scope = "accounts:read"
    columns = (
        Column(
            "risk",
            pgettext_lazy("of a number", "State"),
            cell="web/senders/cell_state.html",
            sortable=True,
            export=lambda row: str(look_of(row.state.state).word),
        ),
        Column(
            "name",
            pgettext_lazy("of a number", "Name"),
            cell="web/senders/cell_name.html",
            sortable=True,
            is_main=True,
            export=lambda row: row.sender.name,
        ),
        Column(
            "phone",
            pgettext_lazy("of a phone", "Number"),
            cell=lambda row: figures.phone(row.sender.phone),
            sortable=True,
            is_stacked=True,
            export=lambda row: row.sender.phone,
        ),
        Column(
            "directions",
            _("Directions"),
            cell="web/senders/cell_directions.html",
            is_minor=True,
            export=lambda row: ", ".join(one.name for one in row.directions),
        ),
        Column(
            "use",
            _("Last 24 hours"),
            cell="web/senders/cell_use.html",
            export=lambda row: row.use.used,
        ),
        Column(
            "quality",
            _("Quality"),
            cell="web/senders/cell_quality.html",
            sortable=True,
            order=("health__quality",),
            is_minor=True,
            export=lambda row: str(look_of(row.quality).word) if row.quality else "",
        ),
        Column(
            "error",
            _("Last trouble"),
            cell="web/senders/cell_error.html",
            is_minor=True,
            export=lambda row: row.error,
        ),
        Column(
            "next",
            _("Free again"),
            cell="web/senders/cell_next.html",
            export=lambda row: row.outlook.next_at,
        ),
        Column("acts", _("Do"), cell="web/senders/cell_acts.html", export=False),
    )
    filters = (
        Choice(
            "state",
            pgettext_lazy("of a number", "State"),
            [(one.value, look_of(one).word) for one in _TABS],
            as_tabs=True,
        ),
        Choice("account", _("Provider account"), _accounts),
    )
    bulk = (
        BulkAction("pause", _("Pause"), "accounts:write", _pause, _pause_effect, icon="player-pause"),
        BulkAction("resume", _("Resume"), "accounts:write", _resume, _resume_effect, icon="player-play"),
    )
    default_sort = "-risk"
    template = "web/senders/list.html"
    search_hint = _("Name or number")
    live_topic = "senders"
    export_name = "senders"
    empty = Empty(
        _("No sender yet"),
        _("A sender is a WhatsApp number that messages go out from. Connect one, or try the sandbox."),
        url="/senders/new",
        action=_("Add a sender"),
        icon="device-mobile",
        scope="accounts:write",
    )

    def row_url(self, row: Row) -> str:
        """Its page."""
        return reverse("senders:detail", args=[row.sender.public_id])

    def source(self, current: Current, query: ListQuery) -> Source:
        """Senders of the business in use."""
        found = _matching(current, query).order_by(*self.ordering(query))
        return QuerySetSource(found, prepare=lambda rows: rows_of(rows, now=timezone.now()))

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int]:
        """Beside the tabs."""
        everything = replace(query.without("state"), ids=None)
        found = _by_state(_matching(current, everything))
        return {"": sum(found.values()), **{one.value: found.get(one.value, 0) for one in _TABS}}

    def context(self) -> Mapping[str, Any]:
        """Who may add."""
        return {"may_write": self.current.actor.may("accounts:write")}
