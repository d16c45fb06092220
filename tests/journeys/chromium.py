"""Where Chromium is. Run as a program it says so, or ends with 1: for ``make test-browser``."""

from __future__ import annotations

import os
import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def found() -> str | None:
    """The program of this machine; ``QAFILA_CHROMIUM`` names another one."""
    return os.environ.get("QAFILA_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


if __name__ == "__main__":
    program = found()
    sys.stdout.write(f"{program or ''}\n")
    sys.exit(program is None)
