"""What stands around every page, in a real browser: keys, live lists, the stamp, choosing all rows, a drawn chart."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
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
        struck(page, "Digit5", "5", modifiers=1)  # not the fifth in the list
        page.wait_for_url("**/alerts/")
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

    row = page.locator("[data-rows] tr").nth(2)
    elsewhere = page.context.new_page()
    elsewhere.goto(row.get_attribute("data-url") or "")
    elsewhere.locator("button[name=verb][value=cancel]").click()
    elsewhere.wait_for_load_state()
    elsewhere.close()
    expect(row).to_contain_text("No longer in this list")
    expect(row.locator("[data-tick]")).to_be_disabled()
    expect(page.locator("#list-total")).to_have_text("39")
    expect(page.locator("[data-all]")).to_contain_text("All 39 that match")


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


@pytest.fixture
def alone(browser: Browser, house: House, owner: people.Owner) -> Iterator[Page]:
    """A window of its own, in which answers that are no good are asked for."""
    context = browser.new_context(base_url=house.address, viewport=DESK, storage_state=owner.state)
    page = context.new_page()
    page.set_default_timeout(SLOWEST_ANSWER)
    yield page
    context.close()


def test_a_bulk_action_without_an_answer_says_so(alone: Page, house: House) -> None:
    contract = house.contract("Shell, unanswered", ["Hello"] * 3, first=201_170_000_600, start=False)
    alone.goto(f"/messages/?campaign={contract}&state=queued")
    alone.check("[data-tick-page]")
    dialog = alone.locator("#list-dialog")
    alone.context.set_offline(True)
    alone.get_by_role("button", name="Take out of the queue").click()
    expect(dialog).to_contain_text("did not answer")
    alone.context.set_offline(False)
    dialog.get_by_role("button", name="Try again").click()
    expect(dialog).to_contain_text("3 messages leave the queue")


def test_a_part_that_cannot_be_loaded_says_so_and_is_asked_for_again(alone: Page, house: House) -> None:
    contract = house.contract("Shell, broken", ["Hello"], first=201_170_000_500, start=False)
    alone.route("**/waiting", lambda route: route.fulfill(status=500, headers={"X-Request-Id": "broken-7"}))
    alone.goto(f"/campaigns/{contract}")
    fault = alone.locator("[data-part-fault]")
    expect(fault).to_contain_text("This could not be loaded")
    expect(fault.locator("[data-part-number]")).to_contain_text("broken-7")
    expect(fault.locator("[data-part-without]")).to_be_hidden()
    expect(alone.locator(".q-skeleton")).to_have_count(0)
    alone.unroute("**/waiting")
    alone.route("**/waiting", lambda route: route.abort())
    fault.locator("[data-part-again]").click()
    expect(fault.locator("[data-part-without]")).to_be_visible()
    expect(fault.locator("[data-part-number]")).to_be_hidden()
    alone.unroute("**/waiting")
    fault.locator("[data-part-again]").click()
    expect(fault).to_have_count(0)


def test_charts_that_cannot_be_had_say_so_and_are_asked_for_again(alone: Page, house: House) -> None:
    alone.route(re.compile(r"/pace\.json$"), lambda route: route.abort("connectionrefused"))
    alone.route(
        re.compile(r"/days\.json$"), lambda route: route.fulfill(status=500, headers={"X-Request-Id": "r-43"})
    )
    alone.goto("/senders/")
    alone.locator("main a[href^='/senders/']:not([href$='/new'])").first.click()
    pace, days = alone.locator("[data-pace]"), alone.locator("[data-days]")
    expect(pace.locator("[data-part-fault]")).to_contain_text("look whether you are connected")
    expect(days.locator("[data-part-fault]")).to_contain_text("r-43")
    alone.unroute_all()
    for chart in (pace, days):
        chart.locator("[data-part-again]").click()
        expect(chart.locator("canvas")).to_be_visible()
        expect(chart).to_have_attribute("role", "img")


def test_a_form_that_is_on_its_way_is_not_sent_again(alone: Page) -> None:
    alone.goto("/campaigns/")
    with alone.expect_navigation():
        ignored = alone.evaluate("""() => {
          const ignored = [];
          addEventListener("submit", (event) => ignored.push(event.defaultPrevented));
          const form = document.querySelector(".q-side .q-language");
          form.requestSubmit();
          form.requestSubmit();
          return [...ignored, form.querySelector("button").getAttribute("aria-disabled")];
        }""")
    assert ignored == [False, True, "true"]
    assert alone.locator(".q-side .q-language button").get_attribute("aria-disabled") is None


def test_a_page_of_another_business_says_that_it_is_old(alone: Page) -> None:
    """As the server says it when the person has gone on to another of their businesses in another tab."""
    over = 'event: over\ndata: {"at": "2026-01-01T00:00:00Z"}\n\n'
    alone.route("**/live?*", lambda route: route.fulfill(content_type="text/event-stream", body=over))
    alone.route("**/live/badge", lambda route: route.fulfill(json={"alerts": 0, "business": "another"}))
    alone.goto("/campaigns/")
    expect(alone.locator("#elsewhere")).to_be_visible()
    expect(alone.locator("#elsewhere")).to_contain_text("Flowers")
    alone.unroute_all()
    alone.locator("#elsewhere a").click()
    alone.wait_for_url(lambda url: url.endswith("/"))
    expect(alone.locator("#elsewhere")).to_be_hidden()


@pytest.mark.parametrize("clipboard", ["refuses", "is missing"])
def test_a_clipboard_that_refuses_is_said_and_the_text_is_marked(page: Page, clipboard: str) -> None:
    """A browser without the permission, and a page over plain http. A fault in the page's script fails the journey too."""
    broken = "{writeText: () => Promise.reject(new DOMException('no', 'NotAllowedError'))}"
    value = broken if clipboard == "refuses" else "undefined"
    page.add_init_script(f"Object.defineProperty(navigator, 'clipboard', {{value: {value}}})")
    page.goto("/docs/")
    button = page.locator("[data-copy]").first
    text = button.get_attribute("data-copy")
    button.click()
    button.click()
    toast = page.locator("[data-copy-toast]")
    expect(toast).to_have_count(1)
    expect(toast).to_contain_text("copy it yourself")
    assert page.evaluate("getSelection().toString().trim()") == str(text).strip()
    toast.get_by_role("button", name="Close").click()
    expect(toast).to_have_count(0)
