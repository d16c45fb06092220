"""Every list: filters, sort, search and page in the URL, bulk selection, exports, saved views.

A page with a list is a subclass of :class:`ListPage`::

    class Contracts(ListPage):
        title = _("Contracts")
        scope = "contracts:read"
        columns = [
            Column("name", _("Name"), sortable=True, is_main=True),
            Column("state", _("State"), cell="web/campaigns/cells/state.html", export=lambda row: row.status),
        ]
        filters = [Choice("state", _("State"), options=STATES, as_tabs=True), DateRange("made", _("Created"))]
        bulk = [BulkAction("pause", _("Pause"), scope="contracts:write", run=pause, effect=pause_effect)]
        default_sort = "-created"
        search_hint = _("Name or id")
        live_topic = "campaigns"
        export_name = "contracts"
        empty = Empty(_("No contracts yet"), _("…"), url="/campaigns/new/", action=_("New contract"), scope="contracts:write")

        def source(self, current, query):
            found = Campaign.objects.filter(business=current.business)
            …
            return QuerySetSource(limited(found, query).order_by(*self.ordering(query)))

    path("", Contracts.as_view(), name="index")

An action that takes more than a second for many rows also says ``along`` (the same, telling its ``Course`` how far it is) and
``at_once``: for more rows than that a job does it, and a page and the list show how far it is (:mod:`.changing`). One that
``is_hidden`` has no button here: a page of its own asks, and hands it over.

Templates: ``template`` may name one that extends ``web/list.html`` (blocks ``actions``, ``above``, ``below``); it also gets
what ``context()`` returns, ``page``, ``query``, ``total`` and ``current``.
"""

from qafila.web.lists.columns import BulkAction, Column, Done, Undo
from qafila.web.lists.course import Course
from qafila.web.lists.filters import Choice, DateRange, Span, Text
from qafila.web.lists.page import Empty, ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.lists.source import ListSource, QuerySetSource, Source, limited

__all__ = [
    "BulkAction",
    "Choice",
    "Column",
    "Course",
    "DateRange",
    "Done",
    "Empty",
    "ListPage",
    "ListQuery",
    "ListSource",
    "QuerySetSource",
    "Source",
    "Span",
    "Text",
    "Undo",
    "limited",
]
