"""A whole house in a folder of its own, as a person starts it, and a real browser in front of it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
READY_WITHIN = 300.0
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


@dataclass
class House:
    """A running ``qafila up --sandbox``.

    :ivar address: of its pages. :ivar owner_link: makes the owner, once.
    """

    address: str
    owner_link: str


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Starts everything and waits until it says that it is ready."""
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent.owner() == tmp_path.owner() and parent != parent.parent and "pytest" in parent.name:
            parent.chmod(0o755)  # as root the database runs as another account, which has to pass through
    log = tmp_path / "house.log"
    command = [sys.executable, "-m", "qafila.cli", "up", "--sandbox", "--port", str(_free_port())]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
    environment |= {"QAFILA_DATA": str(tmp_path / "data"), "PYTHONUNBUFFERED": "1"}
    environment.pop("DATABASE_URL", None)
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            yield _ready(process, log)
        finally:
            process.terminate()
            process.wait(timeout=60)


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Chromium, as found on the machine or installed by ``make test-browser``."""
    with sync_playwright() as play:
        found = os.environ.get("QAFILA_CHROMIUM") or next(
            filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
        )
        own = play.chromium.executable_path
        if found is None and not Path(own).exists():
            pytest.fail(NO_BROWSER, pytrace=False)
        running = play.chromium.launch(executable_path=found or own, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    """A window on the house. What the browser complains about (policy, scripts) fails the test at its end."""
    context = browser.new_context(base_url=house.address, viewport={"width": 1280, "height": 900})
    window = context.new_page()
    window.set_default_timeout(60_000)
    complaints: list[str] = []
    window.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    window.on("pageerror", lambda fault: complaints.append(str(fault)))
    yield window
    context.close()
    assert complaints == []


def _ready(process: subprocess.Popen[bytes], log: Path) -> House:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        said = log.read_text(encoding="utf-8", errors="replace")
        link = re.search(r"(http://\S+?)/welcome/owner/\S+", said)
        if "Ready at " in said and link:
            return House(
                link.group(1), link.group()
            )  # its own name of the machine: a session belongs to a name
        if process.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail(f"the house did not become ready:\n{log.read_text(errors='replace')[-3000:]}", pytrace=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
