"""What a person does with a form to come in: the first run, an invitation, a password, a code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.house import House

PASSWORD = "caravan under seven stars"
INSIDE = re.compile(r"//[^/]+/(?!account|welcome/owner)")


@dataclass
class Owner:
    """Who owns the house. :ivar state: the browser's own record of the session, to open further windows with."""

    email: str
    state: Any


def first_run(page: Page, house: House) -> Owner:
    """From the link of the first start to the list of first steps."""
    page.goto("/campaigns/")
    expect(page.locator("body")).not_to_contain_text("New contract")  # nothing opens before somebody owns it
    page.goto(house.owner_link)
    page.fill("[name=name]", "Olga")
    page.fill("[name=email]", "olga@example.com")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=business_name]", "Flowers")
    page.select_option("[name=default_country]", "EG")
    page.locator("form:has([name=password]) button[type=submit]").click()
    page.wait_for_url(re.compile(r"/welcome/steps"))
    expect(page.locator("main")).to_contain_text("PostgreSQL")
    expect(page.locator("main")).to_contain_text("It is connected")  # the sandbox
    page.goto(house.owner_link)
    expect(page.locator("[name=password]")).to_have_count(0)  # the link worked once
    return Owner("olga@example.com", page.context.storage_state())


def invited(house: House, inviting: Page, joining: Page, *, email: str, name: str, language: str) -> None:
    """The owner invites an agent, who joins by the link and is signed in afterwards."""
    inviting.goto("/team/")
    inviting.fill("#id_email", email)
    inviting.select_option("#id_role", "agent")
    inviting.locator("#invite button[type=submit]").click()
    confirm_if_asked(inviting)
    link = inviting.locator(".q-once").get_by_text("/account/invitation/").first
    address = re.search(r"http://\S+/account/invitation/[\w-]+/?", link.inner_text())
    assert address is not None
    joining.goto(address.group())
    joining.fill("#id_name", name)
    joining.select_option("#id_language", language)
    joining.fill("#id_password", PASSWORD)
    joining.locator("form:has(#id_password) button[type=submit]").click()
    joining.wait_for_url(INSIDE)


def confirm_if_asked(page: Page) -> None:
    """Grave things ask for the password once more."""
    page.wait_for_load_state()
    if "/reauthenticate" in page.url:
        page.fill("#id_password", PASSWORD)
        page.locator("form:has(#id_password) button[type=submit]").click()
        page.wait_for_url(re.compile(r"^(?!.*reauthenticate)"))


def sign_in(page: Page, email: str) -> None:
    """E-mail and password; what comes next is for the caller."""
    page.goto("/account/login/")
    page.fill("#id_login", email)
    page.fill("#id_password", PASSWORD)
    page.locator("form:has(#id_login) button[type=submit]").click()


def sign_out(page: Page) -> None:
    """By the page that asks."""
    page.goto("/account/logout/")
    page.locator("main button[type=submit], form[action*=logout] button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/account/"))


def code(secret: str, *, step: int = 0) -> str:
    """What an authenticator app shows for a secret (RFC 6238), now or ``step`` half minutes later."""
    counter = int(time.time()) // 30 + step
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    start = mac[-1] & 15
    (number,) = struct.unpack(">I", mac[start : start + 4])
    return f"{(number & 0x7FFFFFFF) % 10**6:06d}"
