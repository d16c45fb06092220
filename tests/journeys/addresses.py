"""Every page that the map of addresses knows, with the ids of things that are really there.

The ids are gathered by following links and forms from page to page, as a person would.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
NO_PAGE = frozenset(
    {
        "account_set_password",
        "alerts:delete",
        "alerts:go",
        "alerts:read",
        "alerts:read_all",
        "alerts:unmute",
        "campaigns:archive",
        "campaigns:call-off",
        "campaigns:course",
        "campaigns:hide",
        "campaigns:part",
        "campaigns:pause",
        "campaigns:retry",
        "campaigns:settle",
        "campaigns:start",
        "campaigns:unarchive",
        "dashboard:pace",
        "dashboard:part",
        "dashboard:pause-all",
        "dashboard:resume-all",
        "directions:delete",
        "first_run:connect_number",
        "first_run:first_message",
        "first_run:note",
        "first_run:owner",
        "first_run:welcome",
        "keys:bind",
        "keys:create",
        "keys:revoke",
        "keys:rotate",
        "language",
        "live-badge",
        "messages:change",
        "messages:part",
        "mfa_authenticate",
        "mfa_index",
        "mfa_list_webauthn",
        "mfa_login_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "new_contract:add",
        "new_contract:delete",
        "new_contract:keep",
        "new_contract:mend",
        "new_contract:own-sample",
        "new_contract:progress",
        "new_contract:rejected",
        "new_contract:remove-test-number",
        "new_contract:rule",
        "new_contract:sample",
        "new_contract:start",
        "new_contract:test",
        "new_contract:test-number",
        "new_contract:undo",
        "new_contract:when",
        "numbers:default",
        "numbers:delete",
        "numbers:label",
        "numbers:switch",
        "numbers:validate",
        "open_messages:cancel",
        "open_messages:part",
        "open_messages:resume",
        "packages:add",
        "packages:auto_pause",
        "packages:delete",
        "packages:detail_part",
        "packages:pause",
        "packages:remove",
        "packages:rename",
        "packages:resume",
        "packages:share",
        "pairing:cancel",
        "pairing:code",
        "pairing:guest_part",
        "pairing:part",
        "pairing:start",
        "people:end_all_sessions",
        "people:end_session",
        "people:switch_business",
        "senders:add_kind",
        "senders:change",
        "senders:days",
        "senders:directions",
        "senders:hours",
        "senders:log_out",
        "senders:new_cloud_api",
        "senders:new_number",
        "senders:own_pace",
        "senders:pace",
        "senders:part",
        "senders:pause",
        "senders:private_network",
        "senders:read_back",
        "senders:rest",
        "senders:resume",
        "senders:secrets",
        "senders:template",
        "settings:show_first_steps",
        "team:drop_second_factors",
        "team:invite",
        "team:password_link",
        "team:remove",
        "team:renew",
        "team:revoke",
        "team:role",
        "team:sign_out",
        "theme",
        "usersessions_list",
        "webhooks:again",
        "webhooks:change",
        "webhooks:create",
        "webhooks:delete",
        "webhooks:one_again",
        "webhooks:secret",
        "webhooks:standing",
        "webhooks:switch",
        "webhooks:test",
    }
)
"""What gives no whole page when it is asked for: it only takes something, gives a part, a file or figures, or leads on to another
page. (The second factor of a sign-in and what stands behind it have journeys of their own.)"""
_DEEP = 120
"""Pages that are opened at most on the way."""
_LINK = re.compile(r"""(?:href|action|hx-get|data-source)=["']([^"'#]+)""")


@dataclass(frozen=True)
class Address:
    """A page. :ivar inside: it is seen signed in."""

    name: str
    path: str
    inside: bool


def gathered(
    inside: BrowserContext, outside: BrowserContext, given: Mapping[str, Mapping[str, object]] | None = None
) -> tuple[list[Address], list[str]]:
    """All pages in order of their names; and what is wrong: no address could be found, or :data:`NO_PAGE` does not hold.

    :param given: name to values that no link has, such as the secret of an invitation.
    """
    known, rows_ = pages(), rows()
    given = given or {}
    values = {**_walk(inside), **{name: dict(each) for name, each in given.items()}}
    found: list[Address] = []
    missing: list[str] = []
    dropped: set[str] = set()
    for name, page in sorted(known.items()):
        if rows_[name].never_ends:
            continue
        path = _path(name, page.path, page.parameters, values)
        if path is None:
            missing.append(name)
            continue
        # What a secret opens is for somebody who is not signed in yet.
        for context in (outside, inside) if name in given else (inside, outside):
            if _is_page(context, path):
                found.append(Address(name, path, context is inside))
                break
        else:
            dropped.add(name)
    missing += [f"{name}: no whole page any more; is that meant?" for name in sorted(dropped - NO_PAGE)]
    missing += [
        f"{name}: a page, or none in the map; take it out of NO_PAGE" for name in sorted(NO_PAGE - dropped)
    ]
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
