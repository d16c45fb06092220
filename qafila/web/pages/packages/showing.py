"""Packages as cards, and a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from qafila.businesses.refusals import NotAllowed, Refused
from qafila.campaigns.queries.open_messages import unfinished_of_packages
from qafila.dispatch import held_packages
from qafila.senders import package_queries
from qafila.senders.actions import packages as actions
from qafila.senders.models import Package
from qafila.web.lists.filters import clean
from qafila.web.pages.packages.finding import HELD_LOOK, STATES
from qafila.web.pages.packages.forms import NameForm
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said
from qafila.web.ui import figures

ON_A_PAGE = 24


@dataclass(frozen=True, slots=True)
class Card:
    """One package. :ivar state: as a chip knows it."""

    row: Package
    state: str
    numbers: int
    unfinished: int


def cards(rows: Sequence[Package], *, business_id: int, now: datetime) -> list[Card]:
    """In the same order, in a fixed number of statements."""
    ids = [row.pk for row in rows]
    states = package_queries.states_of(rows)
    unfinished, held = unfinished_of_packages(ids), held_packages.held(business_id, ids, now=now)
    found = []
    for row in rows:
        state, numbers = states[row.pk]
        look = HELD_LOOK if row.pk in held else STATES[state]
        found.append(Card(row, look, numbers, unfinished[row.pk]))
    return found


@signed_in("accounts:read", write="accounts:write")
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponseBase:
    """The page."""
    return render(request, "web/packages/list.html", _context(request))


@signed_in("accounts:read")
@never_cache
@require_safe
def part(request: HttpRequest) -> HttpResponseBase:
    """The cards alone: asked for again when a number changes its state."""
    return render(request, "web/packages/cards.html", _context(request))


@signed_in("accounts:write")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """A name; the numbers come afterwards, on its own page."""
    current: Current = request.current  # type: ignore[attr-defined]
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            package = actions.create_package(
                business=current.business,
                name=form.cleaned_data["name"],
                actor=current.actor,
                now=timezone.now(),
            )
        except NotAllowed:
            raise
        except Refused as refusal:
            form.add_error("name", said(refusal))
        else:
            messages.success(
                request,
                _("The package %(name)s is made. Now add its numbers.")
                % {"name": figures.isolated(package.name)},
            )
            return redirect("packages:detail", package_id=package.public_id)
    return render(request, "web/packages/new.html", {"form": form}, status=422 if form.errors else 200)


def _context(request: HttpRequest) -> dict[str, Any]:
    current: Current = request.current  # type: ignore[attr-defined]
    search = clean(request.GET.get("q", ""))
    found = package_queries.packages_of(current.business.pk)
    total = found.count()
    if search:
        found = found.filter(name__icontains=search)
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    return {
        "cards": cards(list(page.object_list), business_id=current.business.pk, now=timezone.now()),
        "page": page,
        "total": total,
        "search": search,
        "may_write": current.actor.may("accounts:write"),
    }
