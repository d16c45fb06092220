"""One package: its numbers and what they carry, the switch, what goes out over it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qafila.campaigns.queries.open_messages import OpenMessage, open_messages
from qafila.campaigns.queries.overview import Contract, contracts
from qafila.campaigns.rules.statuses import Status
from qafila.senders import health_queries, package_queries
from qafila.senders.models import Package
from qafila.senders.queries import for_business
from qafila.web.pages.packages.finding import STATES, capacity_of, members_of, package_of
from qafila.web.pages.packages.forms import AddForm, NameForm
from qafila.web.shell.doors import Current, signed_in

SHADOWS_OF = timedelta(days=30)
MOST_SHADOWS = 10
MOST_CAMPAIGNS = 20
Shown = TypeVar("Shown", Contract, OpenMessage)


@signed_in("accounts:read", write="accounts:write")
@never_cache
@require_safe
def detail(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """The page."""
    current: Current = request.current  # type: ignore[attr-defined]
    package = package_of(current, package_id)
    inside = package_queries.members(package.pk).values("sender_id")
    outside = for_business(current.business.pk).exclude(pk__in=inside)
    context = {
        **_live(current, package),
        "name_form": NameForm(initial={"name": package.name}),
        "add_form": AddForm(numbers=outside) if outside else None,
        "auto_pause_on": {"on": "1"},
        "may_send": current.actor.may("messages:write"),
    }
    return render(request, "web/packages/detail.html", context)


@signed_in("accounts:read")
@never_cache
@require_safe
def part(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """What changes by itself: asked for again when a number or a campaign moves."""
    current: Current = request.current  # type: ignore[attr-defined]
    return render(request, "web/packages/part.html", _live(current, package_of(current, package_id)))


def _live(current: Current, package: Package) -> dict[str, Any]:
    now = timezone.now()
    members = members_of(package, now=now)
    state = package_queries.state_of([one.row.sender for one in members])
    business_id = current.business.pk
    return {
        "package": package,
        "state": STATES[state],
        "members": members,
        "sent": sum(one.sent for one in members),
        "capacity": capacity_of(members, now=now),
        "shadows": health_queries.shadows_of_package(
            package.pk, get_language() or "en", since=now - SHADOWS_OF, limit=MOST_SHADOWS
        ),
        "contracts": _running_first(
            contracts(
                business_id,
                package_id=package.pk,
                status=Status.IN_PROGRESS,
                limit=MOST_CAMPAIGNS,
                now=now,
            ),
            contracts(business_id, package_id=package.pk, limit=MOST_CAMPAIGNS, now=now),
        ),
        "open_messages": _running_first(
            open_messages(business_id, package_id=package.pk, only_running=True, limit=MOST_CAMPAIGNS),
            open_messages(business_id, package_id=package.pk, limit=MOST_CAMPAIGNS),
        ),
        "may_write": current.actor.may("accounts:write"),
        "may_pause": any(one.row.may_pause for one in members),
        "may_resume": package_queries.may_resume(package.pk),
    }


def _running_first(running: Sequence[Shown], newest: Sequence[Shown]) -> list[Shown]:
    """What goes out now, however old, then the newest of the others; each once."""
    known: set[int] = {one.campaign.pk for one in running}
    found: list[Shown] = list(running)
    found.extend(one for one in newest if one.campaign.pk not in known)
    return found[:MOST_CAMPAIGNS]
