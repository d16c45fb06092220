"""A list over alerts, and the addresses that serve it beside the real ones: what the tests of lists look at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import include, path
from django.utils.translation import ngettext

from qafila.alerts.models import Alert
from qafila.web.lists import (
    BulkAction,
    Choice,
    Column,
    DateRange,
    Done,
    Empty,
    ListPage,
    ListQuery,
    QuerySetSource,
    Text,
    Undo,
    limited,
)
from qafila.web.lists.course import Course
from qafila.web.shell.doors import Current
from qafila.web.ui.figures import moment


def _found(current: Current, query: ListQuery) -> QuerySet[Alert]:
    found = limited(Alert.objects.filter(business=current.business), query)
    if level := query.get("level"):
        found = found.filter(level=level)
    if kinds := query.get("kind"):
        found = found.filter(subject_kind__in=kinds)
    if code := query.get("code"):
        found = found.filter(code__icontains=code)
    if span := query.get("opened"):
        if span.start:
            found = found.filter(opened_at__gte=span.start)
        if span.end:
            found = found.filter(opened_at__lt=span.end)
    if query.search:
        found = found.filter(code__icontains=query.search)
    return found


def _read(current: Current, query: ListQuery, now: datetime, reason: str) -> Done:
    count = _found(current, query).update(read_at=now)
    return Done(f"{count} read: {reason}", undo=Undo("/undo-reading", {"count": str(count)}))


def _close(current: Current, query: ListQuery, now: datetime, reason: str) -> Done:
    del reason
    rows = _found(current, query).filter(opened_at__lte=query.asked_at or now)
    return Done(f"{rows.update(closed_at=now)} closed")


def _again(
    current: Current, query: ListQuery, now: datetime, reason: str, course: Course | None = None
) -> Done:
    """Counts each once more: done to one twice, it would show."""
    course = course or Course()
    rows = _found(current, query).filter(opened_at__lte=query.asked_at or now)
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            if course.begins(pk):
                course.tell(1, Alert.objects.filter(pk=pk).update(count=F("count") + 1))
    return Done(f"{course.changed} counted: {reason}")


class Alerts(ListPage):
    """Every alert."""

    title = "Storms"
    scope = "events:read"
    columns = (
        Column("code", "Code", sortable=True, is_main=True),
        Column("level", "Level", cell="gallery/level.html", sortable=True),
        Column("count", "Count", sortable=True, is_number=True),
        Column("last_at", "Last", cell=lambda row: moment(row.last_at), sortable=True, is_minor=True),
        Column("secret", "Not exported", cell=lambda row: "seen", export=False),
    )
    filters = (
        Choice(
            "level",
            "Level",
            (("info", "Notice"), ("warning", "Warning"), ("critical", "Urgent")),
            as_tabs=True,
        ),
        Choice("kind", "About", (("batch", "Contract"), ("sender", "Sender")), multiple=True),
        Choice("shelf", "Shelf of nothing", ()),
        Text("code", "Code"),
        DateRange("opened", "Opened"),
    )
    bulk = (
        BulkAction(
            "read",
            "Mark as read",
            "events:write",
            _read,
            lambda count: ngettext("%(n)d alert is read.", "%(n)d alerts are read.", count) % {"n": count},
            asks_reason=True,
        ),
        BulkAction(
            "close",
            "Close",
            "events:write",
            _close,
            lambda count: f"{count} go.",
            is_dangerous=True,
            leaves_later_ones=True,
        ),
        BulkAction(
            "again",
            "Count again",
            "events:write",
            _again,
            lambda count: f"{count} count.",
            leaves_later_ones=True,
            along=_again,
            at_once=5,
        ),
    )
    default_sort = "-last_at"
    search_hint = "Code"
    live_topic = "alerts"
    export_name = "alerts"
    empty = Empty("All quiet", "Trouble shows here.", url="/", action="Begin", scope="events:write")

    def source(self, current: Current, query: ListQuery) -> QuerySetSource:
        return QuerySetSource(_found(current, query).order_by(*self.ordering(query)))

    def row_url(self, row: Alert) -> str:
        return f"/storms/{row.public_id}"

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int]:
        rest = query.without("level")
        found = {
            level: _found(current, rest).filter(level=level).count()
            for level in ("info", "warning", "critical")
        }
        return {"": sum(found.values()), **found}


urlpatterns = [path("storms", Alerts.as_view(), name="storms"), path("", include("qafila.project.urls"))]

handler400 = "qafila.project.refusing.bad_request"
handler403 = "qafila.project.refusing.forbidden"
handler404 = "qafila.project.refusing.page_not_found"
handler500 = "qafila.project.refusing.server_error"
