"""An open message over a package, to numbers that a person writes or pastes: written, looked at once more, sent once."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from qafila.businesses.refusals import NotAllowed, NotFound, Refused
from qafila.campaigns.actions import Opened, Reach, create_open_message, open_message_made, reach_of
from qafila.campaigns.models import Kind
from qafila.campaigns.rules.open_content import read_open_content
from qafila.dispatch import held_packages
from qafila.kit.ids import is_public_id, new_public_id
from qafila.senders import package_queries
from qafila.senders.models import Package
from qafila.web.pages.packages.finding import STATES, package_of
from qafila.web.pages.packages.forms import OpenMessageForm
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said, said_of
from qafila.web.ui import figures
from qafila.web.ui.confirming import is_confirmed

MADE = "open_messages:detail"


@signed_in("messages:write")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """The form; then the question with the exact count; then what was made. The form carries the id of what it will make,
    so that sending it twice (a double click, Back) makes one."""
    current: Current = request.current  # type: ignore[attr-defined]
    package = package_of(current, package_id)
    form = OpenMessageForm(request.POST or None)
    given = request.POST.get("open_id", "")
    open_id = given if is_public_id(given, Kind.OPEN.value) else new_public_id(Kind.OPEN.value)
    if request.method == "POST" and open_message_made(current.business, open_id):
        messages.info(request, _("This message was sent already. It was not sent again."))
        return redirect(MADE, open_id)
    reach = None
    if request.method == "POST" and form.is_valid():
        try:
            reach = _reach(current, package, form)
            if reach.people and _is_meant(request, reach.people):
                return _send(request, current, package, form, open_id)
        except (NotAllowed, NotFound) as refusal:
            return refuse(request, refusal, "packages:list")
        except Refused as refusal:
            form.add_error(
                "recipients" if refusal.params.get("field") == "recipients" else None, said(refusal)
            )
    if reach is not None and not reach.people:
        form.add_error("recipients", _("None of these is a phone number that a message can go to."))
    return _shown(request, package, form, open_id, reach)


def _reach(current: Current, package: Package, form: OpenMessageForm) -> Reach:
    return reach_of(
        business=current.business,
        target=package,
        content=read_open_content("text", form.cleaned_data["text"]),
        recipients=form.given(),
        actor=current.actor,
    )


def _is_meant(request: HttpRequest, people: int) -> bool:
    """Whether the person has seen just this count, and typed it where it is large."""
    return request.POST.get("expected") == str(people) and is_confirmed(request, people)


def _send(
    request: HttpRequest, current: Current, package: Package, form: OpenMessageForm, open_id: str
) -> HttpResponseBase:
    opened = create_open_message(
        business=current.business,
        target=package,
        content=read_open_content("text", form.cleaned_data["text"]),
        recipients=form.given(),
        actor=current.actor,
        now=timezone.now(),
        public_id=open_id,
    )
    if opened.is_new:
        _tell(request, opened)
    else:
        messages.info(request, _("This message was sent already. It was not sent again."))
    return redirect(MADE, opened.campaign.public_id)


def _shown(
    request: HttpRequest, package: Package, form: OpenMessageForm, open_id: str, reach: Reach | None
) -> HttpResponseBase:
    senders = [one.sender for one in package_queries.members(package.pk)]
    held = held_packages.held_one(package, now=timezone.now())
    context = {
        "form": form,
        "open_id": open_id,
        "package": package,
        "state": STATES[package_queries.state_of(senders)],
        "hold": held_packages.says(package, held, get_language() or "en") if held else None,
    }
    if reach is not None and not form.errors:
        context |= {
            "reach": reach,
            "ask_title": _question(package, reach.people),
            "ask_text": _effect(reach),
            "again": "expected" in request.POST,
            "asked": {
                "recipients": form.cleaned_data["recipients"],
                "text": form.cleaned_data["text"],
                "open_id": open_id,
                "expected": reach.people,
            },
        }
    return render(request, "web/packages/message.html", context, status=422 if form.errors else 200)


def _question(package: Package, people: int) -> str:
    return ngettext(
        "Send it to %(count)s person over the package %(name)s?",
        "Send it to %(count)s people over the package %(name)s?",
        people,
    ) % {"count": figures.grouped(people), "name": figures.isolated(package.name)}


def _effect(reach: Reach) -> str:
    text = _("It goes out at once. What was sent cannot be taken back.")
    return f"{text} {_left_out(reach.left_out)}" if reach.left_out else text


def _left_out(count: int) -> str:
    return ngettext(
        "%(n)d number was left out: it is no phone number, or stands twice.",
        "%(n)d numbers were left out: they are no phone numbers, or stand twice.",
        count,
    ) % {"n": count}


def _tell(request: HttpRequest, opened: Opened) -> None:
    going = opened.campaign.total_count - len(opened.rejected)
    text = ngettext(
        "A message to %(n)d person is on its way.", "Messages to %(n)d people are on their way.", going
    )
    if opened.held:
        messages.warning(request, said_of("package_on_hold", package=str(opened.campaign.package)))
    else:
        messages.success(request, text % {"n": going})
    if opened.rejected:
        messages.warning(request, _left_out(len(opened.rejected)))
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
