"""A new contract with the rows of an old one."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import NotFound, Refused
from qafila.campaigns import actions
from qafila.campaigns.models import Campaign
from qafila.campaigns.queries import contract_rows
from qafila.campaigns.rules.recipients import LONGEST_NAME
from qafila.web.pages.campaigns.acting import contract_of
from qafila.web.shell.doors import signed_in
from qafila.web.shell.saying import said


class CopyForm(forms.Form):
    """The name of the copy; everything else comes from the contract."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )


def copy_one(*, business: Business, public_id: str, actor: Actor, now: datetime) -> Campaign:
    """A copy under the name that the form suggests: for many at once.

    :raises NotFound: no such contract here. Else as :func:`actions.copy_contract`.
    """
    name = contract_rows(business.pk).filter(public_id=public_id).values_list("name", flat=True).first()
    if name is None:
        raise NotFound("contract")
    return actions.copy_contract(
        business=business, public_id=public_id, name=_suggested(name), actor=actor, now=now
    )


def _suggested(name: str) -> str:
    return (_("%(name)s (copy)") % {"name": name})[:LONGEST_NAME]


@signed_in("contracts:write")
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Asks for a name, then makes it; nothing is sent before it is started."""
    current, found = contract_of(request, public_id)
    form = CopyForm(request.POST or None, initial={"name": _suggested(found.campaign.name)})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.copy_contract(
                business=current.business,
                public_id=public_id,
                name=form.cleaned_data["name"],
                actor=current.actor,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, said(refusal))
        else:
            messages.success(
                request, _("The copy is made. Its rows follow in the background; start it when you like.")
            )
            return redirect("campaigns:detail", made.public_id)
    return render(request, "web/campaigns/copy.html", {"contract": found, "form": form})
