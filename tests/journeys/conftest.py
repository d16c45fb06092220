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
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

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
SLOWEST_ANSWER = 15_000.0
"""Milliseconds: for a machine that is busy with other things, not what a page takes."""

Window = Callable[..., Page]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder needs a browser, which `make test` does not."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`qafila up --sandbox`, ready."""
    with running(tmp_path_factory.mktemp("house")) as one:
        yield one


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as found on the machine or installed by ``make test-browser``."""
    from tests.journeys.chromium import found

    with sync_playwright() as play:
        program = found() or (own if Path(own := play.chromium.executable_path).exists() else None)
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
    page.on("console", lambda line: said.append(f"{page.url}: {line.text}") if line.type == "error" else None)
    page.on("pageerror", lambda fault: said.append(f"{page.url}: {fault}"))
    page.on("dialog", lambda dialog: (said.append(f"{page.url}: {dialog.message}"), dialog.dismiss()))
    return said
