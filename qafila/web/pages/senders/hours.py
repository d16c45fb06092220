"""In which hours of the week a number sends campaigns: the form of it, and what its page says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.utils.dates import WEEKDAYS
from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from qafila.businesses.refusals import Refused
from qafila.senders.rules.hours import DAYS, MIDNIGHT, WRITTEN_A_DAY, Kept, Span, as_kept, as_written
from qafila.web.shell.saying import said

A_DAY: Final = WRITTEN_A_DAY
SUGGESTED: Final[Span] = (9 * 60, 20 * 60)
"""Stands in every day of a number without hours: less to write."""
ANY, SOME = "any", "some"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the form. :ivar fields: from and until, each time."""

    name: str | Promise
    fields: list[BoundField]


class HoursForm(forms.Form):
    """At any time, or each day from and until; until may be past midnight."""

    when = forms.ChoiceField(
        label=gettext_lazy("When it sends campaigns"),
        choices=[(ANY, gettext_lazy("At any time")), (SOME, gettext_lazy("Only in these hours"))],
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day in range(DAYS):
            for n in range(A_DAY):
                for end, label in (
                    ("from", pgettext_lazy("a time of the day", "from")),
                    ("until", pgettext_lazy("a time of the day", "until")),
                ):
                    self.fields[_name(day, n, end)] = forms.TimeField(
                        label=label,
                        required=False,
                        input_formats=["%H:%M", "%H:%M:%S"],
                        widget=forms.TimeInput(
                            attrs={"type": "time", "dir": "ltr", "class": "form-control"}, format="%H:%M"
                        ),
                    )

    def days(self) -> Iterator[Day]:
        """Its days, in the order of the reader's week."""
        for day in week_days():
            names = [_name(day, n, end) for n in range(A_DAY) for end in ("from", "until")]
            yield Day(WEEKDAYS[day], [self[name] for name in names])

    def clean(self) -> dict[str, Any]:
        """Adds ``hours`` as they are kept."""
        found: dict[str, Any] = super().clean() or {}
        found["hours"] = None
        if self.errors or found.get("when") != SOME:
            return found
        try:
            found["hours"] = as_kept([self._times(day) for day in range(DAYS)])
        except Refused as refusal:
            day = refusal.params.get("day")
            self.add_error(None if day is None else _name(int(day), 0, "from"), said(refusal))
        return found

    def _times(self, day: int) -> list[Span]:
        found = []
        for n in range(A_DAY):
            begin, end = (self.cleaned_data[_name(day, n, which)] for which in ("from", "until"))
            if (begin is None) != (end is None):
                raise Refused("hours_invalid", "A time has from and until.", day=day)
            if begin is not None:
                found.append((_minutes(begin), _minutes(end)))
        return found


def initial_of(kept: Kept | None) -> dict[str, Any]:
    """What the form shows of hours as they are kept."""
    found: dict[str, Any] = {"when": ANY if kept is None else SOME}
    written = [[SUGGESTED]] * DAYS if kept is None else as_written(kept)
    for day, spans in enumerate(written):
        for n, (begin, end) in enumerate(spans[:A_DAY]):
            found[_name(day, n, "from")], found[_name(day, n, "until")] = _time(begin), _time(end)
    return found


def shown(kept: Kept | None) -> list[tuple[str | Promise, list[str]]]:
    """Each day with its times, such as ``09:00–18:00``, in the order of the reader's week; nothing for any time."""
    if kept is None:
        return []
    week = [[said_of(span) for span in day] for day in as_written(kept)]
    return [(WEEKDAYS[day], week[day]) for day in week_days()]


def said_of(span: Span) -> str:
    """Such as ``09:00–18:00``."""
    begin, end = span
    return f"{_time(begin):%H:%M}–{_time(end):%H:%M}"


def week_days() -> list[int]:
    """The days from 0, Monday, in the order of the reader's week."""
    first = (int(get_format("FIRST_DAY_OF_WEEK")) - 1) % DAYS  # 0 is Sunday there
    return [(first + n) % DAYS for n in range(DAYS)]


def _name(day: int, n: int, end: str) -> str:
    return f"{end}_{day}_{n}"


def _minutes(given: time) -> int:
    return given.hour * 60 + given.minute


def _time(minutes: int) -> time:
    return time(*divmod(minutes % MIDNIGHT, 60))
