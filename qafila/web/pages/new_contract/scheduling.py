"""When a contract that is being made begins: at once, or at a moment of its own by the clock of the business."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from qafila.businesses.refusals import Refused
from qafila.campaigns.actions import plan_draft
from qafila.campaigns.actions.drafts import configure_draft
from qafila.campaigns.models import Draft
from qafila.campaigns.rules.clock import from_clock, on_clock
from qafila.web.pages.new_contract.finding import current_of, draft_of
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.ui.moments import clock_says, suggested

AT: Final = "at"
"""In the field ``when``: at the moment that the field ``at`` says; anything else: now."""
_LONGEST: Final = 32


@signed_in("contracts:write")
@require_POST
def when(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keeps when it is to begin, so that the panel says when it is done then. Nothing is started."""
    current, _draft = draft_of(request, public_id)
    now = timezone.now()
    try:
        if title := request.POST.get("title", "").strip():
            configure_draft(
                business=current.business, public_id=public_id, name=title, actor=current.actor, now=now
            )
        plan_draft(
            business=current.business,
            public_id=public_id,
            at=asked(request, current),
            actor=current.actor,
            now=now,
        )
    except Refused as refusal:
        return refuse(request, refusal, panel(request, public_id))
    return redirect(f"{reverse('new_contract:send', args=[public_id])}#when")


def asked(request: HttpRequest, current: Current) -> datetime | None:
    """The moment that the form says; None: now.

    :raises Refused: ``begin_unreadable``, ``begin_skipped``.
    """
    if request.POST.get("when") != AT:
        return None
    return from_clock(request.POST.get("at", "")[:_LONGEST], current.zone)


def panel(request: HttpRequest, public_id: str) -> str:
    """The address of the panel that still shows the moment which was refused."""
    where = reverse("new_contract:send", args=[public_id])
    if request.POST.get("when") != AT:
        return where
    return f"{where}?{urlencode({'at': request.POST.get('at', '')[:_LONGEST]})}#when"


def facts(request: HttpRequest, draft: Draft, *, now: datetime) -> dict[str, Any]:
    """What the panel shows of it. ``starts_at``: the moment that was chosen, while it is still to come."""
    current = current_of(request)
    kept, given = draft.begins_at, request.GET.get("at")
    shown = on_clock(kept, current.zone) if kept else suggested(current.zone, now=now)
    return {
        "starts_at": kept if kept is not None and kept > now else None,
        "is_over": given is None and kept is not None and kept <= now,
        "is_planned": kept is not None or given is not None,
        "moment": shown if given is None else given[:_LONGEST],
        "clock": clock_says(current.zone, now=now),
    }
