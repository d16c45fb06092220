"""The start page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qafila.alerts import queries as alerts
from qafila.alerts.saying import says
from qafila.campaigns.queries import board
from qafila.campaigns.rules.statuses import Status
from qafila.dispatch.queries import living_workers
from qafila.ledger import queries as ledger
from qafila.ledger import samples
from qafila.web.pages.dashboard.figures import strip, tiles
from qafila.web.pages.dashboard.heat import heat
from qafila.web.pages.first_run.steps import reminder
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.nav import match_of
from qafila.web.ui import charting

RANGES = (60, 360, 1440)
"""Minutes that the chart may show."""
_MOST_RUNNING = 6
_MOST_ALERTS = 4


@signed_in("contracts:read")
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """The page."""
    context = _context(request)
    current: Current = request.current  # type: ignore[attr-defined]
    context |= {
        "minutes": _minutes(request),
        "minutes_text": str(_minutes(request)),
        "ranges": [(60, 1), (360, 6), (1440, 24)],
        "heat": heat(current.business.pk, zone=current.zone, now=timezone.now()),
    }
    context["first_steps"] = reminder(request.current)  # type: ignore[attr-defined]
    return render(request, "web/dashboard/home.html", context)


@signed_in("contracts:read")
@require_safe
def part(request: HttpRequest) -> HttpResponse:
    """What of it changes while one looks."""
    return render(request, "web/dashboard/part.html", _context(request))


@signed_in("contracts:read")
@require_safe
def pace(request: HttpRequest) -> HttpResponse:
    """The chart's points: POSIX seconds, and messages a minute sent, delivered and failed. Or the same as a page."""
    current: Current = request.current  # type: ignore[attr-defined]
    now = timezone.now()
    since = now - timedelta(minutes=_minutes(request))
    points = samples.pace(current.business.pk, since=since)
    if charting.are_wanted(request):
        names = [
            pgettext("how many messages", "Sent"),
            pgettext("how many messages", "Delivered"),
            pgettext("how many messages", "Failed"),
        ]
        rows = [(one.at, (one.sent, one.delivered, one.failed)) for one in reversed(points)]
        back = (reverse("dashboard:home"), _("Dashboard"))
        return charting.shown(request, charting.Figures(_("Messages a minute"), back, names, rows))
    return JsonResponse(
        {
            "from": since.timestamp(),
            "to": now.timestamp(),
            "at": [point.at.timestamp() for point in points],
            "sent": [round(point.sent, 2) for point in points],
            "delivered": [round(point.delivered, 2) for point in points],
            "failed": [round(point.failed, 2) for point in points],
        }
    )


def _minutes(request: HttpRequest) -> int:
    given = request.GET.get("minutes", "")
    return int(given) if given in {str(one) for one in RANGES} else RANGES[0]


def _context(request: HttpRequest) -> dict[str, Any]:
    current: Current = request.current  # type: ignore[attr-defined]
    business, now, language = current.business, timezone.now(), get_language() or "en"
    shown, waiting = tiles(business.pk, zone=current.zone, now=now)
    running = board.found(business.pk, status=Status.IN_PROGRESS).order_by("-created_at", "-pk")
    campaigns = list(running[: _MOST_RUNNING + 1])
    oldest = ledger.oldest_waiting(business.pk, now=now)
    may_alerts = current.actor.may("events:read")
    raised = alerts.open_alerts(business.pk, installation=current.actor.may(alerts.INSTALLATION), now=now)
    found = list(raised[:_MOST_ALERTS]) if may_alerts else []
    return {
        "tiles": shown,
        "waiting": waiting,
        "lines": board.lines(campaigns[:_MOST_RUNNING], now=now),
        "more_running": len(campaigns) > _MOST_RUNNING,
        "strip": strip(business.pk),
        "waits_since": oldest[1] if oldest else None,
        "workers": living_workers(now=now),
        "alerts": [(alert, says(alert, language)) for alert in found],
        "may_alerts": may_alerts,
        "may_change": current.actor.may("contracts:write"),
        "has_senders_page": match_of("/senders/") is not None,
        "has_alerts_page": match_of("/alerts/") is not None,
        "may_create": current.actor.may("contracts:write") and match_of("/campaigns/new/") is not None,
    }
