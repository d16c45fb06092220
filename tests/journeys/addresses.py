"""Every page that the map of addresses knows, with the ids of things that are really there.

The ids are gathered by following links and forms from page to page, as a person would.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from playwright.sync_api import BrowserContext

from tests.web.pages import pages, rows

NOTHING_SUCH: dict[str, object] = {
    "secret": "x" * 43,
    "uidb36": "1",
    "key": "x-y",
    "pk": 999_999,
    "session_id": 999_999,
    "alert_id": "00000000-0000-0000-0000-000000000000",
    "token": "x" * 43,
    "mute_id": "00000000-0000-0000-0000-000000000000",
    "public_id": "export_0000000000000000000000",
}
"""For links that work once and things that nobody here has: the page that says so is a page too."""
_DEEP = 120
"""Pages that are opened at most on the way."""
_LINK = re.compile(r"""(?:href|action|hx-get|data-source)=["']([^"'#]+)""")


@dataclass(frozen=True)
class Address:
    """A page. :ivar inside: it is seen signed in."""

    name: str
    path: str
    inside: bool


def gathered(inside: BrowserContext, outside: BrowserContext) -> tuple[list[Address], list[str]]:
    """All pages in order of their names, and the names for which no address could be found."""
    known, rows_ = pages(), rows()
    values = _walk(inside)
    found: list[Address] = []
    missing: list[str] = []
    for name, page in sorted(known.items()):
        if rows_[name].never_ends:
            continue
        path = _path(name, page.path, page.parameters, values)
        if path is None:
            missing.append(name)
            continue
        for context in (inside, outside):
            if _is_page(context, path):
                found.append(Address(name, path, context is inside))
                break
    return found, missing


def _path(
    name: str, route: str, parameters: tuple[str, ...], values: dict[str, dict[str, object]]
) -> str | None:
    if not parameters:
        return "/" + route.replace("\\Z", "").lstrip("^")
    room = name.partition(":")[0] if ":" in name else name
    given = {**NOTHING_SUCH, **values.get(name, values.get(room, {}))}
    try:
        return reverse(name, kwargs={each: given[each] for each in parameters})
    except (KeyError, NoReverseMatch):
        return None


def _is_page(context: BrowserContext, path: str) -> bool:
    """A whole page, not a part of one, a file, or an address that only takes something."""
    answer = context.request.get(path, max_redirects=0)
    whole = "text/html" in answer.headers.get("content-type", "") and "<html" in answer.text()
    return whole and answer.status not in (302, 405)


def _walk(context: BrowserContext) -> dict[str, dict[str, object]]:
    """Name or room to the values of a path's parameters, as they stand in links and forms."""
    values: dict[str, dict[str, object]] = {}
    seen: set[str] = set()
    todo, opened = ["/"], 0
    while todo and opened < _DEEP:
        path = todo.pop(0)
        answer = context.request.get(path, max_redirects=0)
        opened += 1
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        for link in _LINK.findall(answer.text()):
            target = urlsplit(urljoin(answer.url, link.replace("&amp;", "&")))
            try:
                match = resolve(target.path)
            except Resolver404:
                continue
            room = match.namespace or match.view_name
            first = room not in values or match.view_name not in values
            values.setdefault(room, {}).update(match.kwargs)
            values.setdefault(match.view_name, {}).update(match.kwargs)
            if first and match.view_name not in seen and "logout" not in match.view_name:
                seen.add(match.view_name)
                todo.append(target.path)
    return values
