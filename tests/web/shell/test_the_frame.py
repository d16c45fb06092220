"""The frame of every page: language and theme without scripts, navigation by rights, search, pages of faults."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from qafila.alerts.models import Alert
from qafila.businesses.models import User
from qafila.web.shell import views
from tests.web.hostile import PAYLOADS, wounds
from tests.web.world import MARK, World

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]


def html_of(client: Client, path: str = "/exports/", **given: object) -> str:
    answer = client.get(path, **given)  # type: ignore[arg-type]
    return answer.content.decode()


@pytest.mark.parametrize(
    ("language", "direction"), [("ar", "rtl"), ("he", "rtl"), ("ru", "ltr"), ("en", "ltr")]
)
def test_a_language_is_chosen_by_a_plain_form(
    world: World, browser: Browser, language: str, direction: str
) -> None:
    person = world.here.people["owner"]
    client = browser(person)
    answer = client.post("/language", {"language": language, "next": "/exports/?a=1"})
    assert answer["Location"] == "/exports/?a=1"
    html = html_of(client)
    assert f'<html lang="{language}" dir="{direction}"' in html
    assert ("tabler.rtl.min.css" in html) is (direction == "rtl")
    person.refresh_from_db()
    assert person.language == language
    again = Client()
    again.force_login(User.objects.get(pk=person.pk))
    assert f'<html lang="{language}"' in html_of(again), "the person's language is not the person's"


def test_an_unknown_language_or_theme_changes_nothing(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    client.post("/language", {"language": "xx"})
    client.post("/theme", {"theme": '"><script>'})
    html = html_of(client)
    assert 'data-theme="system"' in html
    assert '<html lang="en"' in html


def test_a_theme_is_drawn_by_the_server(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    client.post("/theme", {"theme": "dark"})
    assert 'data-theme="dark" data-bs-theme="dark"' in html_of(client)
    assert client.post("/theme", {"theme": "light"}, headers={"X-Requested-With": "fetch"}).status_code == 204


def test_navigation_has_only_what_one_may_open(world: World, browser: Browser) -> None:
    def parts(role: str) -> set[str]:
        return set(
            re.findall(r'class="q-nav-link" href="([^"]+)"', html_of(browser(world.here.people[role])))
        )

    assert parts("owner") >= {"/", "/campaigns/", "/team/", "/keys/"}
    for address in parts("owner") - parts("read_only"):
        assert browser(world.here.people["read_only"]).get(address).status_code == 403, address
    for role in ("owner", "read_only"):
        for address in parts(role):
            assert browser(world.here.people[role]).get(address).status_code == 200, (role, address)


def test_each_shortcut_leads_to_the_part_that_the_list_names(world: World, browser: Browser) -> None:
    keys = (Path(views.__file__).parents[1] / "static/qafila/js/keys.js").read_text("utf-8")
    assert '.q-nav-link[data-shortcut="${event.code.slice(5)}"]' in keys
    for role in ("owner", "read_only"):
        html = html_of(browser(world.here.people[role]))
        listed = re.findall(r"<kbd>Alt</kbd> <kbd>(\d)</kbd></dt><dd>([^<]+)</dd>", html)
        links = re.findall(
            r'<a class="q-nav-link" href="([^"]+)" data-shortcut="(\d)".*?<span>([^<]+)</span>', html
        )
        assert [(key, title) for _, key, title in links] == listed
        assert {key: url for url, key, _ in links} == {
            "1": "/",
            "2": "/campaigns/",
            "3": "/messages/",
            "4": "/senders/",
            "5": "/alerts/",
        }


def test_a_part_that_cannot_be_loaded_has_words_for_it(world: World, browser: Browser) -> None:
    """The script that draws them is seen at work in ``tests/journeys``."""
    html = html_of(browser(world.here.people["owner"]))
    words = re.search(r"<template data-part-broken>(.*?)</template>", html, re.DOTALL)
    assert words
    for place in (
        "data-part-fault",
        "data-part-again",
        "data-part-number",
        "data-part-with",
        "data-part-without",
    ):
        assert place in words.group(1), place
    assert "This could not be loaded" in words.group(1)


def test_the_badge_counts_unread_alerts(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    Alert.objects.all().delete()
    assert re.search(r"data-alert-count hidden", html_of(client))
    for number in range(3):
        Alert.objects.create(
            business=world.here.business,
            level="info",
            code=f"c{number}",
            opened_at="2026-01-01T00:00:00Z",
            last_at="2026-01-01T00:00:00Z",
        )
    assert '<bdi dir="ltr">3</bdi>' in html_of(client)
    business = str(world.here.business.public_id)
    assert client.get("/live/badge").json() == {"alerts": 3, "business": business}
    assert f'data-business="{business}"' in html_of(client), "the page does not know whose it is"


def test_the_frame_names_who_and_where_and_escapes_them(world: World, browser: Browser) -> None:
    person, business = world.here.people["owner"], world.here.business
    client = browser(person)
    for payload in PAYLOADS[::7]:
        if "\x00" in payload:
            continue
        User.objects.filter(pk=person.pk).update(name=payload[:200])
        type(business).objects.filter(pk=business.pk).update(name=payload[:200])
        assert wounds(html_of(client)) == [], payload


def test_the_keyless_banner_is_seen_by_who_manages_keys(
    world: World, browser: Browser, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings as live

    monkeypatch.setattr(live.ENV, "legacy_keyless_from", ["10.1.0.0/16"])
    assert "10.1.0.0/16" in html_of(browser(world.here.people["owner"]))
    assert "10.1.0.0/16" not in html_of(browser(world.here.people["agent"]))


def test_search_finds_contracts_people_and_senders(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    campaign, sender = world.here.campaign, world.here.sender

    def found(wanted: str) -> dict[str, str]:
        answer = client.get("/search", {"q": wanted}, headers={"Accept": "application/json"})
        return {one["url"]: one["title"] for one in json.loads(answer.content)["found"]}

    contract = f"/campaigns/{campaign.public_id}"
    assert contract in found(campaign.name[1:5].upper())
    assert list(found(campaign.public_id)) == [contract]
    assert f"/senders/{sender.public_id}" in found(sender.name)
    for address in {*found(campaign.name), *found(sender.name)}:
        assert client.get(address, follow=True).status_code == 200, address
    assert found("zzzz nothing") == {}
    assert found("") == {}


def test_search_shows_nothing_of_others_and_needs_rights(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    there = world.there
    for wanted in (
        MARK,
        there.campaign.name,
        there.campaign.public_id,
        there.sender.name,
        there.sender.phone,
    ):
        answer = client.get("/search", {"q": wanted}, headers={"Accept": "application/json"})
        for one in answer.json()["found"]:
            assert MARK not in one["title"]
            assert there.campaign.public_id not in one["url"]
            assert str(there.sender.public_id) not in one["url"]


def test_hostile_searches_stay_texts(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    for payload in (*PAYLOADS[::5], "%" * 400, "\\", "_", "(((((((((", "\u202e" * 50):
        answer = client.get("/search", {"q": payload})
        assert answer.status_code == 200
        assert wounds(answer.content.decode()) == [], payload


@pytest.mark.parametrize("language", ["ar", "he", "ru", "en"])
def test_a_page_that_is_not_there_is_a_page(language: str) -> None:
    client = Client()
    client.cookies["django_language"] = language
    answer = client.get("/nothing/<script>here")
    html = answer.content.decode()
    assert answer.status_code == 404
    assert f'<html lang="{language}"' in html
    assert answer["X-Request-Id"] in html
    assert wounds(html) == []


def test_the_api_keeps_its_own_shape_of_refusal() -> None:
    for path in ("/api/nothing", "/api/contracts"):
        answer = Client().get(path)
        assert answer.json()["error"]["code"]


def test_a_fault_needs_no_database_to_say_so(rf: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection
    from django.test import RequestFactory

    from qafila.web.shell.errors import server_error

    def away(*_: object, **__: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(connection, "cursor", away)
    request = RequestFactory().get("/")
    request.request_id = "r123"  # type: ignore[attr-defined]
    answer = server_error(request)
    assert answer.status_code == 500
    assert "r123" in answer.content.decode()


def test_a_refused_right_says_so_in_words(world: World, browser: Browser) -> None:
    answer = browser(world.here.people["read_only"]).get("/team/")
    assert answer.status_code == 403
    assert "Your role does not allow this" in answer.content.decode()
