"""The filters that a list may have. What the URL says is only believed as far as one of these reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any, TypeAlias

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qafila.web.shell.doors import Current

Text_: TypeAlias = str | Promise
Option: TypeAlias = tuple[str, Text_]
LONGEST_TEXT = 100
_MOST_CHOICES = 30
_ALL = _("All")


@dataclass(frozen=True, slots=True)
class Span:
    """Days from and to, as moments: ``start`` belongs to it, ``end`` does not. None is open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some options; with ``multiple`` any of several. Its value: a text; with ``multiple`` a tuple of texts.

    :ivar options: ``(value, title)`` pairs, or a function of the current person that gives them.
    :ivar as_tabs: shown as tabs above the list instead of in the filter bar (at most one of a list).
    :ivar all_title: of the tab without a choice.
    """

    key: str
    title: Text_
    options: Sequence[Option] | Callable[[Current], Sequence[Option]]
    multiple: bool = False
    as_tabs: bool = False
    all_title: Text_ = _ALL
    kind = "choice"

    def choices(self, current: Current) -> list[Option]:
        """The options this person has."""
        return list(self.options(current) if callable(self.options) else self.options)

    def parameters(self) -> tuple[str, ...]:
        """The names it has in the URL."""
        return (self.key,)

    def read(self, given: QueryDict, current: Current) -> tuple[Any, bool]:
        """(value or None, whether something in the URL was not understood)."""
        wanted = [text for text in given.getlist(self.key) if text][:_MOST_CHOICES]
        if not wanted:
            return None, False
        known = {value for value, _ in self.choices(current)}
        good = tuple(dict.fromkeys(text for text in wanted if text in known))
        odd = len(good) < len(set(wanted))
        if not good:
            return None, odd
        return (good if self.multiple else good[0]), odd

    def shown(self, value: Any, current: Current) -> str:
        """The value in words."""
        titles = dict(self.choices(current))
        values = value if isinstance(value, tuple) else (value,)
        return ", ".join(str(titles.get(one, one)) for one in values)

    def state(self, value: Any, current: Current) -> Mapping[str, Any]:
        """What its template needs."""
        chosen = value if isinstance(value, tuple) else (value,) if value else ()
        options = [(option, title, option in chosen) for option, title in self.choices(current)]
        return {"options": options, "chosen": chosen}


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is typed; its value is at most 100 characters."""

    key: str
    title: Text_
    kind = "text"

    def parameters(self) -> tuple[str, ...]:
        """See :meth:`Choice.parameters`."""
        return (self.key,)

    def read(self, given: QueryDict, current: Current) -> tuple[Any, bool]:
        """See :meth:`Choice.read`."""
        del current
        return clean(given.get(self.key, "")) or None, False

    def shown(self, value: Any, current: Current) -> str:
        """The value in words."""
        del current
        return str(value)

    def state(self, value: Any, current: Current) -> Mapping[str, Any]:
        """What its template needs."""
        del current
        return {"value": value or ""}


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days of the business's own calendar, both included; its value is a :class:`Span`. ``KEY_from`` and ``KEY_to``."""

    key: str
    title: Text_
    kind = "dates"

    def parameters(self) -> tuple[str, ...]:
        """See :meth:`Choice.parameters`."""
        return (f"{self.key}_from", f"{self.key}_to")

    def read(self, given: QueryDict, current: Current) -> tuple[Any, bool]:
        """See :meth:`Choice.read`."""
        days = [_day(given.get(name, "")) for name in self.parameters()]
        odd = any(given.get(name) and day is None for name, day in zip(self.parameters(), days, strict=True))
        first, last = days
        if first is None and last is None:
            return None, odd
        zone = current.zone
        start = datetime.combine(first, clock(), zone) if first else None
        end = datetime.combine(last + timedelta(days=1), clock(), zone) if last else None
        return Span(start, end), odd

    def shown(self, value: Any, current: Current) -> str:
        """The value in words."""
        del current
        first = value.start.date().isoformat() if value.start else "…"
        last = (value.end - timedelta(days=1)).date().isoformat() if value.end else "…"
        return f"{first} – {last}"

    def state(self, value: Any, current: Current) -> Mapping[str, Any]:
        """What its template needs."""
        del current
        first = value.start.date().isoformat() if value and value.start else ""
        last = (value.end - timedelta(days=1)).date().isoformat() if value and value.end else ""
        return {"from_value": first, "to_value": last}


Filter: TypeAlias = Choice | Text | DateRange


def clean(text: str) -> str:
    """A typed text: one line, no NUL, at most 100 characters, no blanks around it."""
    return " ".join(text.replace("\x00", "")[: LONGEST_TEXT * 4].split())[:LONGEST_TEXT]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
