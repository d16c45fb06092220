"""A person's own exports of the last week, as a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from qafila.web.lists.columns import Column
from qafila.web.lists.export_run import may_have
from qafila.web.lists.filters import Choice
from qafila.web.lists.page import Empty, ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.lists.source import ListSource, Source
from qafila.web.models import Export, ExportState
from qafila.web.shell.doors import Current
from qafila.web.ui import figures
from qafila.web.ui.states import look_of

EXPIRED, FAILED = "expired", "file_failed"
_STATES: Final = (
    *(str(one) for one in (ExportState.WAITING, ExportState.RUNNING, ExportState.FINISHED)),
    FAILED,
    EXPIRED,
)
_MOST: Final = 100
"""The newest; older ones have lost their files anyway."""


def look(export: Export) -> str:
    """Its state, as a chip knows it: a file is kept for a day."""
    if export.state == ExportState.FINISHED and not export.file:
        return EXPIRED
    return FAILED if export.state == ExportState.FAILED else export.state


class ExportList(ListPage):
    """The newest first."""

    title = _("Earlier exports")
    subtitle = _("Files are kept for a day, and only you can fetch yours.")
    columns = (
        Column(
            "name",
            _("File"),
            cell=lambda row: format_html('<bdi dir="ltr">{}</bdi>', row.name),
            sortable=True,
            is_main=True,
        ),
        Column("state", _("State"), cell="web/lists/cell_export.html"),
        Column("done", _("Rows"), cell=lambda row: figures.number(row.done), sortable=True, is_number=True),
        Column(
            "asked",
            _("Asked"),
            cell=lambda row: figures.ago(row.asked_at),
            sortable=True,
            order=("asked_at",),
        ),
        Column("until", _("Until"), cell=lambda row: figures.moment(row.expires_at)),
    )
    filters = (Choice("state", _("State"), [(one, look_of(one).word) for one in _STATES], as_tabs=True),)
    default_sort = "-asked"
    search_hint = _("File")
    export_name = ""
    empty = Empty(_("No exports yet"), _("Each list has an Export button at its foot."), icon="download")
    _found: list[Export] | None = None

    def row_url(self, row: Export) -> str:
        """How far it is, and its file."""
        return reverse("export", args=[row.public_id])

    def source(self, current: Current, query: ListQuery) -> Source:
        """The person's own in the business in use, of lists that they may still see."""
        state = query.get("state")
        return ListSource([one for one in self._searched(current, query) if not state or look(one) == state])

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int]:
        """Beside the tabs."""
        found = [look(one) for one in self._searched(current, query)]
        return {"": len(found), **{state: found.count(state) for state in _STATES}}

    def _searched(self, current: Current, query: ListQuery) -> list[Any]:
        """What the search finds, in whichever state; read once for a page."""
        if self._found is None:
            mine = Export.objects.filter(business=current.business, user=current.user)
            newest = mine.order_by("-asked_at").values("pk")[:_MOST]
            found = Export.objects.filter(
                business=current.business, pk__in=newest, name__icontains=query.search
            )
            ordered = found.order_by(*self.ordering(query))
            self._found = [one for one in ordered if may_have(one, current)]
        return self._found
