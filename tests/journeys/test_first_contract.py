"""Somebody who has never seen it: from the first link to a finished contract, with a spreadsheet that has bad rows."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
from playwright.sync_api import Page, expect

HOSTILE = "<img src=x onerror=alert(1)>"
GOOD = 30


def spreadsheet(path: Path) -> Path:
    """Thirty good rows, one of them written by somebody nasty; one repeated; three that cannot be sent."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Name", "Phone", "City"])
    for number in range(GOOD):
        sheet.append([HOSTILE if number == 7 else f"Person {number}", 79161234000 + number, "حيفا"])
    sheet.append(["Person 1", 79161234001, "حيفا"])
    sheet.append(["Short", "12", "Haifa"])
    sheet.append(["Nowhere", "+201001234567", ""])
    sheet.append(["Formula", "+201001234568", "#REF!"])
    book.save(path)
    return path


def figure(page: Page, name: str) -> str:
    return page.locator(".q-tile", has_text=name).locator("strong").inner_text().strip()


def test_from_the_first_steps_to_a_finished_contract(page: Page, tmp_path: Path) -> None:
    """The window's owner came by the first link: see :func:`tests.journeys.people.first_run`."""
    page.goto("/campaigns/")
    page.get_by_role("link", name="New contract").first.click()
    page.wait_for_url(re.compile(r"/campaigns/new/"))
    page.set_input_files("#file", spreadsheet(tmp_path / "people.xlsx"))
    page.get_by_role("button", name="Upload and go on").click()
    page.wait_for_url(re.compile(r"/map$"))
    expect(page.locator("select[name=phone] option:checked")).to_contain_text("Phone")

    page.check("input[name=kind][value=text]")
    page.fill("#text", "Hello {{Name|friend}}, see you in ")
    page.get_by_role("button", name="City").click()
    expect(page.locator("#text")).to_have_value("Hello {{Name|friend}}, see you in {{City}}")
    page.get_by_role("button", name="Check the rows").click()
    page.wait_for_url(re.compile(r"/check$"))
    assert [figure(page, name) for name in ("Good", "Rejected", "Repeated")] == [str(GOOD), "3", "1"]

    page.get_by_role("link", name="Rejected 3", exact=False).last.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Rejected rows (Excel)").click()
    saved = tmp_path / "rejected.xlsx"
    download.value.save_as(saved)
    rejected = openpyxl.load_workbook(saved).active
    assert rejected is not None
    assert [row[0] for row in rejected.iter_rows(min_row=2, values_only=True)] == [
        "Person 1",
        "Short",
        "Nowhere",
        "Formula",
    ]

    page.get_by_label("Phone, Row 33").fill("+201001234569")
    page.get_by_label("City, Row 34").fill("Cairo")
    page.get_by_role("button", name="Save cells and check again").click()
    page.wait_for_url(re.compile(r"/check$"))
    assert [figure(page, name) for name in ("Good", "of these put right", "Rejected")] == [
        str(GOOD + 2),
        "2",
        "1",
    ]

    page.get_by_role("link", name=f"Go on with {GOOD + 2} rows").click()
    expect(page.locator(".q-bubble")).to_contain_text("Hello Person 0, see you in حيفا")
    page.goto(page.url.split("?")[0] + "?who=8")
    expect(page.locator(".q-bubble")).to_contain_text(HOSTILE)  # as text

    page.fill("#title", "Spring")
    page.get_by_role("button", name=f"Send {GOOD + 2} messages now").click()
    page.wait_for_url(re.compile(r"/campaigns/contract_"))
    contract = page.url
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(re.compile(r"/send$"))
    expect(page.get_by_text("Taken back. Nothing was sent.")).to_be_visible()

    page.fill("#title", "Spring")
    page.get_by_role("button", name=f"Send {GOOD + 2} messages now").click()
    page.wait_for_url(re.compile(r"/campaigns/contract_"))
    assert page.url != contract
    expect(page.locator("main")).to_contain_text("Finished", timeout=120_000)
    # All of it on the page that stood open since before it began.
    expect(page.locator("#history")).to_contain_text("Started")
    expect(page.locator("#history")).to_contain_text("Finished")
    expect(page.locator("[data-chart=course] canvas").first).to_be_visible()
