"""A whole house in a folder of its own, as a person starts it, and a real browser in front of it.

One house and one browser serve the whole run: each journey makes what it needs beside what the others made. Every window
fails its test at the end when the browser complained: a script's fault, or what the content policy had to stop.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, expect, sync_playwright

from tests import made_database
from tests.journeys.chromium import found
from tests.journeys.house import House, running
from tests.journeys.people import Owner, first_run

# The browser's own loop runs in this thread; the few looks at files here are no danger to it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

HERE = Path(__file__).parent
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_BROWSER = "There is no Chromium on this machine, so no journey was made. `make test-browser` installs one."
SLOWEST_ANSWER = 60_000.0
"""Milliseconds: for a machine that is busy with other things, not what a page takes."""

expect.set_options(timeout=SLOWEST_ANSWER)
Window = Callable[..., Page]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder needs a browser, which `make test` does not."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`qafila up --sandbox`, ready; on a database that was made before, for that takes longer than a journey."""
    folder = tmp_path_factory.mktemp("house")
    (folder / "data").mkdir()
    made_database.copy(made_database.cluster(), folder / "data" / "postgres")
    with running(folder) as one:
        yield one


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as found on the machine or installed by ``make test-browser``."""
    with sync_playwright() as play:
        program = found(play)
        if program is None:
            pytest.fail(NO_BROWSER, pytrace=False)
        one = play.chromium.launch(executable_path=program, args=list(FLAGS))
        yield one
        one.close()


@pytest.fixture(scope="session")
def owner(browser: Browser, house: House) -> Owner:
    """Who came by the first link and set everything up, signed in; the journey itself is looked at on the way."""
    context = browser.new_context(base_url=house.address, viewport=DESK)
    page = context.new_page()
    page.set_default_timeout(SLOWEST_ANSWER)
    complaints = _listen(page)
    one = first_run(page, house)
    context.close()
    assert complaints == []
    return one


@pytest.fixture
def window(browser: Browser, house: House) -> Iterator[Window]:
    """Opens windows on the house: ``window(state=…, **how)``, each in a profile of its own."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def opening(state: Any = None, size: dict[str, int] = DESK, **how: Any) -> Page:
        context = browser.new_context(
            base_url=house.address, viewport=size, storage_state=state, has_touch=size is PHONE, **how
        )
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(SLOWEST_ANSWER)
        page.set_default_navigation_timeout(SLOWEST_ANSWER)
        _listen(page, complaints)
        return page

    yield opening
    for context in opened:
        context.close()
    assert complaints == []


@pytest.fixture
def page(window: Window, owner: Owner) -> Page:
    """The owner's window, signed in, at a desk."""
    return window(state=owner.state)


def _listen(page: Page, complaints: list[str] | None = None) -> list[str]:
    said = [] if complaints is None else complaints

    def line(one: ConsoleMessage) -> None:
        # The browser notes each page that is refused; that a journey asked for it is not a fault. A lost file is.
        refused = "responded with a status of 4" in one.text and "/static/" not in one.location.get("url", "")
        if one.type == "error" and not refused:
            said.append(f"{page.url}: {one.text}")

    def dialog(one: Dialog) -> None:
        said.append(f"{page.url}: {one.message}")
        one.dismiss()

    page.on("console", line)
    page.on("pageerror", lambda fault: said.append(f"{page.url}: {fault}"))
    page.on("dialog", dialog)
    return said
