"""A new sender: a Cloud API number that is read back, the sandbox, or a number without a provider."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from qafila.businesses.refusals import Refused
from qafila.senders.actions import create_sender
from qafila.senders.models import SenderState
from qafila.senders.queries import for_business
from qafila.senders.saying import state_says
from qafila.web.pages.first_run.connecting import Given, NotReadable, connect
from qafila.web.pages.first_run.forms import ConnectForm
from qafila.web.pages.senders.forms import NumberForm
from qafila.web.pages.senders.kind_forms import kinds
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said, said_of
from qafila.web.shell.sudo import confirmed
from qafila.web.ui import figures


@signed_in("accounts:write")
@never_cache
@require_safe
def new(request: HttpRequest) -> HttpResponseBase:
    """The ways to add one."""
    return _page(request)


@signed_in("accounts:write")
@never_cache
@sensitive_post_parameters()
@require_POST
@confirmed
def cloud_api(request: HttpRequest) -> HttpResponseBase:
    """Asks Meta for the number first; it is kept only when Meta knows it."""
    current: Current = request.current  # type: ignore[attr-defined]
    form = ConnectForm(request.POST)
    if form.is_valid():
        try:
            sender = connect(Given(**form.cleaned_data), current=current, now=timezone.now())
        except NotReadable as exc:
            form.add_error(None, said_of(exc.code))
        except Refused as refusal:
            form.add_error(None, said(refusal))
        else:
            messages.success(request, _("%(name)s is connected.") % {"name": figures.isolated(sender.name)})
            if sender.state == SenderState.PAUSED:
                messages.warning(request, str(state_says(sender, get_language() or "en")))
            return redirect("senders:detail", sender_id=sender.public_id)
    return _page(request, cloud_api_form=form)


@signed_in("accounts:write")
@never_cache
@require_POST
def number(request: HttpRequest) -> HttpResponseBase:
    """A number without a provider: it is known, and never picked to send."""
    current: Current = request.current  # type: ignore[attr-defined]
    form = NumberForm(request.POST)
    if form.is_valid():
        try:
            sender = create_sender(
                business=current.business,
                name=form.cleaned_data["name"],
                phone=form.cleaned_data["phone"],
                actor=current.actor,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("phone", said(refusal))
        else:
            return redirect("senders:detail", sender_id=sender.public_id)
    return _page(request, number_form=form)


def _page(request: HttpRequest, **forms: Any) -> HttpResponseBase:
    current: Current = request.current  # type: ignore[attr-defined]
    rows = for_business(current.business.pk).exclude(provider_account=None)
    local = ("http://127.0.0.1", "http://localhost")
    sandbox = next(
        (one for one in rows if one.provider_account and one.provider_account.base_url.startswith(local)),
        None,
    )
    context = {
        "cloud_api_form": forms.get("cloud_api_form") or ConnectForm(),
        "number_form": forms.get("number_form") or NumberForm(),
        "number_is_open": bool(forms.get("number_form")),
        "sandbox": sandbox,
        "kinds": kinds(),
    }
    failed = any(form.errors for form in forms.values())
    return render(request, "web/senders/new.html", context, status=422 if failed else 200)
