"""A contract is made for tomorrow, looked at, and given an earlier moment: it begins by itself while the page stands open."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, PHONE

ROWS = "Name\tPhone\nAnna\t79161234901\nBoris\t79161234902\n"


def fits(page: Page) -> None:
    """No wider than a phone and than a desk."""
    for size in (PHONE, DESK):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond == 0, (page.url, size)


def test_it_begins_at_its_moment_while_one_looks(page: Page) -> None:
    page.goto("/campaigns/new/")
    page.fill("#pasted", ROWS)
    page.locator("form:has(#pasted) button[type=submit]").click()
    page.wait_for_url(re.compile(r"/map$"))
    page.check("input[name=kind][value=text]")
    page.fill("#text", "Hello {{Name}}")
    page.get_by_role("button", name="Check the rows").click()
    page.wait_for_url(re.compile(r"/check$"))
    page.get_by_role("link", name="Go on with 2 rows").click()

    page.fill("#title", "For later")
    now, then = (
        page.get_by_role("button", name=f"Send 2 messages {when}") for when in ("now", "at that moment")
    )
    expect(now).to_be_visible()
    expect(page.locator("#at")).to_be_hidden()
    page.check("#when_at")
    expect(then).to_be_visible()
    expect(now).to_be_hidden()
    tomorrow = datetime.fromisoformat(page.input_value("#at"))
    assert f"{tomorrow:%H:%M}" == "09:00"
    page.get_by_role("button", name="Show when it is done then").click()
    expect(page.locator("dl.q-summary")).to_contain_text("Begins")
    expect(page.locator("dl.q-summary")).to_contain_text(", 09:0")
    expect(page.locator("#title")).to_have_value("For later")
    fits(page)
    then.click()
    page.wait_for_url(re.compile(r"/campaigns/contract_"))
    expect(page.locator("main")).to_contain_text("Begins")
    contract = page.url
    fits(page)
    page.goto("/campaigns/?q=For+later")
    expect(page.locator("main")).to_contain_text("Planned")
    fits(page)
    page.goto(f"/campaigns/calendar?month={tomorrow:%Y-%m}")
    expect(page.locator(f"td:has(time[datetime='{tomorrow:%Y-%m-%d}'])")).to_contain_text("For later")
    fits(page)

    page.goto(contract)
    page.get_by_role("link", name="Change the moment").click()
    fits(page)
    clock = re.findall(r"\d\d:\d\d", page.locator("#id_at_hint").inner_text())[-1]
    today = tomorrow.date() - timedelta(days=1)
    soon = datetime.fromisoformat(f"{today}T{clock}") + timedelta(minutes=1)
    page.fill("#id_at", f"{soon:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Set the moment").click()
    page.wait_for_url(contract)
    expect(page.locator("#history")).to_contain_text("Planned for")
    expect(page.locator("#history")).to_contain_text("Began as planned", timeout=150_000)
    expect(page.locator("main")).to_contain_text("Finished", timeout=120_000)
