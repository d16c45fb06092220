"""Arabic at the width of a small phone: from right to left, and nothing to push sideways."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys import people
from tests.journeys.conftest import PHONE, Window
from tests.journeys.house import House

TEXT = "مرحبا Anna، طلبك رقم A-1042 جاهز. Call +972 54-000-0001!"


def fits(page: Page) -> None:
    """From right to left, in Arabic, no wider than the phone."""
    shape = page.evaluate("[document.documentElement.lang, document.documentElement.dir]")
    assert shape == ["ar", "rtl"], page.url
    beyond = page.evaluate(
        "() => { const wide = document.documentElement.clientWidth;"
        " return document.documentElement.scrollWidth - wide || document.body.scrollWidth - wide }"
    )
    assert beyond == 0, page.url


def test_nadia_signs_in_and_looks_at_a_contract(page: Page, window: Window, house: House) -> None:
    contract = house.contract("تذكير بالموعد", [TEXT] * 3, first=201_130_000_000)
    phone = window(size=PHONE, locale="ar-EG")
    people.invited(house, page, phone, email="amal@example.com", name="أمل", language="ar")
    people.sign_out(phone)
    fits(phone)
    people.sign_in(phone, "amal@example.com")
    phone.wait_for_url(people.INSIDE)
    fits(phone)

    phone.locator(".q-bottom a[href='/campaigns/']").click()
    phone.wait_for_url(re.compile(r"/campaigns/$"))
    fits(phone)
    phone.get_by_role("link", name="تذكير بالموعد").first.click()
    phone.wait_for_url(re.compile(contract))
    fits(phone)
    phone.locator(f"a[href*='{contract}'][href*='/messages/']:not([href*=format])").last.click()
    phone.wait_for_url(re.compile(r"/messages/"))
    fits(phone)
    phone.locator("main a[href^='/messages/']:has-text('+20')").first.click()
    expect(phone.locator(".q-bubble p").first).to_have_attribute("dir", "auto")
    expect(phone.locator(".q-bubble").first).to_contain_text(TEXT)
    fits(phone)
