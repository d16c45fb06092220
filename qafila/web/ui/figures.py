"""Figures, phone numbers and moments as HTML that no right-to-left sentence can turn around."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qafila import wording
from qafila.kit.phones import display
from qafila.web.ui import relative

_SOON_SECONDS = 60
_RIGHT_TO_LEFT = ("R", "AL")


def grouped(number: float, *, decimals: int | None = None) -> str:
    """``1,234,567``; in Russian with no-break spaces and a comma before decimals.

    :param decimals: figures after the sign; None: none for whole numbers, one for others.
    """
    if decimals is None:
        decimals = 0 if float(number).is_integer() else 1
    text = f"{number:,.{decimals}f}"
    if (get_language() or "en").startswith("ru"):
        return text.replace(",", "\u00a0").replace(".", ",")
    return text


def number(value: float | None, *, decimals: int | None = None) -> SafeString:
    """A figure in an element of its own; a dash for None."""
    if value is None:
        return SafeString('<span class="text-secondary">—</span>')
    return format_html('<bdi dir="ltr" class="q-num">{}</bdi>', grouped(value, decimals=decimals))


def ratio(part: float, whole: float) -> SafeString:
    """``412 / 5,000``."""
    return format_html('<bdi dir="ltr" class="q-num">{} / {}</bdi>', grouped(part), grouped(whole))


def percent(part: float, whole: float) -> int:
    """Whole per cent, rounded down so that 100 means all; 0 of nothing is 0."""
    if whole <= 0:
        return 0
    return max(0, min(100, int(part * 100 // whole)))


def phone(value: str | None) -> SafeString:
    """A phone number grouped for reading; the bare number is in the title for who wants to compare."""
    if not value:
        return SafeString('<span class="text-secondary">—</span>')
    # E.164 never begins with a zero: that is a number as somebody typed it.
    bare = f"+{value}" if value.isdigit() and not value.startswith("0") else value
    return format_html('<bdi dir="ltr" class="q-num" title="{}">{}</bdi>', bare, display(bare))


def plain_number(name: str, value: str) -> str:
    """A number with its name, for where no markup can stand (options, titles); its digits stay left-to-right."""
    shown = f"\u2066{display(value)}\u2069"
    return shown if name == value else f"{name} {shown}"


def isolated(value: object) -> str:
    """A name, a phone number or a file's name within a sentence that is plain text (a toast, a question), so that neither turns
    the other around. Left as it is where all runs left to right."""
    text = str(value)
    is_plain = not any(unicodedata.bidirectional(one) in _RIGHT_TO_LEFT for one in text)
    if is_plain and not wording.is_right_to_left(get_language() or "en"):
        return text
    return wording.isolated(text)


def moment(value: datetime | None, *, exact: bool = False) -> SafeString:
    """A moment in the business's time zone, as short as it can be said; in UTC in the title.

    Today: only the time. This year: day, month, time. Else the year too. ``exact``: always with the day, and with seconds.
    """
    if value is None:
        return SafeString('<span class="text-secondary">—</span>')
    if exact:
        local = timezone.localtime(value)
        return _time_element(value, dateformat.format(local, f"{_day(local, local)}, H:i:s"))
    return _time_element(value, said(value))


def said(value: datetime, *, now: datetime | None = None) -> str:
    """The text of :func:`moment`."""
    local = timezone.localtime(value)
    today = timezone.localtime(now or timezone.now())
    if local.date() == today.date():
        return dateformat.format(local, "H:i")
    return dateformat.format(local, f"{_day(local, today)}, H:i")


def _day(local: datetime, today: datetime) -> str:
    """The format of a day; Russian writes months small."""
    month = "b" if (get_language() or "en").startswith("ru") else "M"
    return f"j {month}" if local.year == today.year else f"j {month} Y"


def ago(value: datetime | None, *, now: datetime | None = None) -> SafeString:
    """How long ago, or in how long; refreshed by ``shell.js`` while the page stands."""
    if value is None:
        return SafeString('<span class="text-secondary">—</span>')
    today = now or timezone.now()
    seconds = (today - value).total_seconds()
    if abs(seconds) < _SOON_SECONDS:
        text = _("just now") if seconds >= 0 else _("in a moment")
    elif seconds > 0:
        text = relative.ago(seconds)
    else:
        text = relative.until(-seconds)
    return _time_element(value, text, is_relative=True)


def _time_element(value: datetime, text: str, *, is_relative: bool = False) -> SafeString:
    utc = value.astimezone(UTC)
    title = utc.strftime("%Y-%m-%d %H:%M:%S UTC")
    if is_relative:
        title = f"{dateformat.format(timezone.localtime(value), 'Y-m-d H:i')} · {title}"
        return format_html(
            '<time datetime="{}" title="{}" data-ago><bdi>{}</bdi></time>', utc.isoformat(), title, text
        )
    return format_html('<time datetime="{}" title="{}"><bdi>{}</bdi></time>', utc.isoformat(), title, text)
