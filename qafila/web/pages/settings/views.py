"""Settings of the business, and a further business for somebody who owns one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from qafila.businesses.actions import change_business, note_first_steps, open_business
from qafila.businesses.refusals import NotAllowed, NotFound, Refused
from qafila.dispatch.actions import wake_by_the_clock
from qafila.web.pages.account.fields import country_field, language_field, zone_field
from qafila.web.pages.account.mails import can_send
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in, use_business
from qafila.web.shell.saying import said
from qafila.web.shell.sudo import confirmed
from qafila.web.ui import figures

SETTINGS = "settings:business"


class BusinessForm(forms.Form):
    """What a business is called and where it is."""

    name = forms.CharField(
        label=gettext_lazy("Name of the business"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "organization"}),
    )
    language = language_field()
    timezone = zone_field()
    default_country = country_field()


@never_cache
@signed_in("admin")
@require_http_methods(["GET", "POST"])
def business(request: HttpRequest) -> HttpResponseBase:
    """The settings page."""
    current: Current = request.current  # type: ignore[attr-defined]
    fields = ("name", "language", "timezone", "default_country")
    initial = {field: getattr(current.business, field) for field in fields}
    form = BusinessForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            changed = _change(current, form.cleaned_data)
        except (NotFound, NotAllowed) as refusal:
            return refuse(request, refusal, SETTINGS)
        except Refused as refusal:
            form.add_error(None, said(refusal))
        else:
            if changed:
                messages.success(request, _("Saved."))
            return redirect(SETTINGS)
    context = {
        "form": form,
        "business": current.business,
        "can_send_mail": can_send(),
        "may_open_another": current.actor.may("owner"),
        "steps_hidden": current.business.first_steps.get("hidden", False),
    }
    return render(request, "web/settings/business.html", context)


def _change(current: Current, given: dict[str, Any]) -> bool:
    """Whether anything is different. Numbers keep their hours by the business's clock, and hear of another one at once."""
    zone, now = current.business.timezone, timezone.now()
    with transaction.atomic():
        changed = change_business(business=current.business, actor=current.actor, now=now, **given)
        if current.business.timezone != zone:
            wake_by_the_clock(business_id=current.business.pk, now=now)
    return changed


@signed_in("admin")
@require_http_methods(["POST"])
def show_first_steps(request: HttpRequest) -> HttpResponseBase:
    """Brings the hidden list of first steps back."""
    current: Current = request.current  # type: ignore[attr-defined]
    note_first_steps(business=current.business, actor=current.actor, now=timezone.now(), hidden=False)
    return redirect("first_run:steps")


@never_cache
@signed_in("owner")
@require_http_methods(["GET", "POST"])
@confirmed
def another(request: HttpRequest) -> HttpResponseBase:
    """A further business, with the person as its owner; they go on in it."""
    current: Current = request.current  # type: ignore[attr-defined]
    initial = {
        "language": current.business.language,
        "timezone": current.business.timezone,
        "default_country": current.business.default_country,
    }
    form = BusinessForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = open_business(
                owner=current.user, actor=current.actor, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, said(refusal))
        else:
            use_business(request, made)
            messages.success(
                request,
                _("%(business)s is ready. You work in it now.") % {"business": figures.isolated(made.name)},
            )
            return redirect("first_run:steps")
    return render(request, "web/settings/another.html", {"form": form})
