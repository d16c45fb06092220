"""Rights, tenancy, audit, CSRF and safe reading (promises 34, 35, 36, 44, 62) for every page in the URL map."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client

from qafila.businesses.models import AuditEntry, Business, Membership, User
from qafila.businesses.rules.scopes import ROLE_SCOPES, allows
from tests.web.pages import Page, Row, pages, rows
from tests.web.rights import EXPECTED, OF_THE_ROW, ONES_OWN, PUBLIC
from tests.web.world import MARK, World, changed, snapshot

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]

PAGES = pages()
ROWS = rows()
ROLES = sorted(ROLE_SCOPES)
BOTH = sorted(name for name in PAGES.keys() & ROWS.keys() if not ROWS[name].never_ends)
GUARDED = [name for name in BOTH if PAGES[name].door and not PAGES[name].door.open_because]
POSTED = [name for name in BOTH if ROWS[name].post]
CHANGING = [name for name in GUARDED if ROWS[name].audit or (ROWS[name].post and PAGES[name].door.write)]
FIELDS_NOBODY_MAY_SET = {
    "business": "1",
    "business_id": "1",
    "user": "1",
    "user_id": "1",
    "is_superuser": "true",
    "is_staff": "true",
    "public_id": "00000000-0000-0000-0000-000000000001",
    "id": "1",
    "created_at": "2000-01-01",
    "state": "2",
    "hash": "00",
    "expires_at": "2100-01-01",
    "role": "owner",
    "scopes": "*",
}


@pytest.fixture
def world(built: World, db: None) -> World:
    """As every test finds it, whatever others did with theirs."""
    return copy.deepcopy(built)


def address(name: str, values: Mapping[str, Any]) -> str:
    return PAGES[name].address(values)


def ask(
    client: Client, name: str, row: Row, place: Any, method: str, body: Mapping[str, Any] | None = None
) -> Any:
    where = address(name, row.path(place))
    return client.get(where) if method == "GET" else client.post(where, body or {})


def content(answer: Any) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return raw.decode(errors="replace")


def test_every_page_has_a_row() -> None:
    missing = sorted(PAGES.keys() - ROWS.keys())
    assert missing == [], "add rows to tests/web/rows/<subject>.py (see tests/web/pages.py)"
    assert sorted(ROWS.keys() - PAGES.keys()) == [], "rows of pages that are no more"


def test_every_page_has_a_door() -> None:
    without = [name for name, page in PAGES.items() if page.door is None]
    assert without == [], "put @signed_in(scope) or @public(because) on the view"


def test_every_door_asks_for_the_right_that_is_written_down() -> None:
    found = {
        name: PUBLIC if page.door.open_because else (page.door.scope, page.door.write)
        for name, page in PAGES.items()
        if page.door
    }
    assert found == EXPECTED, "see tests/web/rights.py"


def test_what_takes_a_post_says_so(world: World, browser: Browser) -> None:
    """A page that takes a POST but has none in its row would be in no matrix."""
    client = browser(world.here.people["owner"])
    silent = [
        name
        for name in BOTH
        if not ROWS[name].post
        and ask(client, name, ROWS[name], world.here, "POST").status_code not in (404, 405)
    ]
    assert silent == []


def test_each_posted_page_is_audited_or_says_why_not() -> None:
    assert [name for name in POSTED if bool(ROWS[name].audit) == bool(ROWS[name].no_audit)] == []


@pytest.mark.parametrize("name", BOTH)
def test_looking_changes_nothing(name: str, world: World, browser: Browser) -> None:
    client, row = browser(world.here.people["owner"]), ROWS[name]
    if row.before:
        row.before(world)
    where = address(name, row.path(world.here))
    before = snapshot()
    answer = client.get(where)
    text = content(answer)
    assert answer.status_code in (*row.answers, 405), (answer.status_code, where)
    assert MARK not in text
    assert changed(before) == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", GUARDED)
def test_a_role_opens_what_its_rights_say_and_no_more(
    name: str, role: str, world: World, browser: Browser
) -> None:
    client, row, expected = browser(world.here.people[role]), ROWS[name], EXPECTED[name]
    if row.before:
        row.before(world)
    assert expected is not None
    may_look, may_write = (not right or allows(ROLE_SCOPES[role], right) for right in expected)
    needed = OF_THE_ROW.get(name, "")
    may_write = may_write and (not needed or allows(ROLE_SCOPES[role], needed))
    before = snapshot()
    looked = ask(client, name, row, world.here, "GET")
    assert (looked.status_code == 403) == (not may_look), looked.status_code
    if row.post:
        sent = ask(client, name, row, world.here, "POST", row.post(world.here))
        assert (sent.status_code == 403) == (not may_write), sent.status_code
    if not may_write or not row.post:
        assert changed(before) == []


@pytest.mark.parametrize("name", [name for name in CHANGING if name not in ONES_OWN])
def test_read_only_people_change_nothing(name: str, world: World, browser: Browser) -> None:
    client, row = browser(world.here.people["read_only"]), ROWS[name]
    if row.before:
        row.before(world)
    assert row.post is not None
    where, body = address(name, row.path(world.here)), row.post(world.here)
    before, entries = snapshot(), AuditEntry.objects.count()
    answer = client.post(where, body)
    assert answer.status_code == 403
    assert (changed(before), AuditEntry.objects.count()) == ([], entries)


@pytest.mark.parametrize("name", GUARDED)
def test_nobody_signed_in_opens_nothing(name: str, world: World) -> None:
    row = ROWS[name]
    before = snapshot()
    client = Client()
    for method in ("GET", "POST"):
        answer = ask(client, name, row, world.here, method, row.post(world.here) if row.post else {})
        assert answer.status_code in (302, 401, *(() if row.post else (405,))), (method, answer.status_code)
        assert "Caravan" not in content(answer)
    assert [table for table in changed(before) if not table.startswith("account_")] == []


@pytest.mark.parametrize("name", [name for name in GUARDED if PAGES[name].parameters])
def test_what_belongs_to_the_stranger_is_not_there(name: str, world: World, browser: Browser) -> None:
    client, row = browser(world.here.people["owner"]), ROWS[name]
    if row.before:
        row.before(world)
    where = address(name, row.path(world.there))
    before = snapshot()
    for method in ("GET", "POST"):
        body = row.post(world.there) if row.post and method == "POST" else {}
        answer = client.get(where) if method == "GET" else client.post(where, body)
        assert answer.status_code in (404, 405), (method, answer.status_code)
        assert MARK not in content(answer)
    assert changed(before) == []


@pytest.mark.parametrize("name", [name for name in GUARDED if ROWS[name].foreign])
def test_a_foreign_id_in_the_body_does_nothing(name: str, world: World, browser: Browser) -> None:
    client, row = browser(world.here.people["owner"]), ROWS[name]
    if row.before:
        row.before(world)
    assert row.foreign is not None
    where, body = address(name, row.path(world.here)), row.foreign(world.there)
    before, entries = snapshot(), AuditEntry.objects.count()
    answer = client.post(where, body)
    # Several were sent, of which one may have been deleted meanwhile: the others are done, and it goes back to the page.
    leads_back = (302,) if name == "senders:directions" else ()
    assert answer.status_code in (200, 400, 404, 422, *leads_back), answer.status_code
    assert MARK not in content(answer)
    assert (changed(before), AuditEntry.objects.count()) == ([], entries)


@pytest.mark.parametrize("name", [name for name in BOTH if ROWS[name].audit])
def test_what_changes_something_is_in_the_audit_log(name: str, world: World, browser: Browser) -> None:
    client, row, here = browser(world.here.people["owner"]), ROWS[name], world.here
    if row.before:
        row.before(world)
    assert row.post is not None
    where, body = address(name, row.path(here)), row.post(here)
    newest = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True)[0]
    answer = client.post(where, body)
    assert answer.status_code in (200, 302, 303), answer.status_code
    written = AuditEntry.objects.filter(pk__gt=newest, business=here.business)
    assert row.audit in set(written.values_list("action", flat=True)), (
        answer.status_code,
        content(answer)[-800:],
    )
    assert not AuditEntry.objects.filter(pk__gt=newest, business=world.there.business).exists()


@pytest.mark.parametrize("name", POSTED)
def test_a_post_of_another_site_is_refused(name: str, world: World, browser: Browser) -> None:
    client, row = browser(world.here.people["owner"], csrf=True), ROWS[name]
    if row.before:
        row.before(world)
    assert row.post is not None
    where, body = address(name, row.path(world.here)), row.post(world.here)
    before, entries = snapshot(), AuditEntry.objects.count()
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = client.post(where, body, headers=headers)
        assert answer.status_code == 403, (headers, answer.status_code)
    assert (changed(before), AuditEntry.objects.count()) == ([], entries)


@pytest.mark.parametrize("name", [name for name in POSTED if name in GUARDED])
def test_fields_that_nobody_asked_for_are_not_taken(name: str, world: World, browser: Browser) -> None:
    client, row, here = browser(world.here.people["owner"]), ROWS[name], world.here
    if row.before:
        row.before(world)
    assert row.post is not None
    extra = {**FIELDS_NOBODY_MAY_SET, "business": str(world.there.business.public_id)}
    extra["business_id"], extra["user_id"] = str(world.there.business.pk), str(world.there.people["owner"].pk)
    body = {**extra, **row.post(here)}
    foreign = _of_the_stranger(world)
    client.post(address(name, row.path(here)), body)
    assert _of_the_stranger(world) == foreign
    assert not User.objects.filter(is_superuser=True).exists()
    owners = Membership.objects.filter(business=here.business, role="owner").values_list("user_id", flat=True)
    assert list(owners) == [here.people["owner"].pk]
    assert not Business.objects.filter(created_at__year=2000).exists()


def _of_the_stranger(world: World) -> list[Any]:
    there = world.there.business
    business = Business.objects.filter(pk=there.pk).values()
    people = Membership.objects.filter(business=there).order_by("pk").values()
    log = AuditEntry.objects.filter(business=there).count()
    return [list(business), list(people), log]


def test_the_matrix_knows_pages_from_the_map() -> None:
    """It can fail: a page that is taken out of the rows is missed."""
    assert {"team:list", "keys:create", "account_login"} <= PAGES.keys()
    assert isinstance(PAGES["team:role"], Page)
    assert PAGES["team:role"].parameters == ("person_id",)
