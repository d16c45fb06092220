"""One package: its numbers and what they carry, the switch, what goes out over it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
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
from qafila.dispatch import held_packages
from qafila.dispatch.held_packages import Held
from qafila.dispatch.package_holds import HELD
from qafila.senders import health_queries, package_queries
from qafila.senders.models import Package
from qafila.senders.queries import for_business
from qafila.web.pages.campaigns.words import look_of
from qafila.web.pages.packages.finding import HELD_LOOK, STATES, capacity_of, members_of, package_of
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
    business_id, language = current.business.pk, get_language() or "en"
    held = held_packages.held_one(package, now=now)
    return {
        "package": package,
        "state": HELD_LOOK if held else STATES[state],
        "hold": held_packages.says(package, held, language) if held else None,
        "waits_for_you": held is not None and held.campaigns > 0,
        "members": members,
        "sent": sum(one.sent for one in members),
        "capacity": capacity_of(members, now=now),
        "shadows": health_queries.shadows_of_package(
            package.pk, language, since=now - SHADOWS_OF, limit=MOST_SHADOWS
        ),
        "contracts": [(one, look_of(one)) for one in _contracts(business_id, package, held, now)],
        "open_messages": _open_messages(business_id, package, held),
        "may_write": current.actor.may("accounts:write"),
        "may_pause": any(one.row.may_pause for one in members),
        "may_resume": package_queries.may_resume(package.pk),
    }


def _contracts(business_id: int, package: Package, held: Held | None, now: datetime) -> list[Contract]:
    def some(status: Status | None) -> list[Contract]:
        return contracts(
            business_id,
            package_id=package.pk,
            status=status,
            archived=False,
            limit=MOST_CAMPAIGNS,
            now=now,
        )

    waiting = some(Status.PAUSED) if held and held.campaigns else []
    return _in_turn(_for_the_losses(waiting), some(Status.IN_PROGRESS), some(None))


def _open_messages(business_id: int, package: Package, held: Held | None) -> list[OpenMessage]:
    some = partial(open_messages, business_id, package_id=package.pk, limit=MOST_CAMPAIGNS)
    waiting = some(only_paused=True) if held and held.campaigns else []
    return _in_turn(_for_the_losses(waiting), some(only_running=True), some())


def _for_the_losses(paused: Sequence[Shown]) -> list[Shown]:
    """Of what does not go out now, what is held with the package."""
    return [one for one in paused if one.campaign.batch.hold_code == HELD]


def _in_turn(waiting: Sequence[Shown], running: Sequence[Shown], newest: Sequence[Shown]) -> list[Shown]:
    """What waits for a person with the package, then what goes out now, however old, then the newest of the others; each
    once."""
    known: set[int] = set()
    found: list[Shown] = []
    for some in (waiting, running, newest):
        found.extend(one for one in some if one.campaign.pk not in known)
        known = {one.campaign.pk for one in found}
    return found[:MOST_CAMPAIGNS]
