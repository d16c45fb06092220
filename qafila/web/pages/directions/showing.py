"""Directions as cards: name, colour, number, and where a message for each would go now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qafila.businesses.models import Business
from qafila.campaigns.queries.of_direction import Load, loads
from qafila.senders.direction_models import Direction
from qafila.senders.direction_queries import Resolution, directions_of, resolve, resolve_all
from qafila.senders.rules.resolution import Purpose
from qafila.senders.saying import steps_say
from qafila.web.lists.filters import clean
from qafila.web.shell.doors import Current, signed_in
from qafila.wording import Wording

ON_A_PAGE = 48
NOTHING = Load()


@dataclass(frozen=True, slots=True)
class Card:
    """One direction.

    :ivar served: the number for messages, :ivar ads: for ads. :ivar steps: how it came to the first, in words.
    :ivar load: what its campaigns have to do.
    """

    row: Direction
    served: Resolution
    ads: Resolution
    steps: Sequence[Wording]
    ads_steps: Sequence[Wording]
    load: Load = NOTHING

    @property
    def differs(self) -> bool:
        """Whether ads get another number than messages."""
        return self.served.phone != self.ads.phone


def cards(rows: Sequence[Direction], business: Business, *, now: datetime) -> list[Card]:
    """In the same order, in a fixed number of statements."""
    language = get_language() or "en"
    sending = resolve_all(rows, business, now=now)
    ads = resolve_all(rows, business, purpose=Purpose.ADS, now=now)
    load = loads(business.pk, [row.pk for row in rows], now=now)
    return [
        Card(
            row,
            to,
            for_ads,
            steps_say(to.steps, language),
            steps_say(for_ads.steps, language),
            load.get(row.pk, NOTHING),
        )
        for row, to, for_ads in zip(rows, sending, ads, strict=True)
    ]


@signed_in("accounts:read", write="numbers:write")
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponseBase:
    """The page."""
    return render(request, "web/directions/list.html", _context(request))


@signed_in("accounts:read")
@never_cache
@require_safe
def part(request: HttpRequest) -> HttpResponseBase:
    """The cards alone: asked for again when a number changes its state."""
    return render(request, "web/directions/cards.html", _context(request))


def _context(request: HttpRequest) -> dict[str, Any]:
    current: Current = request.current  # type: ignore[attr-defined]
    now = timezone.now()
    search = clean(request.GET.get("q", ""))
    found = directions_of(current.business.pk)
    total = found.count()
    if search:
        found = found.filter(name__icontains=search)
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    return {
        "cards": cards(list(page.object_list), current.business, now=now),
        "page": page,
        "total": total,
        "search": search,
        "default": resolve(None, current.business, now=now),
        "may_write": current.actor.may("numbers:write"),
        "may_see_contracts": current.actor.may("contracts:read"),
    }
