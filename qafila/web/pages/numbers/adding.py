"""A new number in the list."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from qafila.businesses.refusals import NotAllowed, Refused
from qafila.senders.actions import add_number
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said
from qafila.web.ui import figures


class NewNumberForm(forms.Form):
    """Number, name, whether it is the default."""

    phone = forms.CharField(
        label=gettext_lazy("Phone number"),
        max_length=40,
        help_text=gettext_lazy("With + and the country code."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "inputmode": "tel"}),
    )
    label = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        required=False,
        help_text=gettext_lazy(
            "For your people, for example: Reception. Without one it is shown by its number."
        ),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    is_default = forms.BooleanField(label=gettext_lazy("Make it the default number"), required=False)


@signed_in("numbers:write")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """The form, and what becomes of it."""
    current: Current = request.current  # type: ignore[attr-defined]
    form = NewNumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sender = add_number(
                business=current.business,
                phone=form.cleaned_data["phone"],
                label=form.cleaned_data["label"],
                is_default=form.cleaned_data["is_default"],
                actor=current.actor,
                now=timezone.now(),
            )
        except NotAllowed:
            raise
        except Refused as refusal:
            form.add_error("label" if refusal.params.get("field") == "label" else "phone", said(refusal))
        else:
            messages.success(request, _("%(name)s is in the list.") % {"name": figures.isolated(sender.name)})
            return redirect("numbers:detail", number_id=sender.public_id)
    return render(request, "web/numbers/new.html", {"form": form}, status=422 if form.errors else 200)
