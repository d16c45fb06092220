"""The keys as a list: by state and right, searched, sorted, counted, exported, revoked many at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from qafila.businesses.actions import create_api_key, revoke_api_key
from qafila.businesses.models import ApiKey
from tests.web.world import World

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]


@pytest.fixture
def keys(world: World) -> dict[str, ApiKey]:
    """One of each kind, beside the world's own (active, all rights)."""
    here, now = world.here, datetime.now(UTC)
    long_ago = now - timedelta(days=91)
    made = {}
    for name, scopes, at, until in (
        ("Reader", ["contracts:read"], now, now + timedelta(days=1)),
        ("Idle", ["contracts:write"], long_ago, None),
        ("Over", ["contracts:read"], long_ago, now - timedelta(days=1)),
        ("Gone", ["contracts:read"], long_ago, None),
    ):
        made[name], _ = create_api_key(
            business=here.business, name=name, scopes=scopes, expires_at=until, actor=here.actor, now=at
        )
    ApiKey.objects.filter(pk=made["Reader"].pk).update(last_used_at=now, last_used_ip="203.0.113.9")
    revoke_api_key(key=made["Gone"], actor=here.actor, now=now)
    return made


def names(client: Client, where: str = "") -> list[str]:
    page = client.get(f"/keys/{where}").content.decode()
    return re.findall(r'<a href="/keys/[\w-]+/"><span dir="auto">([^<]+)</span>', page)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", ["Reader", "Caravan key", "Idle", "Over", "Gone"]),
        ("?state=active", ["Reader", "Caravan key", "Idle"]),
        ("?state=unused", ["Idle"]),
        ("?state=expired", ["Over"]),
        ("?state=revoked", ["Gone"]),
        ("?right=contracts:write", ["Caravan key", "Idle"]),
        ("?q=read", ["Reader"]),
        ("?sort=name", ["Caravan key", "Gone", "Idle", "Over", "Reader"]),
        ("?sort=-used", ["Reader"]),
        ("?sort=until", ["Over", "Reader"]),
    ],
)
def test_the_address_says_which_and_in_which_order(
    where: str, expected: list[str], world: World, keys: dict[str, ApiKey], browser: Browser
) -> None:
    found = names(browser(world.here.people["owner"]), where)
    assert found[: len(expected)] == expected
    assert len(found) == (len(expected) if "sort" not in where else 5)


def test_a_key_is_found_by_its_beginning(world: World, keys: dict[str, ApiKey], browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    assert names(client, f"?q=qf_{keys['Idle'].prefix}") == ["Idle"]
    assert names(client, f"?q={world.there.key.prefix}") == []


def test_the_figures_beside_the_tabs_are_those_of_the_lists(
    world: World, keys: dict[str, ApiKey], browser: Browser
) -> None:
    client = browser(world.here.people["owner"])
    page = client.get("/keys/").content.decode()
    for state in ("", "active", "unused", "expired", "revoked"):
        link = rf'<a href="\?{f"state={state}" if state else ""}"[^>]*>[^<]*<bdi[^>]*>(\d+)<'
        (shown,) = re.findall(link, page)[:1]
        assert int(shown) == len(names(client, f"?state={state}")), state
    assert re.search(r'id="list-total"><bdi[^>]*>5<', page)


def test_what_nobody_used_for_90_days_is_marked(
    world: World, keys: dict[str, ApiKey], browser: Browser
) -> None:
    client = browser(world.here.people["owner"])
    one = re.compile(r"<tr data-row=.*?</tr>", re.DOTALL)
    marked = [row for row in one.findall(client.get("/keys/").content.decode()) if "Unused for 90" in row]
    assert len(marked) == 1
    assert "Idle" in marked[0]


def test_an_export_holds_what_the_list_shows(world: World, keys: dict[str, ApiKey], browser: Browser) -> None:
    answer = browser(world.here.people["owner"]).get("/keys/?state=active&format=csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Name"] for row in rows] == ["Reader", "Caravan key", "Idle"]
    assert rows[0]["Used from"] == "203.0.113.9"
    assert rows[0]["Rights"] == "contracts:read"
    assert rows[2]["State"] == "Active, Unused for 90 days"
    assert rows[1]["Begins with"] == f"qf_{world.here.key.prefix}"


def test_many_are_revoked_at_once_and_nobody_elses(
    world: World, keys: dict[str, ApiKey], browser: Browser
) -> None:
    client = browser(world.here.people["admin"])
    body = {"action": "revoke", "id": [str(keys["Idle"].public_id), str(world.there.key.public_id)]}
    asked = client.post("/keys/", body).content.decode()
    assert "1 chosen key" in asked
    told = client.post("/keys/", {**body, "expected": "1"}, follow=True).content.decode()
    assert "1 key is revoked." in told
    keys["Idle"].refresh_from_db()
    world.there.key.refresh_from_db()
    assert keys["Idle"].revoked_at is not None
    assert world.there.key.revoked_at is None


def test_a_new_key_is_not_lost_to_a_list_that_refreshes_itself(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    client.post("/keys/create", {"name": "Shop", "days": "30", "scopes": ["contracts:read"]})
    client.get("/keys/", headers={"HX-Request": "true", "HX-Target": "list"})
    assert re.search(r"qf_\w{20,}", client.get("/keys/").content.decode())
    assert not re.search(r"qf_\w{20,}", client.get("/keys/").content.decode())
