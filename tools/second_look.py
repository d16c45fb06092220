"""Runs pytest, and what failed in the crowd once more by itself: ``python tools/second_look.py [pytest's arguments]``.

CI runs four tests at once on two cores that it does not own. What fails there is either broken, or could not bear the
crowd. Both are defects; only the first one is a reason to refuse a change. So a few failed tests run again, alone: one that
fails again decides, one that passes is named in the last lines, to be mended. More than a few are never looked at twice.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

MOST = 3
"""So many may fail in the crowd and are looked at again; a change that breaks something fails more, or fails again."""
FAILED = 1
"""pytest's own code for "some tests failed"; others (broken off, nothing found, wrong arguments) are passed on."""


def main(arguments: list[str]) -> int:
    """pytest's exit code, of the second look where there was one."""
    with tempfile.TemporaryDirectory() as folder:
        kept = ["-o", f"cache_dir={folder}"]
        first = _pytest([*kept, *arguments])
        if first != FAILED:
            return first
        failed = failed_tests(Path(folder))
    if not 0 < len(failed) <= MOST:
        return first
    say(f"\n== {len(failed)} failed among the others; once more, alone:")
    if again := _pytest(["-p", "no:cacheprovider", "-m", "", *failed]):
        return again
    say("\n== UNSTEADY, to be mended: failed among the others, passed alone:")
    for test in failed:
        say(f"   {test}")
    return 0


def failed_tests(cache: Path) -> list[str]:
    """What pytest kept in its cache as failed, as it takes them as arguments."""
    try:
        kept = json.loads((cache / "v" / "cache" / "lastfailed").read_text())
    except (OSError, ValueError):
        return []
    return sorted(kept)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _pytest(arguments: list[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
