"""Coming in: password and code, passkey, a link from the command line."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys import people
from tests.journeys.conftest import Window
from tests.journeys.house import House
from tests.journeys.people import INSIDE

VIRTUAL_PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_an_authenticator_app_is_set_up_and_asked_for(page: Page, window: Window, house: House) -> None:
    nadia = window()
    people.invited(house, page, nadia, email="nadia@example.com", name="Nadia", language="en")
    nadia.goto("/account/2fa/totp/activate/")
    people.confirm_if_asked(nadia)
    found = re.search(r"\b[A-Z2-7]{32}\b", nadia.locator("main").inner_html())
    assert found is not None
    secret = found.group()
    nadia.fill("#id_code", people.code(secret))
    nadia.get_by_role("button", name="Switch it on").click()
    expect(nadia.locator("pre")).to_contain_text(re.compile(r"\d{8}"))
    recovery = re.findall(r"\b\d{8}\b", nadia.locator("pre").inner_text())
    people.sign_out(nadia)

    people.sign_in(nadia, "nadia@example.com")
    nadia.wait_for_url(re.compile(r"/account/2fa/authenticate"))
    nadia.fill("#id_code", "000000" if people.code(secret, step=1) != "000000" else "111111")
    nadia.locator("form:has(#id_code) button[type=submit]").click()
    expect(nadia.locator("form:has(#id_code)")).to_be_visible()  # a wrong one opens nothing
    nadia.fill("#id_code", people.code(secret, step=1))  # the one of the set-up is used up
    nadia.locator("form:has(#id_code) button[type=submit]").click()
    nadia.wait_for_url(INSIDE)
    people.sign_out(nadia)

    people.sign_in(nadia, "nadia@example.com")
    nadia.wait_for_url(re.compile(r"/account/2fa/authenticate"))
    nadia.fill("#id_code", recovery[0])
    nadia.locator("form:has(#id_code) button[type=submit]").click()
    nadia.wait_for_url(INSIDE)


def test_a_passkey_opens_without_a_password(page: Page, window: Window, house: House) -> None:
    yusuf = window()
    people.invited(house, page, yusuf, email="yusuf@example.com", name="Yusuf", language="en")
    phone = yusuf.context.new_cdp_session(yusuf)
    phone.send("WebAuthn.enable")
    phone.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL_PHONE})
    yusuf.goto("/account/2fa/webauthn/add/")
    people.confirm_if_asked(yusuf)
    yusuf.click("#mfa_webauthn_add")
    yusuf.wait_for_url(re.compile(r"/account/(profile|2fa/recovery)"))
    people.sign_out(yusuf)

    yusuf.goto("/account/login/")
    yusuf.click("#passkey_login")
    yusuf.wait_for_url(INSIDE)
    expect(yusuf.locator(".q-me-who")).to_contain_text("Yusuf")


def test_a_link_of_the_command_line_signs_in_once(window: Window, house: House, owner: people.Owner) -> None:
    said = re.search(r"http://\S+", house.command("people", "sign-in-link"))
    assert said is not None
    link = said.group()
    guest = window()
    guest.goto(link)
    expect(guest.locator("main, body").first).to_contain_text(owner.email)
    guest.locator("main form button[type=submit], form.q-link button[type=submit]").last.click()
    guest.wait_for_url(INSIDE)
    expect(guest.locator(".q-me-who")).to_contain_text(owner.email)

    again = window()
    answer = again.request.get(link)
    assert answer.status == 410
    again.goto("/")
    expect(again).to_have_url(re.compile(r"/account/login"))
