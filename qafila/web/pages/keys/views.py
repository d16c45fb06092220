"""API keys: made with rights and an end, shown once, revoked at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from qafila.businesses import queries
from qafila.businesses.actions import create_api_key, revoke_api_key
from qafila.businesses.models import ApiKey
from qafila.businesses.refusals import Refused
from qafila.businesses.rules.scopes import EVERYTHING, SCOPES
from qafila.web.pages.people.words import SCOPE_WORDS
from qafila.web.shell.addresses import absolute
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.once import show_once, take_once
from qafila.web.shell.sudo import confirmed

KEYS = "keys:list"
UNUSED_AFTER = timedelta(days=90)


class KeyForm(forms.Form):
    """A new key. Only rights that the person has themselves are offered."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("Who or what will use it, so that you know later."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    days = forms.ChoiceField(
        label=gettext_lazy("Valid for"),
        choices=[
            ("30", gettext_lazy("30 days")),
            ("90", gettext_lazy("90 days")),
            ("365", gettext_lazy("One year")),
            ("", gettext_lazy("Until it is revoked")),
        ],
        initial="365",
        required=False,
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, current: Current, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [scope for scope in SCOPES if current.actor.may(scope)]
        field: Any = self.fields["scopes"]
        field.choices = [(scope, SCOPE_WORDS.get(scope, scope)) for scope in offered]
        field.initial = [scope for scope in ("contracts:read", "contracts:write") if scope in offered]


@never_cache
@signed_in("admin")
@require_safe
def keys(request: HttpRequest) -> HttpResponseBase:
    """All keys, those in use first."""
    current: Current = request.current  # type: ignore[attr-defined]
    return _page(request, current, KeyForm(current=current))


@never_cache
@signed_in("admin")
@require_POST
@confirmed
def create(request: HttpRequest) -> HttpResponseBase:
    """Makes a key; the next page shows it, once."""
    current: Current = request.current  # type: ignore[attr-defined]
    form = KeyForm(request.POST, current=current)
    if not form.is_valid():
        return _page(request, current, form)
    now = timezone.now()
    days = form.cleaned_data["days"]
    try:
        row, full = create_api_key(
            business=current.business,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=now + timedelta(days=int(days)) if days else None,
            actor=current.actor,
            now=now,
        )
    except Refused as refusal:
        return refuse(request, refusal, KEYS)
    show_once(request, "api_key", name=row.name, key=full)
    return redirect(KEYS)


@signed_in("admin")
@require_POST
def revoke(request: HttpRequest, key_id: str) -> HttpResponseBase:
    """Ends a key at once."""
    current: Current = request.current  # type: ignore[attr-defined]
    found = queries.api_key(current.business.pk, key_id)
    if found is None:
        raise Http404
    revoke_api_key(key=found, actor=current.actor, now=timezone.now())
    messages.success(request, _("The key %(name)s is revoked.") % {"name": found.name})
    return redirect(KEYS)


def _page(request: HttpRequest, current: Current, form: KeyForm) -> HttpResponseBase:
    now = timezone.now()
    rows = [_row(each, now) for each in queries.api_keys(current.business.pk)]
    context = {
        "keys": sorted(rows, key=lambda row: row["state"] != "active"),
        "form": form,
        "made": take_once(request, "api_key"),
        "example": absolute(request, "/api/contracts"),
    }
    return render(request, "web/keys/list.html", context)


def _row(key: ApiKey, now: datetime) -> dict[str, Any]:
    expired = key.expires_at is not None and key.expires_at <= now
    state = "revoked" if key.revoked_at else "expired" if expired else "active"
    return {
        "key": key,
        "dialog": f"revoke-{key.public_id}",
        "question": _("Revoke the key %(name)s?") % {"name": key.name},
        "state": state,
        "unused": state == "active" and (key.last_used_at or key.created_at) < now - UNUSED_AFTER,
        "everything": EVERYTHING in key.scopes,
        "rights": [SCOPE_WORDS.get(scope, scope) for scope in key.scopes if scope != EVERYTHING],
    }
