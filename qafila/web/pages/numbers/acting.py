"""What a person does with a number of the list. Each is a POST that leads back to a page."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qafila.businesses.refusals import Refused
from qafila.senders import actions
from qafila.senders.models import Sender
from qafila.senders.validating import Verdict, validate
from qafila.web.pages.numbers.detail import LabelForm
from qafila.web.pages.numbers.finding import number_of
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said_of
from qafila.web.ui import figures


@signed_in("numbers:write")
@require_POST
def label(request: HttpRequest, number_id: uuid.UUID) -> HttpResponseBase:
    """Another name."""
    form = LabelForm(request.POST)
    number, back = _found(request, number_id)
    if not form.is_valid():
        for errors in form.errors.values():
            for error in errors:
                messages.error(request, str(error))
        return redirect(back)
    return _change(request, number, _("Saved."), label=form.cleaned_data["label"])


@signed_in("numbers:write")
@require_POST
def default(request: HttpRequest, number_id: uuid.UUID) -> HttpResponseBase:
    """The former default is one no more."""
    number, _back = _found(request, number_id)
    text = _("%(name)s is the default number now.") % {"name": figures.isolated(number.name)}
    return _change(request, number, text, is_default=True)


@signed_in("numbers:write")
@require_POST
def switch(request: HttpRequest, number_id: uuid.UUID) -> HttpResponseBase:
    """Off: nothing resolves to it, and it sends nothing."""
    number, _back = _found(request, number_id)
    on = request.POST.get("on") == "1"
    text = _("%(name)s is switched on.") if on else _("%(name)s is switched off. Other numbers stand in.")
    return _change(request, number, text % {"name": figures.isolated(number.name)}, is_active=on)


@signed_in("numbers:write")
@require_POST
def ask_provider(request: HttpRequest, number_id: uuid.UUID) -> HttpResponseBase:
    """Is it one of ours? Asks the provider accounts, once."""
    number, back = _found(request, number_id)
    found = validate(number)
    name = (found.info.verified_name or number.name) if found.info else number.name
    text = said_of(found.code, name=name, reason=found.reason or None)
    if found.verdict is Verdict.VERIFIED:
        messages.success(request, text)
    else:
        messages.warning(request, text)
    return redirect(back)


@signed_in("numbers:write")
@require_POST
def delete(request: HttpRequest, number_id: uuid.UUID) -> HttpResponseBase:
    """Off the list for good, while nothing hangs on it."""
    current: Current = request.current  # type: ignore[attr-defined]
    number, back = _found(request, number_id)
    name = number.name
    try:
        actions.delete_number(sender=number, actor=current.actor, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, back)
    messages.success(request, _("%(name)s is deleted.") % {"name": figures.isolated(name)})
    return redirect("numbers:list")


def _found(request: HttpRequest, number_id: uuid.UUID) -> tuple[Sender, str]:
    current: Current = request.current  # type: ignore[attr-defined]
    number = number_of(current, number_id)
    return number, reverse("numbers:detail", args=[number.public_id])


def _change(request: HttpRequest, number: Sender, text: str, **given: Any) -> HttpResponseBase:
    current: Current = request.current  # type: ignore[attr-defined]
    back = reverse("numbers:detail", args=[number.public_id])
    try:
        actions.change_number(sender=number, actor=current.actor, now=timezone.now(), **given)
    except Refused as refusal:
        return refuse(request, refusal, back)
    messages.success(request, text)
    return redirect(back)
