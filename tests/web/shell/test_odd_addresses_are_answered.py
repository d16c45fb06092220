"""An address that no page of ours would lead to gets a page that says so, and nothing of it is drawn as it came."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.web.pages import pages, rows
from tests.web.world import World

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]
TOO_MANY = "&".join(f"a{n}=1" for n in range(1_100))


@pytest.mark.parametrize("path", ["/", "/search", "/campaigns/", "/messages/", "/docs/", "/live/badge"])
def test_more_parameters_than_can_be_read(path: str, world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    client.raise_request_exception = False
    answer = client.get(f"{path}?q=1&{TOO_MANY}")
    assert answer.status_code in (200, 400), "a page of a fault of ours"
    if answer.status_code == 400:
        assert "This request could not be read" in answer.content.decode()


@pytest.mark.parametrize("odd", ["a\x00b", "9" * 30, "' OR 1=1--", "draft_" + "z" * 22, "\u202e<b>"])
def test_an_id_that_nothing_has(odd: str, world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    client.raise_request_exception = False
    asked, broken = 0, []
    for name, page in pages().items():
        if not page.parameters or rows()[name].never_ends:
            continue
        try:
            address = reverse(name, kwargs=dict.fromkeys(page.parameters, odd))
        except NoReverseMatch:
            continue  # only a UUID or a number leads there
        asked += 1
        for method in (client.get, client.post):
            status = method(address).status_code
            if status >= 500:
                broken.append((name, status))
    assert broken == []
    assert asked >= 40


@pytest.mark.parametrize(
    "address",
    ["/search?q=a%00b", "/messages/?sort=%00", "/numbers/?sort=%00", "/audit/?size=%00", "/alerts/?q=%00"],
)
def test_no_nul_is_drawn(address: str, world: World, browser: Browser) -> None:
    answer = browser(world.here.people["owner"]).get(address)
    assert answer.status_code == 200
    assert "\x00" not in answer.content.decode()


def test_order_and_length_of_a_page_survive_another_search(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    page = client.get("/campaigns/?sort=-name&size=50").content.decode()
    assert '<input type="hidden" name="sort" value="-name">' in page
    assert '<input type="hidden" name="size" value="50">' in page
    odd = client.get("/campaigns/?sort=password&size=7").content.decode()
    assert 'name="sort"' not in odd
    assert 'name="size" value="7"' not in odd
