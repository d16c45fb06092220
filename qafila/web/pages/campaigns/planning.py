"""When a contract begins by itself: the page on which that is set and changed, and what its own page says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qafila.alerts.queries import all_alerts
from qafila.alerts.saying import says
from qafila.businesses.history import Step
from qafila.businesses.refusals import Clash, NotAllowed, NotFound, Refused
from qafila.campaigns import actions
from qafila.campaigns.actions.plans import REFUSED
from qafila.campaigns.queries import Contract, board
from qafila.campaigns.rules.beginning import is_late
from qafila.campaigns.rules.clock import from_clock, on_clock
from qafila.campaigns.rules.statuses import Status
from qafila.web.lists.filters import Choice
from qafila.web.pages.campaigns.acting import DUPLICATE, contract_of
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said, said_of
from qafila.web.ui import durations, figures
from qafila.web.ui.moments import clock_says, suggested
from qafila.wording import Wording

HAS_BEGUN = "contract_has_begun"
_ITSELF, _HAND = "itself", "hand"


@dataclass(frozen=True, slots=True)
class _Begins(Choice):
    """Stands in the bar only where something is planned: most businesses need no such filter."""

    def state(self, value: Any, current: Current) -> Mapping[str, Any]:
        """See :meth:`Choice.state`."""
        found = Choice.state(self, value, current)
        planned = board.found(current.business.pk, planned=True)
        return found if value or planned.exists() else {**found, "options": []}


BEGINS = _Begins(
    "begins",
    pgettext_lazy("a contract", "Begins"),
    (
        (_ITSELF, gettext_lazy("By itself, at its moment")),
        (_HAND, gettext_lazy("When somebody starts it")),
    ),
)
"""How a contract begins: a filter of the list."""


def is_planned(value: str | None) -> bool | None:
    """The value of :data:`BEGINS`, as ``board.found`` takes it."""
    return {_ITSELF: True, _HAND: False}.get(value or "")


class MomentForm(forms.Form):
    """A day and a time by the clock of the business."""

    at = forms.CharField(
        label=gettext_lazy("Day and time"),
        max_length=32,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "dir": "ltr"}),
    )
    confirm = forms.BooleanField(
        label=gettext_lazy("The same rows were sent in the last 24 hours. I want to send them again."),
        required=False,
    )

    def __init__(self, *args: Any, current: Current, asks: bool, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = current.zone
        self.fields["at"].help_text = clock_says(current.zone, now=now)
        if not asks:
            del self.fields["confirm"]

    def clean_at(self) -> datetime:
        """The moment that the clock shows so."""
        try:
            return from_clock(self.cleaned_data["at"], self._zone)
        except Refused as refusal:
            raise forms.ValidationError(said(refusal)) from refusal


@signed_in("contracts:read", write="contracts:write")
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Asks when it is to begin, then keeps that. A possible duplicate asks first, as a start does."""
    current, found = contract_of(request, public_id)
    if not may_plan(found):
        messages.warning(request, said_of(HAS_BEGUN))
        return redirect("campaigns:detail", public_id)
    asks, now = _is_unconfirmed(found), timezone.now()
    if request.method != "POST":
        kept = found.campaign.begins_at
        shown = on_clock(kept, current.zone) if kept else suggested(current.zone, now=now)
        form = MomentForm(initial={"at": shown}, current=current, asks=asks, now=now)
    else:
        form = MomentForm(request.POST, current=current, asks=asks, now=now)
        try:
            if form.is_valid() and _planned(current, public_id, form.cleaned_data, now):
                return redirect("campaigns:detail", public_id)
        except Clash as refusal:
            if refusal.code != DUPLICATE:
                return refuse(request, refusal, reverse("campaigns:detail", args=[public_id]))
            form.add_error("confirm", said(refusal))
        except (NotFound, NotAllowed) as refusal:
            return refuse(request, refusal, "campaigns:list")
        except Refused as refusal:
            form.add_error("at", said(refusal))
    context = {"contract": found, "campaign": found.campaign, "form": form}
    return render(request, "web/campaigns/plan.html", context, status=422 if form.errors else 200)


def _planned(current: Current, public_id: str, given: Mapping[str, Any], now: datetime) -> bool:
    actions.plan_contract(
        business=current.business,
        public_id=public_id,
        at=given["at"],
        confirm=given.get("confirm", False),
        actor=current.actor,
        now=now,
    )
    return True


@signed_in("contracts:write")
@require_POST
def call_off(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """It begins no more by itself; a person starts it."""
    current, _found = contract_of(request, public_id)
    done = actions.call_off(
        business=current.business, public_id=public_id, actor=current.actor, now=timezone.now()
    )
    if done.changed:
        messages.success(
            request, _("The contract does not begin by itself any more. Start it when you want.")
        )
    return redirect("campaigns:detail", public_id)


def may_plan(contract: Contract) -> bool:
    """Whether it can be given a moment: it has not begun, and can."""
    return contract.status is Status.PENDING


def facts(contract: Contract, *, now: datetime) -> dict[str, Any]:
    """What a contract's page says of its beginning."""
    at = contract.campaign.begins_at
    return {
        "may_plan": may_plan(contract) and (contract.beginning is None or at is not None),
        "is_late": at is not None and is_late(at, now=now),
        "not_begun": None if at is not None else _refused(contract),
    }


def history_says(step: Step) -> tuple[str, str] | None:
    """What a line of its history says, with its icon; None where it is of another kind."""
    if step.action == "contract.planned":
        text = pgettext("what happened to a contract", "Planned for %(when)s")
        return text % {"when": _said(step.detail.get("at"))}, "calendar"
    if step.action == "contract.called_off":
        return pgettext("what happened to a contract", "Planned beginning taken back"), "x"
    if step.action == "contract.not_begun":
        return pgettext("what happened to a contract", "Did not begin at its moment"), "alert-triangle"
    if step.action != "contract.started" or step.actor_kind != "system":
        return None
    planned = parse_datetime(str(step.detail.get("planned") or ""))
    if planned is None:
        return None
    if not is_late(planned, now=step.at):
        return pgettext("what happened to a contract", "Began as planned"), "player-play"
    text = pgettext("what happened to a contract", "Began %(time)s later than planned")
    return text % {"time": durations.about((step.at - planned).total_seconds())}, "player-play"


def _said(stamp: object) -> str:
    at = parse_datetime(str(stamp or ""))
    return figures.isolated(figures.said(at)) if at else ""


def _is_unconfirmed(found: Contract) -> bool:
    campaign = found.campaign
    return campaign.possible_duplicate_of_id is not None and campaign.duplicate_confirmed_at is None


def _refused(contract: Contract) -> Wording | None:
    """Why it did not begin at its moment, while nobody has seen to it."""
    campaign = contract.campaign
    if contract.status not in (Status.PENDING, Status.FAILED) or campaign.batch.started_at is not None:
        return None
    about = {"subject_kind": "batch", "subject_id": str(campaign.batch.public_id)}
    alert = all_alerts(campaign.business_id).filter(code=REFUSED, closed_at=None, **about).first()
    return says(alert, get_language() or "en") if alert else None
