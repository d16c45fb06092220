"""The list of numbers, whether they send or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from qafila.senders import actions
from qafila.senders.direction_queries import direction_names
from qafila.senders.models import Sender
from qafila.senders.queries import effective, for_business
from qafila.web.lists.columns import BulkAction, Column, Done
from qafila.web.lists.filters import Choice
from qafila.web.lists.page import Empty, ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.lists.source import QuerySetSource, Source, limited
from qafila.web.shell.doors import Current
from qafila.web.ui import figures
from qafila.web.ui.states import look_of


@dataclass(frozen=True, slots=True)
class Row:
    """One number, with the directions that chose it."""

    sender: Sender
    directions: Sequence[str]

    @property
    def public_id(self) -> str:
        """Of the number."""
        return str(self.sender.public_id)

    @property
    def state(self) -> str:
        """The one that counts."""
        return effective(self.sender).state


def rows_of(senders: Sequence[Sender]) -> list[Row]:
    """In the same order, with one statement more."""
    names = direction_names(senders[0].business_id) if senders else {}
    return [Row(sender, names.get(sender.pk, ())) for sender in senders]


def _matching(current: Current, query: ListQuery) -> QuerySet[Sender]:
    found = for_business(current.business.pk)
    if on := query.get("on"):
        found = found.filter(is_active=on == "on")
    if query.search:
        digits = "".join(c for c in query.search if c.isdecimal())
        wanted = Q(name__icontains=query.search) | Q(directions__name__icontains=query.search)
        found = found.filter(wanted | Q(phone__contains=digits) if digits else wanted).distinct()
    return limited(found, query)


def _switched(on: bool) -> Any:
    def run(current: Current, query: ListQuery, now: datetime, reason: str) -> Done:
        del reason
        count = sum(
            bool(actions.change_number(sender=sender, is_active=on, actor=current.actor, now=now))
            for sender in list(_matching(current, query))
        )
        if on:
            text = ngettext("%(n)d number is switched on.", "%(n)d numbers are switched on.", count)
        else:
            text = ngettext("%(n)d number is switched off.", "%(n)d numbers are switched off.", count)
        return Done(text % {"n": count})

    return run


def _off_effect(count: int) -> str:
    return ngettext(
        "%(n)d number sends nothing more, and no direction and no ad uses it, until you switch it on again.",
        "%(n)d numbers send nothing more, and no direction and no ad uses them, until you switch them on again.",
        count,
    ) % {"n": count}


def _on_effect(count: int) -> str:
    return ngettext(
        "%(n)d number is used again, and sends again if it was switched off.",
        "%(n)d numbers are used again, and send again if they were switched off.",
        count,
    ) % {"n": count}


class NumberList(ListPage):
    """The default stands first."""

    title = _("Numbers")
    subtitle = _("The WhatsApp numbers of your business, also those that only ads and directions use.")
    scope = "accounts:read"
    columns = (
        Column(
            "name",
            pgettext_lazy("of a number", "Name"),
            cell="web/numbers/cell_name.html",
            sortable=True,
            is_main=True,
            export=lambda row: row.sender.name,
        ),
        Column(
            "phone",
            _("Number"),
            cell=lambda row: figures.phone(row.sender.phone),
            sortable=True,
            export=lambda row: row.sender.phone,
        ),
        Column(
            "default",
            _("Default"),
            cell="web/numbers/cell_default.html",
            sortable=True,
            order=("is_default",),
            export=lambda row: row.sender.is_default,
        ),
        Column(
            "state",
            _("State"),
            cell="web/numbers/cell_state.html",
            export=lambda row: str(look_of(row.state).word),
        ),
        Column(
            "directions",
            _("Directions"),
            cell="web/numbers/cell_directions.html",
            export=lambda row: ", ".join(row.directions),
        ),
        Column(
            "created_at",
            _("Added"),
            cell=lambda row: figures.moment(row.sender.created_at),
            sortable=True,
            is_minor=True,
            export=lambda row: row.sender.created_at,
        ),
    )
    filters = (
        Choice(
            "on",
            pgettext_lazy("of a number", "Use"),
            [("on", _("Switched on")), ("off", _("Switched off"))],
            as_tabs=True,
        ),
    )
    bulk = (
        BulkAction(
            "off", _("Switch off"), "numbers:write", _switched(False), _off_effect, icon="player-pause"
        ),
        BulkAction("on", _("Switch on"), "numbers:write", _switched(True), _on_effect, icon="player-play"),
    )
    default_sort = "-default"
    template = "web/numbers/list.html"
    search_hint = _("Name, number or direction")
    live_topic = "senders"
    export_name = "numbers"
    empty = Empty(
        _("No number yet"),
        _("Add the WhatsApp numbers of your business. The first one becomes the default."),
        url="/numbers/new",
        action=_("Add a number"),
        icon="phone",
        scope="numbers:write",
    )

    def row_url(self, row: Row) -> str:
        """Its page."""
        return reverse("numbers:detail", args=[row.sender.public_id])

    def source(self, current: Current, query: ListQuery) -> Source:
        """Numbers of the business in use."""
        found = _matching(current, query).order_by(*self.ordering(query))
        return QuerySetSource(found, prepare=rows_of)

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int]:
        """Beside the tabs."""
        rows = _matching(current, replace(query.without("on"), ids=None))
        counted = rows.order_by().aggregate(
            all=Count("pk", distinct=True), on=Count("pk", filter=Q(is_active=True), distinct=True)
        )
        return {"": counted["all"], "on": counted["on"], "off": counted["all"] - counted["on"]}

    def context(self) -> Mapping[str, Any]:
        """Who may add."""
        return {"may_write": self.current.actor.may("numbers:write")}
