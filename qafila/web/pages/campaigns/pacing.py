"""The pace of what sends a contract: what each number may send now and what limits it, and the forms that change it. They are
those of the number's own page and post there: what is changed counts for the number, in all its contracts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qafila.businesses.rules.scopes import OWNER
from qafila.campaigns.queries import Contract
from qafila.dispatch.pace_now import shares
from qafila.dispatch.use import planned_in
from qafila.senders import package_queries
from qafila.senders.models import Sender
from qafila.senders.rules.hours import as_written
from qafila.web.lists.bulk import refused
from qafila.web.pages.campaigns.acting import contract_of
from qafila.web.pages.senders.finding import sender_of
from qafila.web.pages.senders.forms import ChangeForm, RestForm
from qafila.web.pages.senders.hours import HoursForm, initial_of, said_of
from qafila.web.pages.senders.rows import Row, rows_of
from qafila.web.shell.doors import Current, signed_in

MOST: Final = 50
"""Numbers of a package that are shown; its own page has all of them."""
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One number.

    :ivar hour: messages that its pace lets it send in an hour; None: there is no limit of ours. :ivar percent: of its limits
        that it may use now. :ivar today: its times of this day, such as ``09:00–18:00``; None: at any time.
    """

    row: Row
    hour: int | None
    percent: int
    today: Sequence[str] | None


@signed_in("accounts:read")
@never_cache
@require_safe
def pace(request: HttpRequest, public_id: str) -> HttpResponse:
    """Every number that sends it, and its pace now. Asked for by the contract's page; without a script a page of its own."""
    current, found = _looking(request, public_id)
    now = timezone.now()
    numbers = _numbers(current, found)
    context = {
        "contract": found,
        "campaign": found.campaign,
        "lines": _lines(numbers[:MOST], current, now),
        "more": len(numbers) - MOST,
        "may_write": current.actor.may("accounts:write"),
    }
    return _shown(request, "pace", context)


@signed_in("accounts:write")
@never_cache
@require_safe
def change(request: HttpRequest, public_id: str, sender_id: uuid.UUID) -> HttpResponse:
    """The forms of one of its numbers, that lead back to the contract."""
    current, found = _looking(request, public_id)
    if sender_id not in {one.public_id for one in _numbers(current, found)}:
        raise Http404
    sender = sender_of(current, sender_id)
    (row,) = rows_of([sender], now=timezone.now())
    back = f"{reverse('campaigns:detail', args=[public_id])}#pace"
    context = {
        "contract": found,
        "campaign": found.campaign,
        "row": row,
        "sender": sender,
        "account": sender.provider_account,
        "back": back,
        "back_fields": {"back": back},
        "may_own": current.actor.may(OWNER),
        "zone": str(current.zone),
        "hours_form": HoursForm(initial=initial_of(sender.hours)),
        "rest_form": RestForm(),
        "change_form": ChangeForm.of(sender, zone=current.zone),
    }
    return _shown(request, "pace_change", context)


def _looking(request: HttpRequest, public_id: str) -> tuple[Current, Contract]:
    """The contract, for who may look at numbers and at contracts."""
    current, found = contract_of(request, public_id)
    if not current.actor.may("contracts:read"):
        raise refused("contracts:read")
    return current, found


def _numbers(current: Current, contract: Contract) -> list[Sender]:
    """Who sends it; nobody where it is over."""
    campaign = contract.campaign
    if contract.may_put_away:
        return []
    if campaign.package is not None:
        return [one.sender for one in package_queries.members(campaign.package.pk)]
    return [sender_of(current, campaign.target.public_id)]


def _lines(numbers: Sequence[Sender], current: Current, now: datetime) -> list[Line]:
    """In the same order, in a fixed number of statements."""
    known, today = shares(numbers, now=now), now.astimezone(current.zone).weekday()
    found = []
    for row in rows_of(numbers, now=now):
        sender, share = row.sender, known[row.sender.pk]
        hour = planned_in(sender, HOUR, now=now, share=share)
        times = None if sender.hours is None else [said_of(span) for span in as_written(sender.hours)[today]]
        found.append(Line(row, None if hour is None else int(hour), round(share.rate * 100), times))
    return found


def _shown(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    is_part = request.headers.get("HX-Request") == "true"
    template = f"web/campaigns/{name}.html" if is_part else "web/campaigns/pace_page.html"
    response = render(request, template, {**context, "part": f"web/campaigns/{name}.html"})
    patch_vary_headers(response, ["HX-Request"])
    return response
