"""The list of packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from qafila.campaigns.queries.open_messages import unfinished_of_packages
from qafila.dispatch import held_packages
from qafila.senders import package_queries
from qafila.senders.actions import packages as actions
from qafila.senders.models import Package
from qafila.web.lists.columns import BulkAction, Column, Done
from qafila.web.lists.filters import Choice
from qafila.web.lists.page import Empty, ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.lists.source import ListSource, Source, limited
from qafila.web.pages.packages.finding import (
    HELD_LOOK,
    STATES,
    Capacity,
    Member,
    capacity_of_each,
    members_of_each,
    use_of,
)
from qafila.web.shell.doors import Current
from qafila.web.ui import figures
from qafila.web.ui.states import look_of

STATE_WORDS: Final = {
    HELD_LOOK: look_of(HELD_LOOK).word,
    "ready": _("Sends"),
    "resting": _("All numbers rest"),
    "stopped": _("No active number"),
}
"""A package's state, as a chip knows it, in words; in the order of the tabs."""
_RANK: Final = {"ready": 0, "resting": 1, "stopped": 2, HELD_LOOK: 3}
"""How much a package needs a person."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A package with what every row of the list is sorted and filtered by. :ivar state: as a chip knows it."""

    package: Package
    state: str
    numbers: int
    unfinished: int


_ORDERS: Final[Mapping[str, Callable[[Standing], Any]]] = {
    "name": lambda one: one.package.name.casefold(),
    "state": lambda one: _RANK[one.state],
    "numbers": lambda one: one.numbers,
    "unfinished": lambda one: one.unfinished,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row. :ivar health: the lowest of its numbers, 0 to 100; None: of none enough is known. :ivar limit: None: there is none."""

    standing: Standing
    active: int
    used: int
    limit: int | None
    capacity: Capacity
    health: int | None

    @property
    def public_id(self) -> str:
        """What the client knows it by."""
        return str(self.standing.package.public_id)

    @property
    def package(self) -> Package:
        """The package itself."""
        return self.standing.package

    @property
    def state(self) -> str:
        """As a chip knows it."""
        return self.standing.state

    @property
    def numbers(self) -> int:
        """How many are in it."""
        return self.standing.numbers


def standings(rows: Sequence[Package], *, business_id: int, now: datetime) -> list[Standing]:
    """In the same order, in a fixed number of statements."""
    ids = [row.pk for row in rows]
    states = package_queries.states_of(rows)
    unfinished, held = unfinished_of_packages(ids), held_packages.held(business_id, ids, now=now)
    found = []
    for row in rows:
        state, numbers = states[row.pk]
        look = HELD_LOOK if row.pk in held else STATES[state]
        found.append(Standing(row, look, numbers, unfinished[row.pk]))
    return found


def lines_of(found: Sequence[Standing], *, now: datetime) -> list[Line]:
    """In the same order, in a fixed number of statements."""
    members = members_of_each([one.package for one in found], now=now)
    capacities = capacity_of_each(members, now=now)
    lines = []
    for one in found:
        its = members[one.package.pk]
        used, limit = use_of(its)
        active = sum(each.can_send for each in its)
        lines.append(Line(one, active, used, limit, capacities[one.package.pk], _lowest(its)))
    return lines


def _lowest(members: Sequence[Member]) -> int | None:
    known = [one.wellbeing.score for one in members if one.wellbeing is not None and one.wellbeing.known]
    return min(known, default=None)


def _pause(current: Current, query: ListQuery, now: datetime, reason: str) -> Done:
    count = sum(
        actions.pause_all(package=package, reason=reason, actor=current.actor, now=now)
        for package in _matching(current, query)
    )
    return Done(ngettext("%(n)d number is paused.", "%(n)d numbers are paused.", count) % {"n": count})


def _resume(current: Current, query: ListQuery, now: datetime, reason: str) -> Done:
    del reason
    count = sum(
        actions.resume_all(package=package, actor=current.actor, now=now)
        for package in _matching(current, query)
    )
    return Done(ngettext("%(n)d number sends again.", "%(n)d numbers send again.", count) % {"n": count})


def _pause_effect(count: int) -> str:
    return ngettext(
        "All numbers of %(n)d package send nothing more, also for their other packages and contracts, until you resume them.",
        "All numbers of %(n)d packages send nothing more, also for their other packages and contracts, until you resume them.",
        count,
    ) % {"n": count}


def _resume_effect(count: int) -> str:
    return ngettext(
        "The numbers that were paused with %(n)d package send again.",
        "The numbers that were paused with %(n)d packages send again.",
        count,
    ) % {"n": count}


def _matching(current: Current, query: ListQuery) -> list[Package]:
    """The packages that the address asks for, also by their state, which no column of the database holds."""
    return [one.package for one in _standing(current, query)]


def _standing(current: Current, query: ListQuery) -> list[Standing]:
    rows = package_queries.packages_of(current.business.pk)
    if query.search:
        rows = rows.filter(name__icontains=query.search)
    found = standings(list(limited(rows, query)), business_id=current.business.pk, now=timezone.now())
    state = query.get("state")
    return [one for one in found if one.state == state] if state else found


def _capacity(figure: int | None) -> Any:
    return figures.number(figure) if figure is not None else _("no limit")


class PackageList(ListPage):
    """Packages by name."""

    title = _("Packages")
    subtitle = _("Several numbers that share one work. When one of them stops, the others go on.")
    scope = "accounts:read"
    columns = (
        Column(
            "name",
            pgettext_lazy("of a package", "Name"),
            cell="web/packages/cell_name.html",
            sortable=True,
            is_main=True,
            export=lambda row: row.package.name,
        ),
        Column(
            "state",
            pgettext_lazy("of a package", "State"),
            cell="web/packages/cell_state.html",
            sortable=True,
            export=lambda row: str(STATE_WORDS[row.state]),
        ),
        Column(
            "numbers",
            _("Active numbers"),
            cell=lambda row: figures.ratio(row.active, row.numbers),
            sortable=True,
            export=lambda row: f"{row.active}/{row.numbers}",
        ),
        Column(
            "use",
            _("Last 24 hours"),
            cell="web/packages/cell_use.html",
            export=lambda row: row.used if row.limit is None else f"{row.used}/{row.limit}",
        ),
        Column(
            "hour",
            _("Messages an hour"),
            cell=lambda row: _capacity(row.capacity.hour),
            is_number=True,
            is_minor=True,
            export=lambda row: row.capacity.hour,
        ),
        Column(
            "day",
            _("Messages a day"),
            cell=lambda row: _capacity(row.capacity.day),
            is_number=True,
            export=lambda row: row.capacity.day,
        ),
        Column(
            "health",
            _("Lowest health"),
            cell="web/packages/cell_health.html",
            is_number=True,
            is_minor=True,
            export=lambda row: row.health,
        ),
        Column(
            "unfinished",
            _("Unfinished campaigns"),
            cell=lambda row: figures.number(row.standing.unfinished),
            sortable=True,
            is_number=True,
            export=lambda row: row.standing.unfinished,
        ),
    )
    filters = (
        Choice("state", pgettext_lazy("of a package", "State"), list(STATE_WORDS.items()), as_tabs=True),
    )
    bulk = (
        BulkAction(
            "pause",
            _("Pause all numbers"),
            "accounts:write",
            _pause,
            _pause_effect,
            icon="player-pause",
            asks_reason=True,
        ),
        BulkAction(
            "resume", _("Resume the numbers"), "accounts:write", _resume, _resume_effect, icon="player-play"
        ),
    )
    default_sort = "name"
    template = "web/packages/list.html"
    search_hint = _("Name of the package")
    live_topic = "senders"
    export_name = "packages"
    empty = Empty(
        _("No package yet"),
        _(
            "Put two or more numbers into a package and send contracts to the package: each number takes what its own pace allows."
        ),
        url="/packages/new",
        action=_("New package"),
        icon="devices",
        scope="accounts:write",
    )

    _found: list[Standing] | None = None

    def row_url(self, row: Line) -> str:
        """Its page."""
        return reverse("packages:detail", args=[row.package.public_id])

    def source(self, current: Current, query: ListQuery) -> Source:
        """Packages of the business in use."""
        state, ids = query.get("state"), query.ids
        found = [
            one
            for one in self._searched(current, query)
            if (not state or one.state == state) and (ids is None or str(one.package.public_id) in ids)
        ]
        found.sort(key=lambda one: (one.package.name.casefold(), one.package.pk))
        found.sort(key=_ORDERS[query.sort], reverse=query.descending)
        return ListSource(found, prepare=lambda page: lines_of(page, now=timezone.now()))

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int]:
        """Beside the tabs."""
        found = self._searched(current, query)
        return {"": len(found), **{state: sum(one.state == state for one in found) for state in STATE_WORDS}}

    def _searched(self, current: Current, query: ListQuery) -> list[Standing]:
        """What the search finds, in whichever state; read once for a page."""
        if self._found is None:
            self._found = _standing(current, replace(query.without("state"), ids=None))
        return self._found

    def context(self) -> Mapping[str, Any]:
        """Who may make one."""
        return {"may_write": self.current.actor.may("accounts:write")}
