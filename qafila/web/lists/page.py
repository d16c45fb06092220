"""A page with a list: subclass :class:`ListPage`, say what it shows, put ``Page.as_view()`` into ``urls.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from qafila.web.lists import bulk, exporting, saved
from qafila.web.lists.columns import BulkAction, Column
from qafila.web.lists.filters import Choice, Filter
from qafila.web.lists.query import FURTHEST_ROW, PAGE_SIZES, ListQuery, checked_ids, read_query
from qafila.web.lists.source import Source
from qafila.web.shell.doors import MEMBER, Current, signed_in

if TYPE_CHECKING:
    from qafila.web.models import Change

STATEMENT_TIMEOUT = "5s"
"""Nobody's filter may keep the database busy for longer."""
SHOWN = "X-List-Rows"
"""Header in which an open page names its rows, with commas between, when it asks for what has become of them."""


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list says when nothing was ever in it.

    :ivar url: of the button that begins; "" for none. ``scope`` is the right that button needs.
    """

    title: str | Promise
    text: str | Promise = ""
    url: str = ""
    action: str | Promise = ""
    icon: str = "inbox"
    sample_url: str = ""
    sample: str | Promise = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row as the template draws it."""

    id: str
    url: str
    cells: list[tuple[Column, SafeString]]
    row: Any


class ListPage:
    """The view of a list. Class attributes say what it is; methods may be overridden.

    :cvar title: the heading; the total stands beside it.
    :cvar scope: the right to look at it ("" for every member). Bulk actions have rights of their own.
    :cvar default_sort: a sortable key, with ``-`` before it for descending.
    :cvar id_field: attribute of a row that identifies it to the client.
    :cvar search_hint: what the search box finds; "" for no search box.
    :cvar live_topic: the topic that says that rows changed; "" for none.
    :cvar export_name: of the file, in ASCII, without ending; "" for a list without exports.
    """

    title: ClassVar[str | Promise] = ""
    subtitle: ClassVar[str | Promise] = ""
    scope: ClassVar[str] = MEMBER
    columns: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    bulk: ClassVar[Sequence[BulkAction]] = ()
    default_sort: ClassVar[str] = ""
    template: ClassVar[str] = "web/list.html"
    id_field: ClassVar[str] = "public_id"
    search_hint: ClassVar[str | Promise] = ""
    live_topic: ClassVar[str] = ""
    export_name: ClassVar[str] = "list"
    empty: ClassVar[Empty] = Empty(_("Nothing here yet"))
    page_sizes: ClassVar[Sequence[int]] = PAGE_SIZES

    def __init__(self, request: HttpRequest, current: Current, kwargs: Mapping[str, Any]) -> None:
        self.request = request
        self.current = current
        self.kwargs = kwargs

    # --- what a subclass says ---

    def source(self, current: Current, query: ListQuery) -> Source:
        """The rows, limited to ``current.business``, the filters, the search and ``query.ids`` (see ``source.limited``)."""
        raise NotImplementedError

    def row_url(self, row: Any) -> str:
        """Where a row leads; "" for nowhere."""
        del row
        return ""

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int] | None:
        """Figures for the tabs: option of the tab filter ("" for all) to its count, under the other filters. None: none."""
        del current, query
        return None

    def live_topic_of(self) -> str:
        """The topic for this very page; override where it depends on the address."""
        return self.live_topic

    def context(self) -> Mapping[str, Any]:
        """More for the template."""
        return {}

    @property
    def is_part(self) -> bool:
        """Whether an open page asks for its rows alone: what stands around them is not drawn."""
        return self.request.headers.get("HX-Target") == "list"

    # --- the view ---

    @classmethod
    def as_view(cls) -> Callable[..., HttpResponseBase]:
        """The view, with its door. A POST is a bulk action, an export or a saved view: each asks for its own right."""

        @signed_in(cls.scope, write=MEMBER)
        def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if request.method not in {"GET", "HEAD", "POST"}:
                return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
            current: Current = request.current  # type: ignore[attr-defined]
            page = cls(request, current, kwargs)
            if cls.scope and not current.actor.may(cls.scope):
                raise bulk.refused(cls.scope)
            return page.post() if request.method == "POST" else page.get()

        view.list_page = cls  # type: ignore[attr-defined]
        return view

    def query(self) -> ListQuery:
        """What the URL asks for."""
        return read_query(
            self.request.GET,
            self.current,
            filters=self.filters,
            sortable=[column.key for column in self.columns if column.sortable],
            default_sort=self.default_sort,
        )

    def ordering(self, query: ListQuery, *, tie: str = "pk") -> list[str]:
        """ORM fields for the query's sort, with ``tie`` last so that pages never overlap."""
        column = next((one for one in self.columns if one.key == query.sort), None)
        fields = [*(column.order or (column.key,))] if column else []
        sign = "-" if query.descending else ""
        return [
            f"{sign}{name}" if not name.startswith("-") or not sign else name[1:] for name in (*fields, tie)
        ]

    def get(self) -> HttpResponseBase:
        """The page, its rows alone (htmx), or an export."""
        query = self.query()
        if self.request.GET.get("format"):
            return exporting.answer(self, query)
        status, context = 200, self._frame(query)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
                context |= self._body(query)
        except OperationalError:
            # Too slow, or the database is away: the frame stays, and so does the way back.
            status = 503
            context["failed"] = True
        template = "web/lists/part.html" if self.is_part else self.template
        response = render(self.request, template, context, status=status)
        response["Vary"] = "HX-Target, Cookie, Accept-Language"
        return response

    def post(self) -> HttpResponseBase:
        """A saved view, a large export, or a bulk action."""
        query = self.query()
        if "save_view" in self.request.POST or "delete_view" in self.request.POST:
            return saved.change(self)
        if "export" in self.request.POST:
            return exporting.begin(self, query)
        return bulk.answer(self, query, now=timezone.now())

    def actions(self) -> list[BulkAction]:
        """The bulk actions that this person may take."""
        offered = (action for action in self.bulk if not action.is_hidden)
        return [action for action in offered if self.current.actor.may(action.scope)]

    # --- what the template gets ---

    def _frame(self, query: ListQuery) -> dict[str, Any]:
        shown = [(one, one.state(query.get(one.key), self.current)) for one in self.filters]
        # Nobody is asked to choose from nothing: who has no package sees no filter for one.
        bar = [
            (one, state)
            for one, state in shown
            if not (isinstance(one, Choice) and (one.as_tabs or not state["options"]))
        ]
        begin = self.empty
        if begin.scope and not self.current.actor.may(begin.scope):
            begin = Empty(begin.title, begin.text, icon=begin.icon)
        return {
            "page": self,
            "current": self.current,
            "query": query,
            "columns": self.columns,
            "bar": bar,
            "active": [
                (one, one.shown(query.get(one.key), self.current))
                for one, _state in bar
                if query.get(one.key) is not None
            ],
            "tab": next((pair for pair in shown if isinstance(pair[0], Choice) and pair[0].as_tabs), None),
            "actions": self.actions(),
            "views": saved.of(self),
            "begin": begin,
            "topic": self.live_topic_of(),
            "changes": [] if self.is_part else self._changes(),
            "total": None,
            **self.context(),
        }

    def _changes(self) -> list[tuple[Change, str]]:
        """Bulk actions on very many of its rows that jobs are about, each with its title."""
        titles = {action.key: str(action.title) for action in self.bulk if action.along}
        if not titles:
            return []
        from qafila.web.lists import changing

        found = changing.under_way(self.current.business.pk, self.request.path)
        return [(one, titles[one.action]) for one in found if one.action in titles]

    def _body(self, query: ListQuery) -> dict[str, Any]:
        source = self.source(self.current, query)
        total = source.total()
        rows = source.rows(query.offset, query.page_size) if total > query.offset else []
        lines = self._lines(rows)
        last = max(1, -(-min(total, FURTHEST_ROW) // query.page_size))
        return {
            "total": total,
            "lines": lines,
            "elsewhere": self._elsewhere(query, lines) if self.is_part else [],
            "last_page": last,
            "is_cut": total > FURTHEST_ROW,
            "first_row": query.offset + 1,
            "last_row": query.offset + len(lines),
            "is_past_the_end": bool(total and not lines),
            "counts": self.counts(self.current, query),
            "exports": bool(self.export_name and total),
            "export_is_large": total > exporting.DIRECT_ROWS,
        }

    def _lines(self, rows: Sequence[Any]) -> list[Line]:
        return [
            Line(
                str(getattr(row, self.id_field)),
                self.row_url(row),
                [(column, column.html(row, self.current)) for column in self.columns],
                row,
            )
            for row in rows
        ]

    def _elsewhere(self, query: ListQuery, lines: list[Line]) -> list[Line]:
        """Rows that an open page shows (it names them in :data:`SHOWN`) and that stand on another page of the list by now.
        What it shows and is in neither is out of the list."""
        here = {line.id for line in lines}
        wanted = [
            one for one in checked_ids(self.request.headers.get(SHOWN, "").split(",")) if one not in here
        ]
        if not wanted:
            return []
        # A page of its own: what this one knows of its source (whether the total is exact) stays.
        source = type(self)(self.request, self.current, self.kwargs).source(self.current, query.only(wanted))
        return [line for line in self._lines(source.rows(0, len(wanted))) if line.id in wanted]
