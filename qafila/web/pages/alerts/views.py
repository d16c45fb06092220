"""Alerts: what needs a person, what it holds up, what to do; read, all read, deleted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from qafila.alerts import actions, queries
from qafila.alerts.models import Alert, Level
from qafila.alerts.queries import View
from qafila.businesses.refusals import NotFound
from qafila.web.lists.columns import BulkAction, Column, Done
from qafila.web.lists.course import Course
from qafila.web.lists.filters import Choice
from qafila.web.lists.page import Empty, ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.lists.source import QuerySetSource, Source, limited
from qafila.web.pages.alerts.effects import rows_of
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.views import safe_next
from qafila.web.ui import figures
from qafila.web.ui.states import look_of

LIST = "alerts:list"
STATE = "state"
AT_ONCE = 100
"""More than this takes more than a moment, and is done by a job that tells how far it is."""


def _matching(current: Current, query: ListQuery) -> QuerySet[Alert]:
    view = View(query.get(STATE, View.UNREAD))
    found = queries.viewed(current.business.pk, view, installation=current.actor.may(queries.INSTALLATION))
    if level := query.get("level"):
        found = found.filter(level=level)
    if query.search:
        found = queries.searched(found, query.search, get_language() or "en")
    return limited(found, query)


def _each(
    current: Current, query: ListQuery, act: Callable[..., bool], now: datetime, course: Course | None
) -> int:
    """Does it to each that matches, in a transaction of its own; to how many it was done."""
    course = course or Course()
    for pk, public_id in list(_matching(current, query).order_by("pk").values_list("pk", "public_id")):
        with transaction.atomic():
            if course.begins(pk):
                course.tell(1, int(act(public_id=public_id, actor=current.actor, now=now)))
    return course.changed


def _mark_read(
    current: Current, query: ListQuery, now: datetime, reason: str, course: Course | None = None
) -> Done:
    del reason
    marked = _each(current, query, actions.mark_read, now, course)
    return Done(
        ngettext("%(n)d alert is marked as read.", "%(n)d alerts are marked as read.", marked) % {"n": marked}
    )


def _delete(
    current: Current, query: ListQuery, now: datetime, reason: str, course: Course | None = None
) -> Done:
    del reason
    gone = _each(current, query, actions.delete, now, course)
    return Done(ngettext("%(n)d alert is deleted.", "%(n)d alerts are deleted.", gone) % {"n": gone})


def _read_effect(count: int) -> str:
    return ngettext(
        "%(n)d alert is marked as read and leaves this view. It stays open until its cause is gone.",
        "%(n)d alerts are marked as read and leave this view. They stay open until their causes are gone.",
        count,
    ) % {"n": count}


def _delete_effect(count: int) -> str:
    return ngettext(
        "%(n)d alert is deleted. If its cause goes on, a new one comes.",
        "%(n)d alerts are deleted. If their causes go on, new ones come.",
        count,
    ) % {"n": count}


class AlertList(ListPage):
    """The list. Without a filter: open ones that nobody has read."""

    title = _("Alerts")
    subtitle = _("What needs you, and what to do.")
    scope = "events:read"
    columns = (
        Column(
            "level",
            _("Level"),
            cell="web/alerts/level.html",
            sortable=True,
            order=("weight", "last_at"),
            export=lambda row: str(look_of(row.alert.level).word),
        ),
        Column(
            "what",
            _("What and what to do"),
            cell="web/alerts/what.html",
            is_main=True,
            export=lambda row: str(row.said),
        ),
        Column(
            "count",
            _("Times"),
            cell=lambda row: figures.number(row.alert.count),
            sortable=True,
            is_number=True,
            is_minor=True,
            export=lambda row: row.alert.count,
        ),
        Column(
            "since",
            _("Since"),
            cell=lambda row: figures.ago(row.alert.opened_at),
            sortable=True,
            order=("opened_at",),
            export=lambda row: row.alert.opened_at,
        ),
        Column(
            "last",
            _("Last time"),
            cell=lambda row: figures.ago(row.alert.last_at),
            sortable=True,
            order=("last_at",),
            is_minor=True,
            export=lambda row: row.alert.last_at,
        ),
        Column("do", _("Do"), cell="web/alerts/do.html", export=False),
    )
    filters = (
        Choice(
            STATE,
            pgettext_lazy("of an alert", "State"),
            [
                ("open", pgettext_lazy("alerts", "Open")),
                ("muted", pgettext_lazy("alerts", "Muted")),
                ("all", pgettext_lazy("alerts", "All")),
            ],
            as_tabs=True,
            all_title=pgettext_lazy("alerts", "Unread"),
        ),
        Choice("level", _("Level"), [(str(one), look_of(one).word) for one in reversed(Level)]),
    )
    bulk = (
        BulkAction(
            "read",
            _("Mark as read"),
            "events:write",
            _mark_read,
            _read_effect,
            icon="checks",
            along=_mark_read,
            at_once=AT_ONCE,
        ),
        BulkAction(
            "delete",
            _("Delete"),
            "events:write",
            _delete,
            _delete_effect,
            icon="trash",
            is_dangerous=True,
            along=_delete,
            at_once=AT_ONCE,
        ),
    )
    default_sort = "-level"
    template = "web/alerts/list.html"
    search_hint = _("Words of an alert, or a name in it")
    live_topic = "alerts"
    export_name = "alerts"
    empty = Empty(
        _("Nothing needs you"),
        _(
            "When a number stops, a contract is held or messages are uncertain, it stands here with what to do."
        ),
        icon="bell",
    )

    def source(self, current: Current, query: ListQuery) -> Source:
        """Alerts of the business in use."""
        found = _matching(current, query).annotate(weight=queries.weight())
        return QuerySetSource(
            found.order_by(*self.ordering(query)),
            prepare=lambda rows: rows_of(
                rows, business_id=current.business.pk, may_mute=current.actor.may("events:write")
            ),
        )

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int]:
        """Beside the tabs."""
        found: dict[str, int] = {}
        for value in ("", "open", "muted", "all"):
            filters = {**query.without(STATE).filters, **({STATE: value} if value else {})}
            found[value] = _matching(current, replace(query, filters=filters, ids=None)).count()
        return found

    def context(self) -> Mapping[str, Any]:
        """Whether there is anything to mark."""
        may_own = self.current.actor.may(queries.INSTALLATION)
        unread = sum(queries.unread(self.current.business.pk, installation=may_own).values())
        return {"unread": unread, "may_write": self.current.actor.may("events:write")}


@signed_in("events:read")
@never_cache
@require_safe
def go(request: HttpRequest, alert_id: uuid.UUID) -> HttpResponseBase:
    """To what an alert is about, where letters, the API and webhooks lead; to the list where that has no page."""
    current: Current = request.current  # type: ignore[attr-defined]
    alert = queries.by_public_id(
        current.business.pk, alert_id, installation=current.actor.may(queries.INSTALLATION)
    )
    if alert is None:
        raise Http404
    (row,) = rows_of([alert], business_id=current.business.pk)
    return redirect(row.url or f"{reverse(LIST)}?{STATE}=all")


@signed_in("events:write")
@require_POST
def read(request: HttpRequest, alert_id: str) -> HttpResponseBase:
    """Marks one as read."""
    return _act(request, actions.mark_read, alert_id)


@signed_in("events:write")
@require_POST
def delete(request: HttpRequest, alert_id: str) -> HttpResponseBase:
    """Deletes one."""
    return _act(request, actions.delete, alert_id)


@signed_in("events:write")
@require_POST
def read_all(request: HttpRequest) -> HttpResponseBase:
    """Marks all of the business as read."""
    current: Current = request.current  # type: ignore[attr-defined]
    marked = actions.mark_all_read(
        actor=current.actor, now=timezone.now(), installation=current.actor.may(queries.INSTALLATION)
    )
    text = ngettext("%(n)d alert is marked as read.", "%(n)d alerts are marked as read.", marked) % {
        "n": marked
    }
    messages.success(request, text)
    return redirect(LIST)


def _act(request: HttpRequest, action: Any, alert_id: str) -> HttpResponseBase:
    current: Current = request.current  # type: ignore[attr-defined]
    try:
        action(public_id=alert_id, actor=current.actor, now=timezone.now())
    except NotFound as exc:
        raise Http404 from exc
    return redirect(safe_next(request, reverse(LIST), name="back"))
