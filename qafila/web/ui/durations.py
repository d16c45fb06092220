"""Lengths of time in words, as exact as a reader needs them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qafila.web.ui import figures

_SHORT, _MINUTE, _HOUR, _DAY = 10, 60, 3_600, 86_400


def about(seconds: float | None) -> str:
    """``40 s``, ``12 min``, ``3 h 20 min``, ``2 days 4 h``; less than a second is one; a dash for None."""
    if seconds is None:
        return "—"
    left = max(1, round(seconds))
    if left < _MINUTE:
        return _("%(n)s s") % {"n": left}
    if left < _HOUR:
        return _("%(n)s min") % {"n": round(left / _MINUTE)}
    if left < _DAY:
        hours, minutes = divmod(round(left / _MINUTE), 60)
        if not minutes:
            return _("%(n)s h") % {"n": hours}
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    days, hours = divmod(round(left / _HOUR), 24)
    text = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    return _("%(days)s %(hours)s h") % {"days": text, "hours": hours} if hours else text


def fine(seconds: float) -> str:
    """The same for short times: ``0.21 s``, ``3.4 s``; from ten seconds on as :func:`about`."""
    if seconds >= _SHORT:
        return about(seconds)
    figure = figures.grouped(seconds, decimals=2 if seconds < 1 else 1)
    return _("%(n)s s") % {"n": figure}
