"""``make test-gateway``: fetches the gateway's modules, runs its own tests, then our adapter against it.

Takes the system's Node if it is new enough, else installs one as a Python wheel into ``.venv``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from qafila.cli import node
from qafila.cli.node import Node

ROOT = Path(__file__).resolve().parents[1]
GATEWAY = ROOT / "gateways" / "baileys"
INSTALL = ("install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
TEST_SECONDS = 90


def main() -> int:
    """0 when everything passed."""
    found = node.find()
    if found is None or not found.npm:
        say(f"No Node.js {node.OLDEST} or later with npm here: taking {node.WHEEL}")
        run([sys.executable, "-m", "pip", "install", "-q", "--only-binary", ":all:", node.WHEEL])
        found = node.find()
    if found is None or not found.npm:
        say(f"The gateway's tests need Node.js {node.OLDEST} or later with npm, and there is none.")
        return 1
    say(f"Node.js {found.version}")
    if not is_fetched():
        say("Fetching the gateway's modules with npm")
        run([*found.npm, *INSTALL], cwd=GATEWAY)
    return own_tests(found) or adapter_tests()


def is_fetched() -> bool:
    """Whether every module stands there at the version of package.json."""
    package = json.loads((GATEWAY / "package.json").read_text())
    for name, version in {**package["dependencies"], **package["devDependencies"]}.items():
        try:
            there = json.loads((GATEWAY / "node_modules" / name / "package.json").read_text())
        except (OSError, ValueError):
            return False
        if there["version"] != version:
            return False
    return True


def own_tests(found: Node) -> int:
    """The gateway's: a scripted socket, then the real library against a mock of WhatsApp's server."""
    tests = sorted(str(path.relative_to(GATEWAY)) for path in (GATEWAY / "tests").glob("*.test.js"))
    argv = [
        str(found.program),
        "--test",
        "--test-reporter=spec",
        f"--test-timeout={TEST_SECONDS * 1000}",
        *tests,
    ]
    return subprocess.run(argv, cwd=GATEWAY, stdin=subprocess.DEVNULL, check=False).returncode  # noqa: S603


def adapter_tests() -> int:
    """Ours, marked ``gateway``."""
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "-m",
        "gateway",
        *("-n", "3", "--dist", "loadgroup"),
        "tests/providers/baileys",
        "tests/dispatch",
        "tests/cli",
    ]
    return subprocess.run(argv, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode  # noqa: S603


def run(argv: list[str], cwd: Path = ROOT) -> None:
    """Ends with the command's own words where it fails."""
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run(argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(done.returncode)


def say(line: str) -> None:
    """One line for a person."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
