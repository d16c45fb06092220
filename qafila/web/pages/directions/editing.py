"""A direction is made, changed, deleted."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from qafila.businesses.refusals import NotAllowed, NotFound, Refused
from qafila.senders import actions, direction_queries
from qafila.senders.direction_models import Direction
from qafila.web.pages.directions.forms import DirectionForm
from qafila.web.pages.directions.showing import cards
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said
from qafila.web.ui import figures

LIST = "directions:list"


@signed_in("numbers:write")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """The form of a new direction, and what becomes of it."""
    current: Current = request.current  # type: ignore[attr-defined]
    form = DirectionForm(request.POST or None, current=current)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.create_direction(
                business=current.business,
                name=form.cleaned_data["name"],
                sender=form.sender(),
                fallback=form.stands_in(),
                colour=form.cleaned_data["colour"],
                actor=current.actor,
                now=timezone.now(),
            )
        except Refused as refusal:
            _beside(form, refusal)
        else:
            messages.success(
                request, _("The direction %(name)s is made.") % {"name": figures.isolated(row.name)}
            )
            return redirect(LIST)
    return _page(request, form)


@signed_in("accounts:read", write="numbers:write")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, direction_id: uuid.UUID) -> HttpResponseBase:
    """One direction: where a message for it would go and why, and the form."""
    current: Current = request.current  # type: ignore[attr-defined]
    row = _direction(current, direction_id)
    form = DirectionForm(request.POST or None, current=current, direction=row)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_direction(
                direction=row,
                name=form.cleaned_data["name"],
                sender=form.sender(),
                fallback=form.stands_in(),
                colour=form.cleaned_data["colour"],
                actor=current.actor,
                now=timezone.now(),
            )
        except Refused as refusal:
            _beside(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(LIST)
    return _page(request, form, row)


@signed_in("numbers:write")
@require_POST
def delete(request: HttpRequest, direction_id: uuid.UUID) -> HttpResponseBase:
    """Takes it away; its number stays."""
    current: Current = request.current  # type: ignore[attr-defined]
    row = _direction(current, direction_id)
    name = row.name
    try:
        actions.delete_direction(direction=row, actor=current.actor, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, LIST)
    messages.success(request, _("The direction %(name)s is deleted.") % {"name": figures.isolated(name)})
    return redirect(LIST)


def _direction(current: Current, direction_id: uuid.UUID) -> Direction:
    found = direction_queries.direction(current.business.pk, direction_id)
    if found is None:
        raise Http404
    return found


def _beside(form: DirectionForm, refusal: Refused) -> None:
    """What is refused stands beside the field it is about."""
    if isinstance(refusal, NotAllowed | NotFound):
        raise refusal
    field = refusal.params.get("field")
    form.add_error(field if field in form.fields else None, said(refusal))


def _page(request: HttpRequest, form: DirectionForm, row: Direction | None = None) -> HttpResponseBase:
    current: Current = request.current  # type: ignore[attr-defined]
    if row is not None:
        row.refresh_from_db()
    context: dict[str, Any] = {
        "form": form,
        "direction": row,
        "card": cards([row], current.business, now=timezone.now())[0] if row else None,
        "may_write": current.actor.may("numbers:write"),
    }
    return render(request, "web/directions/form.html", context, status=422 if form.errors else 200)
