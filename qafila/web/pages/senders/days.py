"""The days of a sender as a chart: what its warm-up lets it send, and what it sent."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qafila.dispatch.days import Day, days_of
from qafila.web.pages.senders.finding import sender_of
from qafila.web.shell.doors import Current, signed_in


@signed_in("accounts:read")
@never_cache
@require_safe
def days(request: HttpRequest, sender_id: uuid.UUID) -> JsonResponse:
    """Days as ISO dates where the business is; ``planned`` and ``accepted`` are null where there is nothing to say."""
    current: Current = request.current  # type: ignore[attr-defined]
    found = days_of(sender_of(current, sender_id), zone=current.zone, now=timezone.now())
    return JsonResponse(
        {
            "at": [day.date.isoformat() for day in found],
            "planned": [day.planned for day in found],
            "accepted": [day.accepted for day in found],
            "labels": {
                "planned": _("Warm-up plan"),
                "accepted": pgettext("how many messages", "Sent"),
            },
        }
    )


def shown(found: Sequence[Day]) -> Mapping[str, Any]:
    """What the page needs: the days that were, newest first, and whether there is a plan."""
    was = [day for day in reversed(found) if day.accepted is not None]
    return {"days": was, "has_plan": any(day.planned is not None for day in found)}
