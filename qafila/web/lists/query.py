"""What a list shows, as the URL says it: read once, allow-listed, typed. Nothing else of the URL reaches a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from django.http import QueryDict

from qafila.web.lists.filters import Filter, clean
from qafila.web.shell.doors import Current

PAGE_SIZES: Final = (25, 50, 100)
FURTHEST_ROW: Final = 50_000
"""Rows that can be paged through; beyond, a filter or an export is the way: no page reads half a million rows to skip."""
MOST_IDS: Final = 200
_LONGEST_ID = 64
_MOST_UNKNOWN = 5
_OURS = frozenset({"q", "sort", "size", "page", "format", "next"})
_OF_PROGRAMS = ("utm_", "fbclid", "gclid", "msclkid", "yclid")
"""Beginnings of what mail programs and search engines add."""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A list's filters, search, sort and page.

    :ivar filters: key of a filter to its typed value; only those that are set.
    :ivar search: "" for none.
    :ivar sort: key of a sortable column.
    :ivar descending: the other way round.
    :ivar page: from 1.
    :ivar ids: only these rows (public ids as the client sent them: unchecked texts, to be looked up within the business
        and the filters); None for all that match.
    :ivar dropped: parameters of the URL that were not understood.
    :ivar unknown: names of parameters that this list does not have; they narrow nothing.
    :ivar asked_at: of a bulk action on all that match: when the person was asked about them.
    """

    filters: Mapping[str, Any] = field(default_factory=dict)
    search: str = ""
    sort: str = ""
    descending: bool = False
    page: int = 1
    page_size: int = PAGE_SIZES[0]
    ids: tuple[str, ...] | None = None
    dropped: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    asked_at: datetime | None = None

    @property
    def offset(self) -> int:
        """Rows before the page."""
        return (self.page - 1) * self.page_size

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter or a search is set."""
        return bool(self.filters or self.search)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a filter."""
        return self.filters.get(key, default)

    def only(self, ids: Sequence[str]) -> ListQuery:
        """The same, of these rows only."""
        return replace(self, ids=tuple(ids))

    def without(self, *keys: str) -> ListQuery:
        """The same without some filters; for counts beside tabs."""
        return replace(self, filters={k: v for k, v in self.filters.items() if k not in keys})


def read_query(
    given: QueryDict,
    current: Current,
    *,
    filters: Sequence[Filter],
    sortable: Sequence[str],
    default_sort: str,
) -> ListQuery:
    """Reads a URL's parameters.

    :param default_sort: a sortable key, with ``-`` before it for descending; also what an unknown ``sort`` becomes.
    """
    values: dict[str, Any] = {}
    dropped: list[str] = []
    for one in filters:
        value, is_odd = one.read(given, current)
        if value is not None:
            values[one.key] = value
        if is_odd:
            dropped.append(one.key)
    sort = given.get("sort", "")
    if sort.removeprefix("-") not in sortable:
        if sort:
            dropped.append("sort")
        sort = default_sort
    size = _number(given.get("size", ""))
    size = size if size in PAGE_SIZES else PAGE_SIZES[0]
    page = min(max(1, _number(given.get("page", "")) or 1), FURTHEST_ROW // size)
    return ListQuery(
        filters=values,
        search=clean(given.get("q", "")),
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        page=page,
        page_size=size,
        dropped=tuple(dropped),
        unknown=_unknown(given, filters),
    )


def read_ids(given: QueryDict) -> list[str]:
    """The rows that were ticked, at most two pages of them."""
    return checked_ids(given.getlist("id"))


def checked_ids(given: Sequence[str]) -> list[str]:
    """What may be ids, each once, at most two pages of them."""
    ids = [text for text in given if text and len(text) <= _LONGEST_ID and "\x00" not in text]
    return list(dict.fromkeys(ids))[:MOST_IDS]


def _unknown(given: QueryDict, filters: Sequence[Filter]) -> tuple[str, ...]:
    """Names that nothing here reads, but for those that programs put behind any address."""
    known = {name for one in filters for name in one.parameters()} | _OURS
    rest = [
        clean(name)[:_LONGEST_ID] for name in given if not (name in known or name.startswith(_OF_PROGRAMS))
    ]
    return tuple(dict.fromkeys(name for name in rest if name))[:_MOST_UNKNOWN]


def _number(text: str) -> int:
    """A small whole number of ASCII digits; 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else 0
