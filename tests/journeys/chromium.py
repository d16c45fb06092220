"""Where Chromium is. Run as a program it says so, or ends with 1: for ``make test-browser``."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def found(play: Playwright) -> str | None:
    """The program of this machine, or Playwright's own download; ``QAFILA_CHROMIUM`` names another one."""
    named = os.environ.get("QAFILA_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    own = play.chromium.executable_path
    return named or (own if Path(own).exists() else None)


if __name__ == "__main__":
    with sync_playwright() as one:
        program = found(one)
    sys.stdout.write(f"{program or ''}\n")
    sys.exit(program is None)
