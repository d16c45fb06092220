"""Whoever opens the address of a button sees a page that leads back, not an empty one; programs get what they got."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from qafila.web.shell.only_posted import page_above
from tests.web.pages import pages, rows
from tests.web.world import World

pytestmark = pytest.mark.django_db
HTML = {"HTTP_ACCEPT": "text/html,application/xhtml+xml"}


def test_the_page_names_the_way_back(world: World, browser: Callable[..., Client]) -> None:
    client = browser(world.here.people["owner"])
    address = f"/campaigns/{world.here.campaign.public_id}"
    answer = client.get(f"{address}/start", **HTML)
    text = answer.content.decode()
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert f'href="{address}"' in text
    assert "Go back" in text
    assert answer["Content-Security-Policy"]


def test_what_asks_by_itself_gets_an_empty_answer(world: World, browser: Callable[..., Client]) -> None:
    client = browser(world.here.people["owner"])
    address = f"/campaigns/{world.here.campaign.public_id}/start"
    assert client.get(address, HTTP_ACCEPT="application/json").content == b""
    assert client.get(address, HTTP_HX_REQUEST="true", **HTML).content == b""
    assert client.put(address, **HTML).content == b""


def test_every_way_back_is_there(world: World, browser: Callable[..., Client]) -> None:
    """Of each address that takes a POST only, the page above answers."""
    client = browser(world.here.people["owner"])
    known, given = pages(), rows()
    looked = 0
    for name in known.keys() & given.keys():
        row = given[name]
        if row.never_ends or not row.post:
            continue
        point = transaction.savepoint()
        if row.before:
            row.before(world)
        path = "/" + known[name].path.replace("\\Z", "").lstrip("^")
        for key, value in row.path(world.here).items():
            for kind in ("uuid", "str", "int"):
                path = path.replace(f"<{kind}:{key}>", str(value))
        if "<" not in path and client.get(path, **HTML).status_code == 405:
            looked += 1
            above = page_above(path)
            assert client.get(above, **HTML).status_code in (200, 302), (path, above)
        transaction.savepoint_rollback(point)
    assert looked > 20
