"""An open message over a package, to numbers that a person writes or pastes."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from qafila.businesses.refusals import NotAllowed, NotFound, Refused
from qafila.campaigns.actions.open_messages import Opened, create_open_message
from qafila.campaigns.rules.open_content import read_open_content
from qafila.senders import package_queries
from qafila.web.pages.packages.finding import STATES, package_of
from qafila.web.pages.packages.forms import OpenMessageForm
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said


@signed_in("messages:write")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """The form, and what becomes of it."""
    current: Current = request.current  # type: ignore[attr-defined]
    package = package_of(current, package_id)
    form = OpenMessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            opened = create_open_message(
                business=current.business,
                target=package,
                content=read_open_content("text", form.cleaned_data["text"]),
                recipients=form.given(),
                actor=current.actor,
                now=timezone.now(),
            )
        except (NotAllowed, NotFound):
            raise
        except Refused as refusal:
            form.add_error(
                "recipients" if refusal.params.get("field") == "recipients" else None, said(refusal)
            )
        else:
            _tell(request, opened)
            return redirect(reverse("packages:detail", args=[package.public_id]))
    senders = [one.sender for one in package_queries.members(package.pk)]
    context = {"form": form, "package": package, "state": STATES[package_queries.state_of(senders)]}
    return render(request, "web/packages/message.html", context, status=422 if form.errors else 200)


def _tell(request: HttpRequest, opened: Opened) -> None:
    going = opened.campaign.total_count - len(opened.rejected)
    text = ngettext(
        "A message to %(n)d person is on its way.", "Messages to %(n)d people are on their way.", going
    )
    messages.success(request, text % {"n": going})
    if opened.rejected:
        text = ngettext(
            "%(n)d number was left out: it is no phone number, or stands twice.",
            "%(n)d numbers were left out: they are no phone numbers, or stand twice.",
            len(opened.rejected),
        )
        messages.warning(request, text % {"n": len(opened.rejected)})
    if opened.closed_windows:
        text = ngettext(
            "%(n)d person did not write in the last 24 hours and cannot get a free text over these numbers.",
            "%(n)d people did not write in the last 24 hours and cannot get a free text over these numbers.",
            opened.closed_windows,
        )
        messages.warning(request, text % {"n": opened.closed_windows})
    if opened.waits:
        messages.info(
            request, _("All numbers of the package are resting. It goes out when the first is back.")
        )
