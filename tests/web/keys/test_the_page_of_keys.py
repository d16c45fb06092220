"""The page of the keys: replaced with an overlap, bound to networks, last use with its address."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from qafila.businesses.actions import touch_api_key
from qafila.businesses.models import ApiKey
from tests.web.world import World

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]


def test_a_new_key_is_bound_as_written(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    body = {
        "name": "Shop",
        "days": "30",
        "scopes": ["contracts:read"],
        "networks": "203.0.113.7\r\n10.1.2.3/16",
    }
    client.post("/keys/create", body)
    made = ApiKey.objects.get(name="Shop")
    assert made.allowed_networks == ["203.0.113.7/32", "10.1.0.0/16"]
    page = client.get("/keys/").content.decode()
    assert "203.0.113.7/32" in page
    answer = client.post("/keys/create", body | {"name": "Other", "networks": "10.1.0.0/16 <b>shop</b>"})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "neither an IP address nor a network" in page
    assert "&lt;b&gt;shop" in page and "<b>shop" not in page
    assert not ApiKey.objects.filter(name="Other").exists()


def test_a_replaced_key_is_shown_once_and_its_predecessor_ends(world: World, browser: Browser) -> None:
    here, client = world.here, browser(world.here.people["owner"])
    where = f"/keys/{here.key.public_id}/rotate"
    page = client.post(where, follow=True).content.decode()
    (full,) = set(re.findall(r"qf_\w{20,}", page))
    assert "24 hours more" in page
    twin = ApiKey.objects.exclude(pk=here.key.pk).get(business=here.business)
    assert full.startswith(f"qf_{twin.prefix}")
    page = client.get("/keys/").content.decode()
    assert full not in page
    assert "Replaced" in page
    assert where not in client.get(f"/keys/{here.key.public_id}/").content.decode()
    assert f"/keys/{twin.public_id}/rotate" in client.get(f"/keys/{twin.public_id}/").content.decode()
    again = client.post(where, follow=True).content.decode()
    assert "was replaced already" in again
    assert ApiKey.objects.filter(business=here.business).count() == 2


def test_an_admin_is_not_offered_what_an_owner_made(world: World, browser: Browser) -> None:
    client = browser(world.here.people["admin"])
    where = f"/keys/{world.here.key.public_id}/rotate"
    assert where not in client.get(f"/keys/{world.here.key.public_id}/").content.decode()
    assert client.post(where).status_code == 403
    assert ApiKey.objects.filter(business=world.here.business).count() == 1


def test_networks_are_changed_and_taken_away(world: World, browser: Browser) -> None:
    key, client = world.here.key, browser(world.here.people["owner"])
    where = f"/keys/{key.public_id}/networks"
    page = client.post(where, {"networks": "10.1.0.0/16\n2001:db8::/32"}, follow=True).content.decode()
    assert "10.1.0.0/16, 2001:db8::/32" in page
    page = client.post(where, {"networks": "everywhere"}, follow=True).content.decode()
    assert "neither an IP address nor a network" in page
    key.refresh_from_db()
    assert key.allowed_networks == ["10.1.0.0/16", "2001:db8::/32"]
    page = client.post(where, {"networks": " "}, follow=True).content.decode()
    assert "works from everywhere" in page
    key.refresh_from_db()
    assert key.allowed_networks == []


def test_the_last_use_has_its_address(world: World, browser: Browser) -> None:
    touch_api_key(key_id=world.here.key.pk, address="203.0.113.99", now=datetime.now(UTC))
    assert "203.0.113.99" in browser(world.here.people["owner"]).get("/keys/").content.decode()
