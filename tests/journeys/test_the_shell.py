"""What stands around every page, in a real browser: keys, live lists, the stamp, choosing all rows, a drawn chart."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.journeys import people
from tests.journeys.conftest import DESK, SLOWEST_ANSWER
from tests.journeys.house import House
from tests.journeys.test_axe import speak


def struck(page: Page, code: str, key: str, *, modifiers: int = 0) -> None:
    """A key by its place on the keyboard, with what the layout writes there. Modifiers: 1 is Alt, 8 is Shift."""
    keyboard = page.context.new_cdp_session(page)
    for kind in ("rawKeyDown", "keyUp"):
        given = {"type": kind, "code": code, "key": key, "modifiers": modifiers}
        keyboard.send("Input.dispatchKeyEvent", given)
    keyboard.detach()


def test_keys_work_by_their_place_whatever_the_layout_writes(page: Page) -> None:
    page.goto("/campaigns/")
    page.keyboard.press("Shift+Slash")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.keyboard.press("Slash")
    expect(page.locator("#q-search")).to_be_focused()
    page.keyboard.press("Shift+Slash")  # while somebody types it is a letter
    expect(page.locator("#shortcuts")).to_be_hidden()
    expect(page.locator("#q-search")).to_have_value("?")
    speak(page, "he")
    try:
        page.goto("/campaigns/")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        struck(page, "Slash", ".")  # a Hebrew keyboard has a full stop there
        expect(page.locator("#q-search")).to_be_focused()
        page.locator("#q-search").blur()
        third = page.locator(".q-nav-link").nth(2).get_attribute("href")
        assert third
        struck(page, "Digit3", "3", modifiers=1)
        page.wait_for_url(f"**{third}")
    finally:
        speak(page, "en")


def test_a_list_stays_where_it_is_and_chooses_all(page: Page, house: House) -> None:
    one = house.contract("Shell, many", ["Hello"] * 40, first=201_170_000_100, start=False)
    house.contract("Shell, second", ["Hello"], first=201_170_000_200, start=False)
    page.goto("/campaigns/")
    stamp = page.locator("[data-live-stamp]")
    expect(stamp).to_be_visible()
    before = [row.get_attribute("data-row") for row in page.locator("[data-rows] tr").all()]
    place = page.locator("[data-rows] tr").first.bounding_box()
    house.contract("Shell, new", ["Hello"], first=201_170_000_300, start=False)
    expect(page.locator("[data-new]")).to_be_visible()
    assert [row.get_attribute("data-row") for row in page.locator("[data-rows] tr").all()] == before
    assert page.locator("[data-rows] tr").first.bounding_box() == place
    page.locator("[data-new]").click()
    expect(page.locator("[data-rows]")).to_contain_text("Shell, new")

    page.goto(f"/messages/?campaign={one}&state=queued")  # what can be done depends on the state
    total = page.locator("[data-total]").get_attribute("data-total")
    assert total == "40"
    page.check("[data-tick-page]")
    expect(page.locator("[data-bulk-count]")).to_contain_text("25")
    page.check("[name=all]")
    expect(page.locator("[data-bulk-count]")).to_contain_text("40")
    page.get_by_role("button", name="Take out of the queue").click()
    dialog = page.locator("#list-dialog")
    expect(dialog).to_contain_text("40 messages leave the queue")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_contract_shows_its_pace_and_says_when_it_is_cut_off(
    browser: Browser, house: House, owner: people.Owner
) -> None:
    contract = house.contract("Shell, drawn", ["Hello"] * 3, first=201_170_000_400)
    # A window of its own: that calls fail without a network is what is asked for here.
    context = browser.new_context(base_url=house.address, viewport=DESK, storage_state=owner.state)
    try:
        page = context.new_page()
        page.set_default_timeout(SLOWEST_ANSWER)
        page.goto(f"/campaigns/{contract}")
        expect(page.locator(".q-chart canvas").first).to_be_visible()
        stamp = page.locator("[data-live-stamp]")
        expect(stamp).to_be_visible()
        expect(stamp).not_to_have_class(re.compile("is-stale"))
        context.set_offline(True)
        expect(stamp).to_have_class(re.compile("is-stale"))
        context.set_offline(False)
        expect(stamp).not_to_have_class(re.compile("is-stale"))
    finally:
        context.close()
