"""The list of directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qafila.businesses.models import Business
from qafila.senders.direction_models import Direction
from qafila.senders.direction_queries import Resolution, directions_of, resolve, resolve_all
from qafila.web.lists.columns import Column
from qafila.web.lists.filters import Choice
from qafila.web.lists.page import Empty, ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.lists.source import ListSource, Source, limited
from qafila.web.pages.directions.showing import Card, cards
from qafila.web.shell.doors import Current

OWN, DEFAULT, STANDS_IN, NONE = "own", "default", "stands_in", "none"
STATE_WORDS: Final = {
    OWN: _("Its own number"),
    DEFAULT: _("Uses the default"),
    STANDS_IN: _("Another number stands in"),
    NONE: _("No number can send"),
}
"""Over what a message for a direction goes now; what needs a person last."""
_RANK: Final = {state: rank for rank, state in enumerate(STATE_WORDS)}


@dataclass(frozen=True, slots=True)
class Standing:
    """A direction with what every row of the list is sorted and filtered by."""

    row: Direction
    served: Resolution

    @property
    def state(self) -> str:
        """A key of :data:`STATE_WORDS`."""
        if not self.served.phone:
            return NONE
        if self.served.fell_back:
            return STANDS_IN
        return OWN if self.row.sender else DEFAULT


_ORDERS: Final[Mapping[str, Callable[[Standing], Any]]] = {
    "name": lambda one: one.row.name.casefold(),
    "served": lambda one: (_RANK[one.state], one.served.phone),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row."""

    card: Card
    state: str

    @property
    def public_id(self) -> str:
        """What the client knows it by."""
        return str(self.card.row.public_id)


def lines_of(found: Sequence[Standing], business: Business, *, now: datetime) -> list[Line]:
    """In the same order, in a fixed number of statements."""
    drawn = cards([one.row for one in found], business, now=now)
    return [Line(card, one.state) for one, card in zip(found, drawn, strict=True)]


class DirectionList(ListPage):
    """Directions by name."""

    title = _("Directions")
    subtitle = _("The lines of your business, each with a number of its own or with the default one.")
    scope = "accounts:read"
    columns = (
        Column(
            "name",
            pgettext_lazy("of a direction", "Name"),
            cell="web/directions/cell_name.html",
            sortable=True,
            is_main=True,
            export=lambda row: row.card.row.name,
        ),
        Column(
            "number",
            _("Its number"),
            cell="web/directions/cell_number.html",
            export=lambda row: row.card.row.sender.phone if row.card.row.sender else "",
        ),
        Column(
            "served",
            _("Goes over"),
            cell="web/directions/cell_served.html",
            sortable=True,
            export=lambda row: row.card.served.phone,
        ),
        Column(
            "state",
            pgettext_lazy("of a direction", "State"),
            cell="web/directions/cell_state.html",
            export=lambda row: str(STATE_WORDS[row.state]),
        ),
        Column("work", _("Its contracts"), cell="web/directions/cell_work.html", export=False),
    )
    filters = (
        Choice("state", pgettext_lazy("of a direction", "State"), list(STATE_WORDS.items()), as_tabs=True),
    )
    default_sort = "name"
    template = "web/directions/list.html"
    search_hint = _("Name of a direction")
    live_topic = "senders"
    export_name = "directions"
    empty = Empty(
        _("No direction yet"),
        _(
            "A direction is a line of your business, for example Implants. Its messages and ads go over a number of its own, or over the default one."
        ),
        url="/directions/new",
        action=_("New direction"),
        icon="category",
        scope="numbers:write",
    )
    _found: list[Standing] | None = None

    def row_url(self, row: Line) -> str:
        """Its page, which says why, too."""
        return reverse("directions:edit", args=[row.card.row.public_id])

    def source(self, current: Current, query: ListQuery) -> Source:
        """Directions of the business in use."""
        state, ids = query.get("state"), query.ids
        found = [
            one
            for one in self._searched(current, query)
            if (not state or one.state == state) and (ids is None or str(one.row.public_id) in ids)
        ]
        found.sort(key=_ORDERS[query.sort], reverse=query.descending)
        return ListSource(found, prepare=lambda page: lines_of(page, current.business, now=timezone.now()))

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int]:
        """Beside the tabs."""
        found = self._searched(current, query)
        return {"": len(found), **{state: sum(one.state == state for one in found) for state in STATE_WORDS}}

    def context(self) -> Mapping[str, Any]:
        """The default number, and who may make a direction."""
        default = None if self.is_part else resolve(None, self.current.business, now=timezone.now())
        return {"default": default, "may_write": self.current.actor.may("numbers:write")}

    def _searched(self, current: Current, query: ListQuery) -> list[Standing]:
        """What the search finds, in whichever state, by name; read once for a page."""
        if self._found is None:
            rows = directions_of(current.business.pk)
            if query.search:
                rows = rows.filter(name__icontains=query.search)
            found = list(limited(rows, replace(query, ids=None)))
            served = resolve_all(found, current.business, now=timezone.now())
            self._found = [Standing(row, to) for row, to in zip(found, served, strict=True)]
        return self._found
