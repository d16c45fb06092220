"""One endpoint: how it does, and every delivery with its tries, live."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qafila.businesses.refusals import Refused
from qafila.events.webhooks import queries, resending
from qafila.events.webhooks.models import DeliveryState, EndpointState, WebhookDelivery, WebhookEndpoint
from qafila.web.lists.columns import BulkAction, Column, Done
from qafila.web.lists.course import Course
from qafila.web.lists.filters import Choice, DateRange
from qafila.web.lists.page import Empty, ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.lists.source import QuerySetSource, Source, limited
from qafila.web.pages.webhooks.finding import delivery_of, endpoint_of
from qafila.web.pages.webhooks.forms import AgainForm, EndpointForm
from qafila.web.pages.webhooks.listing import SECRET, row_of
from qafila.web.pages.webhooks.words import outcome, type_choices, type_word
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.once import take_once
from qafila.web.shell.saying import said
from qafila.web.ui import figures
from qafila.web.ui.states import Look, look_of

AT_ONCE = 2_000
"""More than this takes more than a moment, and is done by a job that tells how far it is."""
SINCE = "again_since"


def _look(state: str) -> Look:
    """A delivery that is tried again waits; a contract that has not begun shares its word."""
    return look_of("waiting" if state == DeliveryState.PENDING else state)


def _matching(query: ListQuery, endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    found = queries.deliveries(endpoint.pk)
    if state := query.get("state"):
        found = found.filter(state=state)
    if name := query.get("type"):
        found = found.filter(message__type=name)
    if span := query.get("at"):
        found = found.filter(**({"message__at__gte": span.start} if span.start else {}))
        found = found.filter(**({"message__at__lt": span.end} if span.end else {}))
    if query.search:
        found = found.filter(message__public_id=query.search) | found.filter(message__object_id=query.search)
    return limited(found, query)


def _again_effect(count: int) -> str:
    return ngettext(
        "%(n)d delivery is sent again, with the id it has.",
        "%(n)d deliveries are sent again, with the ids they have.",
        count,
    ) % {"n": count}


def told_again(count: int) -> str:
    """How many are sent again."""
    text = ngettext("%(n)d delivery is sent again.", "%(n)d deliveries are sent again.", count)
    return text % {"n": count}


def _again(endpoint: WebhookEndpoint) -> BulkAction:
    """Those in view: a few all at once or none of them, very many by a job."""

    def run(current: Current, query: ListQuery, now: datetime, reason: str) -> Done:
        del reason
        ids = _asked_about(query, endpoint, now).order_by().values_list("pk", flat=True)
        try:
            count = resending.resend_many(endpoint=endpoint, ids=ids, actor=current.actor, now=now)
        except Refused as refusal:
            return Done(said(refusal), level="error")
        return Done(told_again(count))

    def along(current: Current, query: ListQuery, now: datetime, reason: str, course: Course) -> Done:
        del reason
        return _in_steps(current, endpoint, _asked_about(query, endpoint, now), course, now)

    return BulkAction(
        "again",
        _("Send again"),
        "webhooks:write",
        run,
        _again_effect,
        icon="refresh",
        leaves_later_ones=True,
        along=along,
        at_once=AT_ONCE,
    )


def _again_since(endpoint: WebhookEndpoint) -> BulkAction:
    """Those of a span, which the form above the list asks for (:func:`since_of` says how): always by a job."""

    def along(current: Current, query: ListQuery, now: datetime, reason: str, course: Course) -> Done:
        since, everything = _since_in(reason)
        found = resending.of_span(endpoint, since, query.asked_at or now, also_delivered=everything)
        return _in_steps(current, endpoint, found, course, now)

    def run(current: Current, query: ListQuery, now: datetime, reason: str) -> Done:
        return along(current, query, now, reason, Course())

    return BulkAction(
        SINCE, _("Send again"), "webhooks:write", run, _again_effect, is_hidden=True, along=along
    )


def since_of(since: datetime, *, everything: bool) -> str:
    """What the job of :data:`SINCE` is told."""
    return f"{since.isoformat()} {'all' if everything else ''}".strip()


def _since_in(said_: str) -> tuple[datetime, bool]:
    since, _space, everything = said_.partition(" ")
    return datetime.fromisoformat(since), bool(everything)


def _in_steps(
    current: Current,
    endpoint: WebhookEndpoint,
    found: QuerySet[WebhookDelivery],
    course: Course,
    now: datetime,
) -> Done:
    count = resending.resend_in_steps(
        endpoint=endpoint,
        found=found,
        rest=course.rest,
        tell=course.tell,
        before=course.changed,
        actor=current.actor,
        now=now,
    )
    return Done(told_again(count), level="success" if count else "warning")


def _asked_about(query: ListQuery, endpoint: WebhookEndpoint, now: datetime) -> QuerySet[WebhookDelivery]:
    """What happened after the person was asked was not meant."""
    return _matching(query, endpoint).filter(message__at__lte=query.asked_at or now)


class Deliveries(ListPage):
    """What was or will be sent to one endpoint."""

    title = _("Webhooks")
    scope = "webhooks:read"
    columns = (
        Column(
            "state",
            _("State"),
            cell="web/webhooks/cell_state.html",
            export=lambda row: str(_look(row.state).word),
        ),
        Column(
            "type",
            _("Event"),
            cell="web/webhooks/cell_type.html",
            is_main=True,
            export=lambda row: row.message.type,
        ),
        Column(
            "object",
            _("About"),
            cell=lambda row: row.message.object_id,
            is_minor=True,
            export=lambda row: row.message.object_id,
        ),
        Column(
            "happened",
            _("Happened"),
            cell=lambda row: figures.ago(row.message.at),
            sortable=True,
            order=("pk",),
            export=lambda row: row.message.at,
        ),
        Column(
            "tries",
            _("Tries"),
            cell=lambda row: figures.number(row.tries),
            is_number=True,
            is_minor=True,
            export=lambda row: row.tries,
        ),
        Column(
            "last",
            _("Last answer"),
            cell="web/webhooks/cell_last.html",
            export=lambda row: row.last_status or row.last_code,
        ),
        Column(
            "next",
            _("Next try"),
            cell=lambda row: figures.moment(row.next_at),
            export=lambda row: row.next_at,
        ),
    )
    filters = (
        Choice("state", _("State"), [(one, _look(one).word) for one in DeliveryState.values], as_tabs=True),
        Choice("type", _("Event"), type_choices()),
        DateRange("at", _("Happened")),
    )
    default_sort = "-happened"
    template = "web/webhooks/detail.html"
    search_hint = _("Id of the message or of what it is about")
    live_topic = "webhooks"
    export_name = "webhooks"
    empty = Empty(
        _("Nothing was sent yet"),
        _("As soon as something happens that this endpoint wants to hear of, it stands here with every try."),
        icon="send",
    )

    def __init__(self, request: HttpRequest, current: Current, kwargs: Mapping[str, Any]) -> None:
        super().__init__(request, current, kwargs)
        self.endpoint = endpoint_of(current, kwargs["endpoint_id"])
        # What is done with "all that match" must know of which endpoint: the query alone does not say.
        self.bulk = (_again(self.endpoint), _again_since(self.endpoint))  # type: ignore[misc]

    def source(self, current: Current, query: ListQuery) -> Source:
        """Deliveries of this endpoint."""
        del current
        found = _matching(query, self.endpoint)
        return QuerySetSource(found.order_by(*self.ordering(query)))

    def row_url(self, row: WebhookDelivery) -> str:
        """Its page."""
        return reverse("webhooks:delivery", args=[self.endpoint.public_id, row.public_id])

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int]:
        """Beside the tabs."""
        del current
        shown = replace(query.without("state"), ids=None)
        rows = _matching(shown, self.endpoint).order_by().values_list("state").annotate(number=Count("pk"))
        by_state: dict[str, int] = dict(rows)
        return {
            "": sum(by_state.values()),
            **{state: by_state.get(state, 0) for state in DeliveryState.values},
        }

    def context(self) -> Mapping[str, Any]:
        """The endpoint and what can be done with it."""
        endpoint = self.endpoint
        made = take_once(self.request, SECRET)
        return {
            **_standing(self.current, endpoint),
            "form": EndpointForm.of(endpoint),
            "again_form": AgainForm(),
            "made": made if made and made["endpoint"] == str(endpoint.public_id) else None,
            "types": [type_word(name) for name in endpoint.event_types],
        }


def _standing(current: Current, endpoint: WebhookEndpoint) -> dict[str, Any]:
    standing_of = queries.standings([endpoint], now=timezone.now())[endpoint.pk]
    return {
        "row": row_of(endpoint, standing_of),
        "endpoint": endpoint,
        "is_on": endpoint.state == EndpointState.ENABLED,
        "may_write": current.actor.may("webhooks:write"),
    }


@never_cache
@signed_in("webhooks:read")
@require_safe
def standing(request: HttpRequest, endpoint_id: uuid.UUID) -> HttpResponseBase:
    """What changes by itself on an endpoint's page."""
    current: Current = request.current  # type: ignore[attr-defined]
    return render(
        request, "web/webhooks/standing.html", _standing(current, endpoint_of(current, endpoint_id))
    )


@never_cache
@signed_in("webhooks:read")
@require_safe
def delivery(request: HttpRequest, endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> HttpResponseBase:
    """One delivery: what is sent, and every try with its answer; live."""
    current: Current = request.current  # type: ignore[attr-defined]
    found = delivery_of(current, endpoint_id, delivery_id)
    tries = [{"try": one, "said": outcome(one.code)} for one in queries.attempts(found.pk)]
    context = {
        "delivery": found,
        "endpoint": found.endpoint,
        "host": row_of(found.endpoint, queries.Standing()).host,
        "is_on": found.endpoint.state == EndpointState.ENABLED,
        "type_word": type_word(found.message.type),
        "payload": json.dumps(json.loads(found.message.payload), indent=2, ensure_ascii=False),
        "tries": tries,
        "last": outcome(found.last_code),
        "may_write": current.actor.may("webhooks:write"),
    }
    part = request.headers.get("HX-Target") == "tries"
    return render(request, "web/webhooks/tries.html" if part else "web/webhooks/delivery.html", context)
