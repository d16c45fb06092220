"""``make wheel``: builds the wheel, installs it into an environment of its own, far from this folder, and runs its demo.

What a checkout has and the wheel forgot (a template, a statement, a translation, the example) is found only so.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = ROOT / ".venv/bin/uv"
QUIET = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


def main() -> int:
    """The demo's exit code: 0 when it ran and both ledgers agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qafila-wheel-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root the database runs as another account, which has to pass through
        _run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)])
        (wheel,) = folder.glob("qafila-*.whl")
        python = folder / "venv/bin/python"
        venv.create(folder / "venv", with_pip=not UV.exists())
        locked = ["--require-hashes", "-r", str(ROOT / "requirements.lock")]
        for what in (locked, ["--no-deps", str(wheel)]):
            _run([*_install(python), "-q", *what])
        demo = [str(folder / "venv/bin/qafila"), "demo", "--once", "--data", str(folder / "demo")]
        return subprocess.run(  # noqa: S603
            [*demo, "--recipients", str(options.recipients)], cwd=folder, env=_environment(), check=False
        ).returncode


def _install(python: Path) -> list[str]:
    if UV.exists():
        return [str(UV), "pip", "install", "--python", str(python)]
    return [str(python), "-m", "pip", "install"]


def _run(argv: list[str]) -> None:
    subprocess.run(argv, cwd=ROOT, env=_environment(), check=True)  # noqa: S603


def _environment() -> dict[str, str]:
    """Nothing that leads back to this folder."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return {**kept, **QUIET}


if __name__ == "__main__":
    raise SystemExit(main())
