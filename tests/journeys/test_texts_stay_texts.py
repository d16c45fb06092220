"""What people type is shown, never run: names, files, messages full of markup, in a real browser.

A script that ran would set a mark in the window or open a dialog; one that the content policy stopped would be a line in the
console. All three fail. The rest of the three hundred is tried without a browser (tests/web).
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.house import House
from tests.web.hostile import MARK, PAYLOADS

SOME = PAYLOADS[:: max(1, len(PAYLOADS) // 40)]
LOUD = "<img src=x onerror=alert(1)>"
QUOTED = "\"><svg onload=alert(1)>'`"


def unharmed(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    assert page.evaluate(f"window.{MARK}") is None, page.url
    assert page.locator("img[src=x], iframe, object, embed, base").count() == 0, page.url


def test_in_names_messages_and_files(page: Page, house: House, tmp_path: Path) -> None:
    contract = house.contract(LOUD, [*SOME, QUOTED], first=201_140_000_000)
    page.goto("/account/profile/")
    page.fill("#id_name", QUOTED)
    page.locator("form:has(#id_name) button[type=submit]").click()

    for path in ("/", "/campaigns/", f"/campaigns/{contract}", "/audit/", "/team/", f"/search?q={LOUD}"):
        page.goto(path)
        unharmed(page)
    page.goto("/campaigns/")
    expect(page.locator("main")).to_contain_text(LOUD)
    page.goto(f"/messages/?campaign={contract}&size=100")
    unharmed(page)
    expect(page.locator("main")).to_contain_text("onerror")

    page.locator("main a[href^='/messages/']").filter(has_text="+20").first.click()
    unharmed(page)

    page.goto("/campaigns/new/")
    file = tmp_path / "people.csv"
    file.write_text(f'Phone;{LOUD}\n+201150000001;"{QUOTED.replace(chr(34), chr(34) * 2)}"\n12;{LOUD}\n')
    page.set_input_files(
        "#file", {"name": f"{LOUD}.csv", "mimeType": "text/csv", "buffer": file.read_bytes()}
    )
    page.get_by_role("button", name="Upload and go on").click()
    page.wait_for_url("**/map")
    unharmed(page)
    expect(page.locator("main")).to_contain_text(LOUD)
    page.check("input[name=kind][value=text]")
    page.fill("#text", f"{LOUD} {{{{{LOUD}}}}} {QUOTED}")
    # It goes once what was written is kept.
    with page.expect_navigation():
        page.get_by_role("button", name="Check the rows").click()
    unharmed(page)
    page.goto("/campaigns/new/")
    unharmed(page)
    page.goto("/account/profile/")
    page.fill("#id_name", "Olga")
    page.locator("form:has(#id_name) button[type=submit]").click()
