"""How long ago, and in how long: whole texts, because a language may bend the unit by the word before or after it."""

from __future__ import annotations

from typing import Final

from django.utils.translation import ngettext

_UNITS: Final = (
    ("year", 31_536_000),
    ("month", 2_592_000),
    ("week", 604_800),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
)


def ago(seconds: float) -> str:
    """``3 hours ago``: whole units, rounded down; at least a minute."""
    unit, count = _largest(seconds)
    texts = {
        "minute": ngettext("%(n)s minute ago", "%(n)s minutes ago", count),
        "hour": ngettext("%(n)s hour ago", "%(n)s hours ago", count),
        "day": ngettext("%(n)s day ago", "%(n)s days ago", count),
        "week": ngettext("%(n)s week ago", "%(n)s weeks ago", count),
        "month": ngettext("%(n)s month ago", "%(n)s months ago", count),
        "year": ngettext("%(n)s year ago", "%(n)s years ago", count),
    }
    return _kept_together(texts[unit] % {"n": count}, count)


def until(seconds: float) -> str:
    """``in 3 hours``: the same of what is to come."""
    unit, count = _largest(seconds)
    texts = {
        "minute": ngettext("in %(n)s minute", "in %(n)s minutes", count),
        "hour": ngettext("in %(n)s hour", "in %(n)s hours", count),
        "day": ngettext("in %(n)s day", "in %(n)s days", count),
        "week": ngettext("in %(n)s week", "in %(n)s weeks", count),
        "month": ngettext("in %(n)s month", "in %(n)s months", count),
        "year": ngettext("in %(n)s year", "in %(n)s years", count),
    }
    return _kept_together(texts[unit] % {"n": count}, count)


def _kept_together(text: str, count: int) -> str:
    """A figure and its unit stay on one line."""
    return text.replace(f"{count} ", f"{count}\u00a0", 1)


def _largest(seconds: float) -> tuple[str, int]:
    """The largest unit that fits, and how often."""
    for unit, size in _UNITS:
        if seconds >= size:
            return unit, int(seconds // size)
    return "minute", 1
