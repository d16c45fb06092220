"""What a list is made of: its columns, and what can be done with many of its rows at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.template.loader import get_template
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from qafila.web.lists.course import Course
from qafila.web.lists.query import ListQuery
from qafila.web.shell.doors import Current

Title: TypeAlias = str | Promise


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    :ivar key: stable; in the URL when it is sorted by.
    :ivar cell: what stands in it: a template (``web/…/x.html``, which gets ``row`` and ``current``), a function of the row
        (its text is escaped), or None for the attribute ``key``.
    :ivar sortable: clicking its head sorts by it.
    :ivar order: ORM fields that :meth:`ListPage.ordering` sorts by; ``(key,)`` where it is not given.
    :ivar export: a function of the row that gives the cell of an export; True for the attribute ``key``; False for none.
    :ivar is_number: aligned at the end, figures under figures.
    :ivar is_main: names the row: the first line of its card on a phone.
    :ivar is_minor: left out on narrow tables, in cards it stays.
    :ivar is_stacked: on tables that are not wide it has no column: the main cell says it there, in a ``q-under``.
    """

    key: str
    title: Title
    cell: str | Callable[[Any], object] | None = None
    sortable: bool = False
    order: tuple[str, ...] = ()
    export: bool | Callable[[Any], object] = True
    is_number: bool = False
    is_main: bool = False
    is_minor: bool = False
    is_stacked: bool = False

    def html(self, row: Any, current: Current) -> SafeString:
        """The cell of a row."""
        if isinstance(self.cell, str):
            # The template escaped what it was given.
            return mark_safe(get_template(self.cell).render({"row": row, "current": current, "column": self}))  # noqa: S308
        value = self.cell(row) if self.cell else getattr(row, self.key)
        shown: Any = "—" if value is None or value == "" else value
        return conditional_escape(shown)

    def value(self, row: Any) -> object:
        """The cell of an export."""
        return self.export(row) if callable(self.export) else getattr(row, self.key)


@dataclass(frozen=True, slots=True)
class Undo:
    """How a bulk action can be taken back: a form that posts these fields there."""

    url: str
    fields: dict[str, str]
    seconds: int = 5


@dataclass(frozen=True, slots=True)
class Done:
    """What a bulk action did, in the reader's language; perhaps with a way back.

    :ivar level: ``success``, ``warning`` or ``error``: the look of the toast.
    """

    text: str
    undo: Undo | None = None
    level: str = "success"


@dataclass(frozen=True, slots=True)
class BulkAction:
    """Something done to ticked rows, or to all that match.

    :ivar run: ``(current, query, now, reason) → Done``. It gets the query itself, with ``ids`` where rows were ticked, and
        must limit itself to the person's business.
    :ivar effect: ``count → sentence``: what will happen, with the exact count (ngettext).
    :ivar scope: the right it needs; without it the button is not there and a POST is refused.
    :ivar asks_reason: the dialog has a field for a reason.
    :ivar choices: the dialog asks to choose one of these ``(value, title)`` pairs, of which ``run`` gets the value as its
        reason; a value that is not among them is asked for again. ``choices_title`` is the label above them.
    :ivar along: the same as ``run`` for more than ``at_once`` rows: done by a job, it tells its :class:`Course` how far it is.
        It must be able to go on where another job was broken off.
    :ivar is_hidden: no button and no POST of the list begins it: a page of its own asks, and hands it over (``changing``).
    :ivar leaves_later_ones: ``run`` leaves alone what came into the list after ``query.asked_at``. So "all that match" may
        be fewer by now than the dialog said; of another action they have to be exactly as many.
    """

    key: str
    title: Title
    scope: str
    run: Callable[[Current, ListQuery, datetime, str], Done]
    effect: Callable[[int], str]
    icon: str = "checks"
    is_dangerous: bool = False
    asks_reason: bool = False
    choices: Callable[[Current, ListQuery], Sequence[tuple[str, str]]] | None = None
    choices_title: Title = ""
    leaves_later_ones: bool = False
    along: Callable[[Current, ListQuery, datetime, str, Course], Done] | None = None
    at_once: int = 0
    is_hidden: bool = False
