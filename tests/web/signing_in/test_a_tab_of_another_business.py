"""Who goes on to another business in one tab changes nothing in it from a tab that still shows the one before."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from qafila.businesses.actions import add_member
from qafila.businesses.models import AuditEntry
from tests.web.world import World, changed, snapshot

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]


def token_on(client: Client, path: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(path).content.decode())
    assert found
    return found.group(1)


@pytest.fixture
def client(world: World, browser: Browser) -> Client:
    """Somebody of both businesses, in a browser that sends forms as pages have them."""
    owner, there = world.here.people["owner"], world.there
    add_member(business=there.business, email=owner.email, role="owner", actor=there.actor, now=world.now)
    return browser(owner, csrf=True)


def move(client: Client, world: World) -> str:
    """A dashboard is open; in another tab the other business is chosen. The token of the page that was open."""
    old = token_on(client, "/")
    wanted = {"csrfmiddlewaretoken": token_on(client, "/"), "business": world.there.business.public_id}
    assert client.post("/account/business", wanted).status_code == 302
    return old


def test_a_form_of_the_business_before_is_refused(client: Client, world: World) -> None:
    stop = {"csrfmiddlewaretoken": move(client, world), "reason": "holidays"}
    before, entries = snapshot(), AuditEntry.objects.count()
    answer = client.post("/dashboard/pause-all", stop)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert (changed(before), AuditEntry.objects.count()) == ([], entries)
    assert "you work in Zubaida Ltd now" in page
    assert '<a class="btn btn-primary" href="/">' in page
    stop["csrfmiddlewaretoken"] = token_on(client, "/")
    assert client.post("/dashboard/pause-all", stop).status_code == 302, "the new page's own form is refused"
    assert changed(before)


def test_scripts_and_parts_of_that_page_are_told(client: Client, world: World) -> None:
    headers = {"X-CSRFToken": move(client, world)}
    answer = client.post("/dashboard/pause-all", headers={**headers, "Accept": "application/json"})
    told = answer.json()
    assert (answer.status_code, told["code"], told["next"]) == (403, "form_over", "/")
    assert "Zubaida Ltd" in told["message"]
    answer = client.post("/dashboard/pause-all", headers={**headers, "HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (403, "/")
    assert "you work in Zubaida Ltd now" in client.get("/").content.decode()


def test_who_moved_nowhere_is_led_back_to_the_page(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"], csrf=True)
    answer = client.post("/dashboard/pause-all", headers={"Referer": "http://testserver/campaigns/?q=a"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "stood open for too long" in page
    assert '<a class="btn btn-primary" href="/campaigns/?q=a">' in page
    foreign = client.post("/dashboard/pause-all", headers={"Referer": "https://evil.example/campaigns/"})
    assert "evil" not in foreign.content.decode()


def test_the_page_knows_how_to_say_it(client: Client, world: World) -> None:
    """``live.js`` opens this dialog when the stream is over and the badge names another business."""
    page = client.get("/").content.decode()
    dialog = re.search(r'<dialog id="elsewhere".*?</dialog>', page, re.DOTALL)
    assert dialog
    assert "Caravan Ltd" in dialog.group()
    move(client, world)
    assert client.get("/live/badge").json()["business"] == str(world.there.business.public_id)
