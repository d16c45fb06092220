"""One API key: made with rights and an end, shown once, bound to networks, replaced with an overlap, revoked at once."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from qafila.businesses import queries
from qafila.businesses.actions import bind_api_key, create_api_key, revoke_api_key, rotate_api_key
from qafila.businesses.models import ApiKey
from qafila.businesses.refusals import Refused
from qafila.businesses.rules.scopes import beyond
from qafila.web.pages.keys.forms import KeyForm
from qafila.web.pages.keys.listing import row_of
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.once import show_once
from qafila.web.shell.sudo import confirmed
from qafila.web.ui import figures

KEYS = "keys:list"


@never_cache
@signed_in("admin")
@require_safe
def key(request: HttpRequest, key_id: str) -> HttpResponseBase:
    """One key in full, and what can be done with it."""
    current: Current = request.current  # type: ignore[attr-defined]
    row = row_of(_found(current, key_id), now=timezone.now())
    context = {
        "row": row,
        "key": row.key,
        "may_rotate": row.key.rotated_at is None and not beyond(row.key.scopes, current.actor.scopes),
        "revoke_question": _("Revoke the key %(name)s?") % {"name": figures.isolated(row.key.name)},
        "rotate_question": _("Replace the key %(name)s?") % {"name": figures.isolated(row.key.name)},
        "here": current.actor.address,
    }
    return render(request, "web/keys/key.html", context)


@never_cache
@signed_in("admin")
@require_POST
@confirmed
def create(request: HttpRequest) -> HttpResponseBase:
    """Makes a key; the next page shows it, once."""
    current: Current = request.current  # type: ignore[attr-defined]
    form = KeyForm(request.POST, current=current)
    if not form.is_valid():
        return render(request, "web/keys/new.html", {"form": form})
    now = timezone.now()
    days = form.cleaned_data["days"]
    try:
        row, full = create_api_key(
            business=current.business,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=now + timedelta(days=int(days)) if days else None,
            networks=form.cleaned_data["networks"],
            actor=current.actor,
            now=now,
        )
    except Refused as refusal:
        return refuse(request, refusal, KEYS)
    show_once(request, "api_key", name=row.name, key=full)
    return redirect(KEYS)


@never_cache
@signed_in("admin")
@require_POST
@confirmed
def rotate(request: HttpRequest, key_id: str) -> HttpResponseBase:
    """Makes a key that takes another's place; the next page shows it, once."""
    current: Current = request.current  # type: ignore[attr-defined]
    found = _found(current, key_id)
    try:
        row, full = rotate_api_key(key=found, actor=current.actor, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, KEYS)
    show_once(request, "api_key", name=row.name, key=full, rotated="1")
    return redirect(KEYS)


@signed_in("admin")
@require_POST
@confirmed
def bind(request: HttpRequest, key_id: str) -> HttpResponseBase:
    """Says from where a key may be used."""
    current: Current = request.current  # type: ignore[attr-defined]
    found = _found(current, key_id)
    given = request.POST.get("networks", "").replace(",", " ").split()
    try:
        kept = bind_api_key(key=found, networks=given, actor=current.actor, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, KEYS)
    said = (
        _("The key %(name)s works only from: %(networks)s.")
        if kept
        else _("The key %(name)s works from everywhere.")
    )
    messages.success(
        request,
        said % {"name": figures.isolated(found.name), "networks": figures.isolated(", ".join(kept))},
    )
    return redirect(KEYS)


@signed_in("admin")
@require_POST
def revoke(request: HttpRequest, key_id: str) -> HttpResponseBase:
    """Ends a key at once."""
    current: Current = request.current  # type: ignore[attr-defined]
    found = _found(current, key_id)
    revoke_api_key(key=found, actor=current.actor, now=timezone.now())
    messages.success(request, _("The key %(name)s is revoked.") % {"name": figures.isolated(found.name)})
    return redirect(KEYS)


def _found(current: Current, key_id: str) -> ApiKey:
    """:raises Http404: no key of this business."""
    found = queries.api_key(current.business.pk, key_id)
    if found is None:
        raise Http404
    return found
