"""Every page is looked at by axe: nothing serious or critical may be found.

Each page once, with language, colours and width in turn, so that a run covers all of them; ``make axe`` sets ``AXE=all`` and
takes every page in all sixteen ways.
"""

from __future__ import annotations

import itertools
import os
import re

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import people
from tests.journeys.addresses import Address, gathered
from tests.journeys.conftest import DESK, PHONE, SLOWEST_ANSWER, Window
from tests.journeys.house import House
from tests.journeys.looking import stumbles

LANGUAGES = ("en", "ar", "he", "ru")
WAYS = tuple(itertools.product(("light", "dark"), (DESK["width"], PHONE["width"])))
ALL = os.environ.get("AXE") == "all"
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.right > document.documentElement.clientWidth || box.left < 0;
}).map((each) => `${each.tagName}.${each.className}`).slice(0, 9)"""
_CSV = b"Phone;Name\n+201160000001;Anna\n12;Boris\n+201160000002;\n"


@pytest.fixture(scope="session")
def addresses(browser: Browser, house: House, owner: people.Owner) -> list[Address]:
    """Every page, each with something real on it."""
    inside = browser.new_context(base_url=house.address, storage_state=owner.state)
    outside = browser.new_context(base_url=house.address)
    page = inside.new_page()
    page.set_default_timeout(SLOWEST_ANSWER)
    secrets = furnish(page, house)
    found, missing = gathered(inside, outside, secrets)
    inside.close()
    outside.close()
    assert not missing, "no link leads there, so furnish() has to make such a thing:\n" + "\n".join(missing)
    return found


def furnish(page: Page, house: House) -> dict[str, dict[str, object]]:
    """Something of everything: contracts in each state, an alert, a draft, an invitation, a key. What no walk finds, such as the
    secrets of links: name of the page to the values of its address."""
    house.fault(effect="error_code", code=132001, to="2011600003*")
    for effect in ("webhook_lost", "processed_but_response_lost"):
        house.fault(effect=effect, to="2011600004*")
    house.contract("Axe, held", ["Hello"] * 12, first=201_160_000_300)
    house.contract("Axe, uncertain", ["Hello"] * 3, first=201_160_000_400)
    contract = house.contract("Axe", ["Hello", "مرحبا", "שלום", "Привет"], first=201_160_000_095)
    not_started = house.contract("Axe, not started", ["Hello"], first=201_160_000_200, start=False)
    page.goto(f"/campaigns/{contract}")
    page.locator(".q-state").get_by_text("Finished").wait_for()
    page.goto("/alerts/")
    page.locator("main").get_by_text("Axe, held").wait_for()
    page.goto("/campaigns/new/")
    page.set_input_files("#file", {"name": "axe.csv", "mimeType": "text/csv", "buffer": _CSV})
    page.get_by_role("button", name="Upload and go on").click()
    page.wait_for_url("**/map")
    page.check("input[name=kind][value=text]")
    page.fill("#text", "Hello {{Name|friend}}")
    page.get_by_role("button", name="Check the rows").click()
    page.wait_for_url("**/check")
    page.goto("/team/")
    page.fill("#id_email", "axe@example.com")
    page.locator("#invite button[type=submit]").click()
    people.confirm_if_asked(page)
    invitation = page.locator(".q-once").get_by_text("/account/invitation/").first.inner_text()
    page.goto("/keys/")
    page.fill("#id_name", "Axe")
    page.locator("form:has(#id_name) button[type=submit]").click()
    people.confirm_if_asked(page)
    gateway = _numbers_and_receivers(house)
    said = house.command("people", "sign-in-link", "olga@example.com")
    return {
        "campaigns:plan": {"public_id": not_started},
        "senders:set_up": {"sender_id": gateway},
        "senders:try_gateway": {"sender_id": gateway},
        "invitation": {"secret": _secret(invitation, "invitation")},
        "sign_in_link": {"secret": _secret(said, "link")},
    }


def _secret(text: str, place: str) -> str:
    found = re.search(rf"/account/{place}/([\w-]+)", text)
    assert found is not None, place
    return found.group(1)


def _numbers_and_receivers(house: House) -> str:
    """A direction, a package of a number, a number on a linked phone, one on an HTTP gateway, and somebody who is told by webhook.
    Returns the id of the one on the gateway."""
    number = house.api("accounts")["accounts"][0]
    house.api("directions", {"name": "Implants"})
    package = house.api("v1/packages", {"name": "Axe pool"})
    house.api(f"v1/packages/{package['id']}/profiles", {"profile_id": number["id"], "weight": 1})
    opened = {"message_type": "text", "content": "We are open.", "recipients": ["+201160000501"]}
    house.api(f"v1/packages/{package['id']}/messages/open", opened)
    house.api(
        "provider-accounts",
        {
            "kind": "waha",
            "name": "Axe phone",
            "phoneNumber": "+201160000777",
            "fields": {"base_url": "https://waha.example.com", "api_key": "axe-key", "session": "default"},
        },
    )
    described = {"base_url": "https://gateway.example.com/api", "token": "axe-token"}
    gateway = house.api(
        "provider-accounts",
        {
            "kind": "http_gateway",
            "name": "Axe gateway",
            "phoneNumber": "+201160000778",
            "fields": described,
        },
    )
    endpoint = house.api("v1/webhook-endpoints", {"url": "https://shop.example.com/hooks", "eventTypes": []})
    house.api(f"v1/webhook-endpoints/{endpoint['id']}/test", {})
    return str(gateway["accountId"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_stops_anybody(
    language: str, addresses: list[Address], window: Window, owner: people.Owner
) -> None:
    inside, outside = window(state=owner.state), window(locale=language)
    speak(inside, language)
    found: list[str] = []
    for turn, address in enumerate(addresses):
        mine = WAYS if ALL else WAYS[turn // len(LANGUAGES) % len(WAYS) :][:1]
        if not ALL and LANGUAGES[turn % len(LANGUAGES)] != language:
            continue
        for theme, width in mine:
            page = inside if address.inside else outside
            found += looked_at(page, address, theme, width)
    speak(inside, "en")
    assert not found, "\n".join(found)


def looked_at(page: Page, address: Address, theme: str, width: int) -> list[str]:
    page.context.add_cookies([{"name": "theme", "value": theme, "domain": "localhost", "path": "/"}])
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address.path)
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    too_wide = page.evaluate(TOO_WIDE) if beyond > 0 else []
    where = f"{address.name} {theme} {width}"
    return [f"{where}: {each}" for each in stumbles(page)] + (
        [f"{where}: {beyond} pixels to push sideways: {too_wide}"] if beyond > 0 else []
    )


def speak(page: Page, language: str) -> None:
    """The signed-in person's language, by the choice that stands on every page."""
    page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
    page.goto("/audit/chain")
    if page.get_attribute("html", "lang") != language:
        with page.expect_navigation():
            page.locator(".q-language select").first.select_option(language)
