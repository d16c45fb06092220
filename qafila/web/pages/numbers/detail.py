"""One number: what it is used for, what it did, and what may be done with it."""

from __future__ import annotations

import uuid

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qafila.campaigns.models import Kind
from qafila.campaigns.queries import of_number
from qafila.providers import registry
from qafila.providers.management import NumberBook
from qafila.senders.direction_queries import directions_of
from qafila.senders.keeping import is_kept
from qafila.senders.queries import accounts_for_business, effective
from qafila.senders.saying import state_says
from qafila.web.pages.numbers.finding import number_of
from qafila.web.shell.doors import Current, signed_in

MOST_CAMPAIGNS = 50


class LabelForm(forms.Form):
    """Its name."""

    label = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )


@signed_in("accounts:read")
@never_cache
@require_safe
def detail(request: HttpRequest, number_id: uuid.UUID) -> HttpResponseBase:
    """The page."""
    current: Current = request.current  # type: ignore[attr-defined]
    number = number_of(current, number_id)
    used = of_number.campaigns_of_number(number, limit=MOST_CAMPAIGNS + 1)
    accounts = (
        [number.provider_account] if number.provider_account else accounts_for_business(current.business.pk)
    )
    context = {
        "number": number,
        "state": effective(number),
        "said": state_says(number, get_language() or "en"),
        "directions": directions_of(current.business.pk).filter(Q(sender=number) | Q(fallback_sender=number)),
        "used": used[:MOST_CAMPAIGNS],
        "is_cut": len(used) > MOST_CAMPAIGNS,
        "contract": Kind.CONTRACT.value,
        "open": Kind.OPEN.value,
        "is_kept": is_kept(number),
        "tells": any(isinstance(registry.get(one.kind), NumberBook) for one in accounts),
        "label_form": LabelForm(initial={"label": number.name}),
        "may_write": current.actor.may("numbers:write"),
    }
    return render(request, "web/numbers/detail.html", context)


@signed_in("accounts:read")
@never_cache
@require_safe
def figures(request: HttpRequest, number_id: uuid.UUID) -> HttpResponseBase:
    """What it did: asked for by itself, since it reads more than a page may wait for. Without a script a page of its own."""
    current: Current = request.current  # type: ignore[attr-defined]
    number = number_of(current, number_id)
    is_part = request.headers.get("HX-Request") == "true"
    template = "web/numbers/figures.html" if is_part else "web/numbers/figures_page.html"
    context = {"figures": of_number.figures_of_number(number), "number": number}
    return render(request, template, context)
