"""Between a page's look and its act somebody else may be quicker: what the action then refuses is a sentence, not a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import clear_url_caches, include, path

from qafila.businesses.actor import Actor
from qafila.businesses.models import User
from qafila.businesses.refusals import Clash, NotAllowed, NotFound, Refused
from qafila.web.shell.doors import MEMBER, signed_in

pytestmark = pytest.mark.django_db
REFUSALS: dict[str, Callable[[], Refused]] = {
    "clash": lambda: Clash("not_complete", "Its rows are not all in the books."),
    "gone": lambda: NotFound("contract"),
    "right": lambda: NotAllowed("contracts:write"),
}


@signed_in(MEMBER)
def refuses(request: HttpRequest, how: str) -> HttpResponseBase:
    raise REFUSALS[how]()


urlpatterns = [path("late/<str:how>", refuses), path("", include("qafila.project.urls"))]
handler403 = "qafila.project.refusing.forbidden"
handler404 = "qafila.project.refusing.page_not_found"


@pytest.fixture
def owner(owner_actor: Actor, settings: Any) -> Iterator[Client]:
    settings.ROOT_URLCONF = __name__
    clear_url_caches()
    client = Client(headers={"Referer": "http://testserver/campaigns/?status=paused"})
    client.force_login(User.objects.get(email="owner@example.com"))
    yield client
    clear_url_caches()


def test_it_leads_back_to_the_page_with_the_sentence(owner: Client) -> None:
    answer = owner.post("/late/clash")
    assert (answer.status_code, answer["Location"]) == (302, "/campaigns/?status=paused")
    assert "not all in the books" in owner.get("/campaigns/").content.decode()


def test_a_script_leads_the_page_back(owner: Client) -> None:
    answer = owner.post("/late/clash", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/campaigns/?status=paused")


@pytest.mark.parametrize(
    ("how", "status", "title"),
    [("gone", 404, "There is nothing at this address"), ("right", 403, "You may not open this")],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_gone_and_what_is_not_allowed_are_pages(
    owner: Client, how: str, status: int, title: str, method: str
) -> None:
    answer = getattr(owner, method)(f"/late/{how}")
    assert answer.status_code == status
    assert title in answer.content.decode()


def test_a_page_that_cannot_be_looked_at_leads_to_no_loop(owner: Client) -> None:
    owner.raise_request_exception = False
    assert owner.get("/late/clash").status_code == 500
