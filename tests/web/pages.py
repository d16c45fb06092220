"""Every page from the URL map itself, so that a new one without a row in the matrix fails.

A row says how a page is reached and, where it changes something, what to send. Rows stand in ``tests/web/rows/``, one file
a subject with ``ROWS: dict[str, Row]``; the key is the name of the URL (``team:invite``).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.web.world import Place, World

NOT_PAGES = ("api/", "^api", "health")
"""The API has matrices of its own (``tests/api``)."""


@dataclass(frozen=True)
class Page:
    """One address.

    :ivar name: of the URL, with its namespace.
    :ivar parameters: names of the parts of the path.
    """

    name: str
    path: str
    view: Callable[..., Any]
    parameters: tuple[str, ...]

    @property
    def door(self) -> Any:
        return getattr(self.view, "door", None)

    def address(self, values: Mapping[str, Any]) -> str:
        """The path, with values for its parameters."""
        if values:
            return reverse(self.name, kwargs=dict(values))
        return "/" + self.path.replace("\\Z", "").lstrip("^")


Make = Callable[[Place], Mapping[str, Any]]


def nothing(place: Place) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Row:
    """How to reach one page.

    :ivar path: values for the path's parameters out of a place; called with the other business it gives foreign ids.
    :ivar post: what to send so that something changes; None: the page takes no POST.
    :ivar audit: the action that a good POST writes into the audit log; "" with ``no_audit``: why none.
    :ivar foreign: what to send that names a thing of the given place: called with the other business, the answer must not
        be a success and nothing may change. None: nothing in the body names anything.
    :ivar answers: statuses of a good GET, and of a GET with foreign ids where that is no 404.
    :ivar never_ends: a stream, which has tests of its own; here only its door is looked at.
    :ivar before: puts right what the POST needs.
    :ivar budget: statements that a GET may send to the database, those of the frame included.
    """

    path: Make = nothing
    post: Make | None = None
    audit: str = ""
    no_audit: str = ""
    foreign: Make | None = None
    answers: tuple[int, ...] = (200,)
    never_ends: bool = False
    before: Callable[[World], None] | None = None
    budget: int = 20


def pages() -> dict[str, Page]:
    """Name to page; an address without a name stands under its path."""
    return {page.name: page for page in _walk(get_resolver().url_patterns, "", "")}


def rows() -> dict[str, Row]:
    """All rows of all subjects."""
    found: dict[str, Row] = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent / "rows")]):
        own = importlib.import_module(f"tests.web.rows.{module.name}").ROWS
        assert not found.keys() & own.keys(), f"two rows: {sorted(found.keys() & own.keys())}"
        found |= own
    return found


def _walk(patterns: list[Any], prefix: str, namespace: str) -> Iterator[Page]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if route.startswith(NOT_PAGES):
            continue
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, route, inner)
        elif isinstance(pattern, URLPattern):
            name = f"{namespace}{pattern.name}" if pattern.name else route
            yield Page(name, route, pattern.callback, tuple(pattern.pattern.converters) or _groups(pattern))


def _groups(pattern: URLPattern) -> tuple[str, ...]:
    regex = getattr(pattern.pattern, "regex", None)
    return tuple(regex.groupindex) if regex is not None else ()
