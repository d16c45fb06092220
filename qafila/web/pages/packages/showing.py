"""A new package."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from qafila.businesses.refusals import NotAllowed, Refused
from qafila.senders.actions import packages as actions
from qafila.web.pages.packages.forms import NameForm
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said
from qafila.web.ui import figures


@signed_in("accounts:write")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """A name; the numbers come afterwards, on its own page."""
    current: Current = request.current  # type: ignore[attr-defined]
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            package = actions.create_package(
                business=current.business,
                name=form.cleaned_data["name"],
                actor=current.actor,
                now=timezone.now(),
            )
        except NotAllowed:
            raise
        except Refused as refusal:
            form.add_error("name", said(refusal))
        else:
            messages.success(
                request,
                _("The package %(name)s is made. Now add its numbers.")
                % {"name": figures.isolated(package.name)},
            )
            return redirect("packages:detail", package_id=package.public_id)
    return render(request, "web/packages/new.html", {"form": form}, status=422 if form.errors else 200)
