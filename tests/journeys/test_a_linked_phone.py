"""A shop on a phone's screen: its own number over the Baileys gateway, linked, and a contract over it at a person's pace.

The gateway is the real one with the real library; WhatsApp's server is a mock on this machine, which cannot link phones: the
phone was there before, as after a restart of the gateway.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from chaos.gateway_process import TOKEN, GatewayHouse, why_not
from tests.journeys.conftest import PHONE, Window
from tests.journeys.house import House
from tests.journeys.people import Owner, confirm_if_asked

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
NAME = "Shop phone"
PEOPLE = ("Amira\t+12015550124", "בני\t+12015550125")
"""Two: a number that is new writes four messages a minute at most, and this one begins at a fifth of its limits."""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHouse]:
    """With the session ``main``."""
    with GatewayHouse(tmp_path) as found:
        yield found


def test_a_linked_phone_sends_a_contract_like_a_person(
    window: Window, owner: Owner, house: House, gateway: GatewayHouse
) -> None:
    page = window(state=owner.state, size=PHONE)
    page.goto("/senders/new/by?kind=baileys")
    expect(page.locator("main")).to_contain_text("breaks WhatsApp's terms")
    page.fill("#id_name", NAME)
    page.fill("#id_phone", "+12015550199")
    page.fill("#id_own_base_url", gateway.url)
    page.fill("#id_own_token", TOKEN)
    page.fill("#id_own_session", "main")
    page.check("#id_private_network")
    page.get_by_role("button", name="Add it and link the phone").click()
    confirm_if_asked(page)
    page.wait_for_url(re.compile(r"/link"))
    page.get_by_role("button", name="Show a QR code").click()
    page.wait_for_url(re.compile(r"/senders/[0-9a-f-]{36}$"))  # it closes itself
    expect(page.get_by_text(f"The phone is linked. {NAME} begins slowly.")).to_be_visible()

    page.goto("/campaigns/new/")
    page.fill("#pasted", "\n".join(("Name\tPhone", *PEOPLE)))
    page.get_by_role("button", name="Use these rows").click()
    page.wait_for_url(re.compile(r"/map$"))
    page.check("input[name=kind][value=text]")
    page.fill("#text", "Hello {{Name}}, your flowers are ready.")
    page.locator("label", has_text=NAME).get_by_role("radio").check()
    page.get_by_role("button", name="Check the rows").click()
    page.wait_for_url(re.compile(r"/check$"))
    page.get_by_role("link", name="Go on with 2 rows").click()
    expect(page.locator(".q-bubble")).to_contain_text("Hello Amira, your flowers are ready.")
    page.fill("#title", "By the phone")
    page.get_by_role("button", name="Send 2 messages now").click()
    page.wait_for_url(re.compile(r"/campaigns/contract_"))
    expect(page.locator(".q-state")).to_contain_text("Finished", timeout=300_000)

    contract = page.url.rsplit("/", 1)[-1].partition("?")[0]
    assert sorted(gateway.sent().values()) == [1, 1]
    sent = house.api(f"contracts/{contract}/stats")["successPhoneNumbers"]
    times = sorted(datetime.fromisoformat(row["sentAt"]) for row in sent)
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(times)]
    assert min(gaps) > 3.0, "random pauses of three seconds and more, and typing"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    # The house was given its port on the command line: the gateway was told that one.
    gateway.say("Thank you, said Amira", phone="12015550124")
    stored = "SELECT count(*) FROM receiving_rawwebhook WHERE convert_from(body, 'UTF8') LIKE '%Thank you, said Amira%'"
    deadline = time.monotonic() + 120
    while not re.search(r"^ +1$", house.command("dbshell", "-c", stored), re.MULTILINE):
        assert time.monotonic() < deadline, "what a person answers never came"
