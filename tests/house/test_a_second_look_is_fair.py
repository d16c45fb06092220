"""`make check` looks at a few failed tests once more, alone; what is broken stays red, and nothing unsteady stays unsaid."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEADY = "def test_steady(): pass\n"
BROKEN = "def test_broken(): assert False\n"
UNSTEADY = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("case", ["a b@c[d]"])
def test_unsteady(case):
    seen = Path(__file__).with_name("seen")
    first = not seen.exists()
    seen.touch()
    assert not first
"""


def look(folder: Path, tests: str, *arguments: str) -> tuple[int, str]:
    """The exit code and what was printed, of tests in a folder of their own."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_some.py").write_text(tests)
    argv = [sys.executable, str(ROOT / "tools" / "second_look.py"), "-p", "no:django", *arguments]
    ran = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def test_all_is_well(tmp_path: Path) -> None:
    code, said = look(tmp_path, STEADY)
    assert (code, "UNSTEADY" in said, "alone" in said) == (0, False, False), said


@pytest.mark.parametrize("arguments", [(), ("-n", "2", "--dist", "loadgroup")])
def test_what_passes_alone_is_named(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, said = look(tmp_path, STEADY + UNSTEADY, *arguments)
    assert code == 0, said
    assert "test_some.py::test_unsteady[a b@c[d]]" in said.partition("UNSTEADY")[2]


def test_what_fails_twice_is_broken(tmp_path: Path) -> None:
    code, said = look(tmp_path, UNSTEADY + BROKEN)
    assert code == 1, said
    assert "UNSTEADY" not in said


def test_many_failures_are_no_accident(tmp_path: Path) -> None:
    broken = "".join(f"def test_{n}(): assert False\n" for n in range(4))
    code, said = look(tmp_path, broken + STEADY)
    assert (code, "once more" in said) == (1, False), said


def test_what_broke_off_is_not_looked_at_again(tmp_path: Path) -> None:
    code, said = look(tmp_path, "this is no Python\n")
    assert (code, "once more" in said) == (2, False), said
