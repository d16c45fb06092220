"""A contract is given to others: another number, or the numbers of a package, take what of it still waits. All of it at once,
or nothing; of a large one a job does it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from qafila.businesses.refusals import NotAllowed, NotFound, Refused
from qafila.campaigns import actions, queries
from qafila.campaigns.carrying import Over
from qafila.campaigns.queries import Contract
from qafila.events.live import notify_now
from qafila.senders import package_queries
from qafila.senders import queries as senders
from qafila.web.lists import changing
from qafila.web.lists.columns import BulkAction, Done
from qafila.web.lists.course import Course
from qafila.web.lists.query import ListQuery
from qafila.web.pages.campaigns.acting import contract_of
from qafila.web.pages.messages.bulk import AT_ONCE
from qafila.web.pages.packages.finding import STATES
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said
from qafila.web.ui import figures
from qafila.web.ui.confirming import TYPED_ABOVE, is_confirmed_as_shown
from qafila.web.ui.states import look_of

MOST = 200
"""Of each kind: more is no choice for a page."""
_PACKAGE = "package:"
RIGHT = "admin"


class GiveForm(forms.Form):
    """To whom: the public id of a number, or ``package:`` and the public id of a package."""

    to = forms.ChoiceField(label=gettext_lazy("Who sends it from now on"))

    def __init__(self, *args: Any, choices: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.choices = [("", "—"), *choices]


@signed_in(RIGHT)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Asks to whom, with what it means; then gives it."""
    current, found = contract_of(request, public_id)
    choices = _choices(current, found.campaign.target)
    form = GiveForm(request.POST or None, choices=choices)
    waiting = found.counts.queued
    if request.method == "POST" and form.is_valid():
        try:
            if is_confirmed_as_shown(request, waiting):
                return _give(request, current, found, form.cleaned_data["to"])
            form.add_error(
                None, _("The number is another one by now, or was typed differently. Look once more.")
            )
        except (NotAllowed, NotFound) as refusal:
            return refuse(request, refusal, "campaigns:list")
        except Refused as refusal:
            form.add_error(None, said(refusal))
    context = {
        "contract": found,
        "form": form if choices else None,
        "count": waiting,
        "must_type": waiting > TYPED_ABOVE,
    }
    return render(request, "web/campaigns/give.html", context, status=422 if form.errors else 200)


def _give(request: HttpRequest, current: Current, contract: Contract, to: str) -> HttpResponseBase:
    over, now, public_id = _named(current, to), timezone.now(), contract.campaign.public_id
    if over is None:
        raise Http404
    if contract.counts.queued > AT_ONCE:
        actions.check_move(campaign=contract.campaign, over=over, actor=current.actor)
        change = changing.hand_over(
            current,
            GIVE.key,
            path=reverse("campaigns:list"),
            query="",
            ids=[public_id],
            reason=to,
            total=contract.counts.queued,
            asked_at=now,
        )
        return redirect("change", change.public_id)
    _campaign, shut = actions.move_contract(
        business=current.business, public_id=public_id, over=over, actor=current.actor, now=now
    )
    notify_now(current.business.pk, f"batch:{public_id}")
    messages.success(request, _told(over))
    if shut:
        messages.warning(request, _told_shut(shut))
    return redirect("campaigns:detail", public_id)


def _along(current: Current, query: ListQuery, now: datetime, to: str, course: Course | None = None) -> Done:
    """The job of a large one. It is one transaction: no row may wait for former numbers of a contract that has others."""
    course, shut = course or Course(), 0
    (public_id,) = query.ids or ("",)
    over, found = _named(current, to), queries.contract(current.business.pk, public_id, now=now)
    if over is None or found is None:
        raise NotFound("sender" if over is None else "contract")
    with transaction.atomic():
        if course.begins(1):
            _campaign, shut = actions.move_contract(
                business=current.business, public_id=public_id, over=over, actor=current.actor, now=now
            )
            course.tell(found.counts.queued, found.counts.queued)
    notify_now(current.business.pk, f"batch:{public_id}")
    if shut:
        return Done(f"{_told(over)} {_told_shut(shut)}", level="warning")
    return Done(_told(over))


GIVE = BulkAction(
    "give",
    gettext_lazy("Give the contract to others"),
    RIGHT,
    _along,
    lambda _count: "",
    is_hidden=True,
    along=_along,
)
"""Of the list of contracts, handed over from the page of one."""


def _told(over: Over) -> str:
    return _("From now on %(name)s sends what still waits.") % {"name": figures.isolated(over.name)}


def _told_shut(count: int) -> str:
    text = ngettext(
        "%(n)d person did not write in the last 24 hours and cannot get a free text over these numbers.",
        "%(n)d people did not write in the last 24 hours and cannot get a free text over these numbers.",
        count,
    )
    return text % {"n": count}


def _named(current: Current, to: str) -> Over | None:
    """What a choice names; None where it went away since."""
    business_id = current.business.pk
    if to.startswith(_PACKAGE):
        return package_queries.package(business_id, to.removeprefix(_PACKAGE))
    return senders.by_public_id(business_id, to)


def _choices(current: Current, now_over: Over) -> list[Any]:
    """Every other number and package, each with how it stands; none: nobody else is there."""
    business_id = current.business.pk
    packages = [one for one in package_queries.packages_of(business_id)[:MOST] if one != now_over]
    states = package_queries.states_of(packages)
    numbers = [one for one in senders.for_business(business_id)[:MOST] if one != now_over]
    groups = [
        (
            _("Packages"),
            [
                (f"{_PACKAGE}{one.public_id}", f"{one.name} — {look_of(STATES[states[one.pk][0]]).word}")
                for one in packages
            ],
        ),
        (
            _("Numbers"),
            [
                (
                    str(one.public_id),
                    f"{figures.plain_number(one.name, one.phone)} — {look_of(senders.effective(one).state).word}",
                )
                for one in numbers
            ],
        ),
    ]
    return [group for group in groups if group[1]]
