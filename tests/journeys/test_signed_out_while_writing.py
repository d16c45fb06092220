"""A sign-in that ends while somebody fills in a new contract costs nothing that was written."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.journeys import people
from tests.journeys.conftest import DESK, SLOWEST_ANSWER
from tests.journeys.house import House


def test_what_is_written_stays_until_one_is_signed_in_again(
    browser: Browser, house: House, owner: people.Owner
) -> None:
    # A window of its own: that a call is refused without a sign-in is what is asked for here.
    context = browser.new_context(base_url=house.address, viewport=DESK, storage_state=owner.state)
    try:
        page = context.new_page()
        page.set_default_timeout(SLOWEST_ANSWER)
        page.goto("/campaigns/new/")
        page.fill("#pasted", "Phone\tName\n+201170000700\tAnna\n")
        page.get_by_role("button", name="Use these rows").click()
        page.wait_for_url("**/map")
        kept = context.cookies()
        context.clear_cookies(name="qafila")
        page.check("input[name=kind][value=text]")
        page.fill("#text", "Hello {{name}}")
        go_on = page.get_by_role("button", name="Check the rows")
        go_on.click()
        notice = page.locator("[data-signed-out]")
        expect(notice).to_be_visible()
        expect(notice.get_by_role("link")).to_have_attribute(
            "href", re.compile(r"/account/login/\?next=.*/map$")
        )
        expect(page.locator("#text")).to_have_value("Hello {{name}}")
        context.add_cookies([{**one} for one in kept])  # signed in again in another tab
        go_on.click()
        page.wait_for_url("**/check")
        page.goto(page.url.removesuffix("check") + "map")
        expect(page.locator("#text")).to_have_value("Hello {{name}}")
    finally:
        context.close()
