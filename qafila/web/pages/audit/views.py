"""The audit log: who did what to what, when and from where; nothing in it can be changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from qafila.businesses.models import ApiKey, AuditEntry, User
from qafila.businesses.queries import is_newest_audit_whole, memberships, verify_audit
from qafila.kit.ids import parse_uuid
from qafila.web.lists.columns import Column
from qafila.web.lists.filters import Choice, DateRange, Span
from qafila.web.lists.page import Empty, ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.lists.source import QuerySetSource, Source, limited
from qafila.web.pages.audit.searching import searched
from qafila.web.pages.audit.words import (
    ACTIONS,
    KINDS,
    SUBJECTS,
    action_word,
    detail_word,
    subject_word,
    value_in_words,
)
from qafila.web.shell.doors import Current, signed_in
from qafila.web.ui import figures

PLAIN_LISTS = frozenset({"scopes", "changed", "from", "networks", "to", "types"})
"""Details whose lists are no pairs of before and after."""
NEWEST = 2_000
"""Entries that the badge of the list answers for: the page of the chain follows all of them."""


def _people(current: Current) -> Sequence[tuple[str, str | Promise]]:
    return [(str(each.user.public_id), str(each.user)) for each in memberships(current.business.pk)]


class AuditLog(ListPage):
    """The list, newest first."""

    title = _("Audit log")
    subtitle = _("Everything that people, keys and commands changed. It can only be added to.")
    scope = "admin"
    id_field = "pk"
    export_name = "audit-log"
    template = "web/audit/list.html"
    default_sort = "-at"
    search_hint = _("Action, beginning of an id, or address")
    empty = Empty(_("Nothing happened yet"), icon="history")
    columns = (
        Column(
            "at",
            _("When"),
            cell=lambda row: figures.moment(row.at),
            sortable=True,
            order=("id",),
            export=lambda row: row.at,
        ),
        Column("who", _("Who"), cell=lambda row: row.who, export=lambda row: row.who),
        Column("action", _("What"), cell=lambda row: action_word(row.action), is_main=True),
        Column(
            "subject_id",
            _("To what"),
            cell="web/audit/subject.html",
            export=lambda row: f"{subject_word(row.subject_kind)} {row.subject_id}".strip(),
        ),
        Column("address", _("Address"), cell="web/audit/address.html", is_minor=True),
        Column(
            "detail",
            _("Details"),
            cell="web/audit/detail.html",
            export=lambda row: (
                json.dumps(row.detail, ensure_ascii=False, sort_keys=True) if row.detail else ""
            ),
            is_minor=True,
        ),
    )
    filters = (
        Choice("person", _("Person"), _people),
        Choice("kind", _("By"), list(KINDS.items())),
        Choice("action", _("Action"), sorted(ACTIONS.items()), multiple=True),
        Choice("about", _("To what"), sorted(SUBJECTS.items())),
        DateRange("at", _("Date")),
    )

    def row_url(self, row: AuditEntry) -> str:
        """Each entry has a page."""
        return f"/audit/{row.pk}/"

    def source(self, current: Current, query: ListQuery) -> Source:
        """Entries of the business in use."""
        found = AuditEntry.objects.filter(business=current.business)
        if person := query.get("person"):
            found = found.filter(actor_kind="user", actor_id=person)
        if kind := query.get("kind"):
            found = found.filter(actor_kind=kind)
        if actions := query.get("action"):
            found = found.filter(action__in=actions)
        if about := query.get("about"):
            found = found.filter(subject_kind=about)
        span: Span | None = query.get("at")
        if span:
            found = found.filter(at__gte=span.start) if span.start else found
            found = found.filter(at__lt=span.end) if span.end else found
        found = searched(found, current.business.pk, query.search)
        ordered = limited(found, query, field="id").order_by("id" if not query.descending else "-id")
        return QuerySetSource(ordered, prepare=named)


def named(entries: list[Any]) -> list[Any]:
    """Gives each entry ``who`` (the person's or the key's name as it is now), ``subject`` (what kind of thing it was done to)
    and ``said`` (its details). Two statements."""
    ids = {each.actor_id for each in entries if parse_uuid(each.actor_id)}
    people = dict(User.objects.filter(public_id__in=ids).values_list("public_id", "name")) if ids else {}
    keys = dict(ApiKey.objects.filter(public_id__in=ids).values_list("public_id", "name")) if ids else {}
    for each in entries:
        parsed = parse_uuid(each.actor_id)
        name = (people.get(parsed) or keys.get(parsed)) if parsed else ""
        each.subject = subject_word(each.subject_kind)
        each.who = name or str(KINDS.get(each.actor_kind, each.actor_kind))
        each.said = [_shown(key, value) for key, value in sorted(each.detail.items())]
    return entries


@signed_in("admin")
@require_safe
def entry(request: HttpRequest, entry_id: int) -> HttpResponseBase:
    """One entry in full."""
    current: Current = request.current  # type: ignore[attr-defined]
    found = AuditEntry.objects.filter(business=current.business, pk=entry_id).first()
    if found is None:
        raise Http404
    row = named([found])[0]
    context = {
        "entry": row,
        "action": action_word(row.action),
        "kind": KINDS.get(row.actor_kind, row.actor_kind),
        "detail": [_shown(key, value) for key, value in sorted(row.detail.items())],
        "hash": bytes(row.hash).hex(),
    }
    return render(request, "web/audit/entry.html", context)


@signed_in("admin")
@require_safe
def chain(request: HttpRequest) -> HttpResponseBase:
    """Follows the chain of hashes from the first entry; changes nothing. Its badge, for the list: of the newest alone."""
    current: Current = request.current  # type: ignore[attr-defined]
    if request.headers.get("HX-Target") == "chain":
        is_whole = is_newest_audit_whole(current.business.pk, newest=NEWEST)
        return render(request, "web/audit/badge.html", {"is_whole": is_whole})
    report = verify_audit(current.business.pk)
    return render(request, "web/audit/chain.html", {"report": report, "broken": report.broken[:50]})


def _shown(key: str, value: Any) -> dict[str, str]:
    """One detail; a pair is what it was and what it is now."""
    if isinstance(value, list) and len(value) == 2 and key not in PLAIN_LISTS:
        return {
            "key": detail_word(key),
            "before": value_in_words(value[0], key),
            "after": value_in_words(value[1], key),
        }
    return {"key": detail_word(key), "after": value_in_words(value, key)}
