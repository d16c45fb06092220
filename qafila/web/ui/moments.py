"""A moment that a person chooses: by the clock of the business, in a field of the kind ``datetime-local``."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from qafila.campaigns.rules.clock import on_clock
from qafila.web.ui import figures

_MORNING: Final = time(9)


def clock_says(zone: ZoneInfo, *, now: datetime) -> str:
    """What stands beside the field: whose clock is meant, and what it shows now."""
    return _("By the clock of %(zone)s, which shows %(time)s now.") % {
        "zone": figures.isolated(zone.key),
        "time": figures.isolated(f"{now.astimezone(zone):%H:%M}"),
    }


def suggested(zone: ZoneInfo, *, now: datetime) -> str:
    """What stands in the field before anything is chosen: tomorrow morning."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return on_clock(datetime.combine(tomorrow, _MORNING, zone), zone)
