"""A running contract on the page: paused, resumed, and its worker killed."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from tests.journeys.house import House

MANY = 1_200


def made(page: Page) -> tuple[int, int]:
    """(done, total) as the page says it."""
    words = page.locator(".q-eta").inner_text()
    done, total = re.findall(r"[\d,]+", words)[:2]
    return int(done.replace(",", "")), int(total.replace(",", ""))


def waiting(house: House, contract: str) -> int:
    """Messages that stand in the queue, by the API."""
    return int(house.api(f"contracts/{contract}/stats?limit=1")["states"]["queued"])


def goes_on(page: Page, beyond: int) -> None:
    """Waits until more messages are done than that, by what the page shows without being loaded anew."""
    page.wait_for_function(
        "most => Number((document.querySelector('.q-eta')?.textContent ?? '').match(/[\\d,]+/)?.[0].replaceAll(',', '')) > most",
        arg=beyond,
    )


def test_a_running_contract_is_paused_and_goes_on(page: Page, house: House) -> None:
    contract = house.contract("Pause me", [f"Text {n}" for n in range(MANY)], first=201_110_000_000)
    page.goto(f"/campaigns/{contract}")
    goes_on(page, 0)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".q-state")).to_contain_text("Paused")
    page.wait_for_function("() => !document.querySelector('.q-funnel')?.textContent.includes('in the air')")

    stood = waiting(house, contract)
    assert 0 < stood < MANY
    time.sleep(2)  # nothing may happen in this time, so there is no signal to wait for
    assert waiting(house, contract) == stood

    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".q-state")).to_contain_text("Running")
    expect(page.locator(".q-state")).to_contain_text("Finished")
    assert made(page) == (MANY, MANY)


def test_the_page_recovers_when_the_worker_is_killed(page: Page, house: House) -> None:
    contract = house.contract("Kill me", [f"Text {n}" for n in range(MANY)], first=201_120_000_000)
    page.goto(f"/campaigns/{contract}")
    goes_on(page, 0)
    killed = house.kill_worker()
    goes_on(page, made(page)[0] + MANY // 20)
    assert killed not in house.workers()
    expect(page.locator(".q-state")).to_contain_text("Finished")
    assert made(page) == (MANY, MANY)
    expect(page.locator("[data-live-stamp]")).not_to_have_class(re.compile("is-stale"))
