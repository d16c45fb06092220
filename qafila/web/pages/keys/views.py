"""API keys: made with rights and an end, shown once, bound to networks, replaced with an overlap, revoked at once."""

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
from qafila.businesses.actions import bind_api_key, create_api_key, revoke_api_key, rotate_api_key
from qafila.businesses.models import ApiKey
from qafila.businesses.refusals import Refused
from qafila.businesses.rules import callers
from qafila.businesses.rules.scopes import EVERYTHING, SCOPES, beyond
from qafila.web.pages.people.words import SCOPE_WORDS
from qafila.web.shell.addresses import absolute
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.once import show_once, take_once
from qafila.web.shell.saying import said_of
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

    networks = forms.CharField(
        label=gettext_lazy("Works only from"),
        max_length=4000,
        required=False,
        help_text=gettext_lazy(
            "One IP address or network a line, such as 203.0.113.7 or 10.1.0.0/16. Empty: from everywhere."
        ),
        widget=forms.Textarea(attrs={"dir": "ltr", "rows": 2, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, current: Current, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [scope for scope in SCOPES if current.actor.may(scope)]
        field: Any = self.fields["scopes"]
        field.choices = [(scope, SCOPE_WORDS.get(scope, scope)) for scope in offered]
        field.initial = [scope for scope in ("contracts:read", "contracts:write") if scope in offered]

    def clean_networks(self) -> list[str]:
        """As they are kept."""
        given = str(self.cleaned_data["networks"]).replace(",", " ").split()
        _good, wrong = callers.networks(given)
        if wrong:
            raise forms.ValidationError(said_of("network_invalid", given=wrong[0][:60]))
        return given


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
    messages.success(request, said % {"name": found.name, "networks": ", ".join(kept)})
    return redirect(KEYS)


@signed_in("admin")
@require_POST
def revoke(request: HttpRequest, key_id: str) -> HttpResponseBase:
    """Ends a key at once."""
    current: Current = request.current  # type: ignore[attr-defined]
    found = _found(current, key_id)
    revoke_api_key(key=found, actor=current.actor, now=timezone.now())
    messages.success(request, _("The key %(name)s is revoked.") % {"name": found.name})
    return redirect(KEYS)


def _found(current: Current, key_id: str) -> ApiKey:
    """:raises Http404: no key of this business."""
    found = queries.api_key(current.business.pk, key_id)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, current: Current, form: KeyForm) -> HttpResponseBase:
    now = timezone.now()
    rows = [_row(each, current, now) for each in queries.api_keys(current.business.pk)]
    context = {
        "keys": sorted(rows, key=lambda row: row["state"] != "active"),
        "form": form,
        "here": current.actor.address,
        "made": take_once(request, "api_key"),
        "example": absolute(request, "/api/contracts"),
    }
    return render(request, "web/keys/list.html", context)


def _row(key: ApiKey, current: Current, now: datetime) -> dict[str, Any]:
    expired = key.expires_at is not None and key.expires_at <= now
    state = "revoked" if key.revoked_at else "expired" if expired else "active"
    return {
        "key": key,
        "dialog": f"revoke-{key.public_id}",
        "question": _("Revoke the key %(name)s?") % {"name": key.name},
        "rotating": f"replace-{key.public_id}",
        "rotate_question": _("Replace the key %(name)s?") % {"name": key.name},
        "may_rotate": key.rotated_at is None and not beyond(key.scopes, current.actor.scopes),
        "networks": f"networks-{key.public_id}",
        "state": state,
        "unused": state == "active" and (key.last_used_at or key.created_at) < now - UNUSED_AFTER,
        "everything": EVERYTHING in key.scopes,
        "rights": [SCOPE_WORDS.get(scope, scope) for scope in key.scopes if scope != EVERYTHING],
    }
