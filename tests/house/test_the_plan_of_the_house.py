"""The plan itself: floors, foreign keys, sizes, and what must never be in a commit."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey

ROOT = Path(__file__).resolve().parents[2]
FLOORS = [
    {"cli"},
    {"project"},
    {"web", "api", "intake", "worker"},
    {"campaigns", "inbox"},
    {"dispatch", "receiving"},
    {"ledger"},
    {"contacts"},
    {"senders"},
    {"alerts"},
    {"events"},
    {"businesses"},
    {"wording"},
    {"providers"},
    {"kit"},
]
FLOOR_OF = {room: len(FLOORS) - place for place, rooms in enumerate(FLOORS) for room in rooms}


def test_imports_go_downward_only() -> None:
    outcome = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout[-3000:]


def test_every_room_has_a_floor() -> None:
    rooms = {path.name for path in (ROOT / "qafila").iterdir() if (path / "__init__.py").exists()}
    assert rooms == set(FLOOR_OF)


def test_foreign_keys_point_downward() -> None:
    upward = [
        f"{model._meta.label}.{key.name} -> {key.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in FLOOR_OF
        for key in model._meta.get_fields()
        if isinstance(key, ForeignKey)
        and key.related_model._meta.app_label in FLOOR_OF
        and FLOOR_OF[key.related_model._meta.app_label] > FLOOR_OF[model._meta.app_label]
    ]
    assert upward == []


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split("\n")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def test_no_python_file_grows_past_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in _tracked("qafila/*.py", "wa_sandbox/*.py")
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_no_function_grows_past_80_lines() -> None:
    long = []
    for path in _tracked("qafila/*.py", "wa_sandbox/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                length = node.end_lineno - node.lineno + 1
                if length > 80:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {length}")
    assert long == []


DELETED = {
    "qafila/senders/actions/listing.py: delete_number",
    "qafila/campaigns/actions/drafts.py: forget_old_drafts",
}
"""Where a row is locked because it is to be deleted."""


def test_a_locked_row_may_still_be_pointed_at() -> None:
    """Without ``no_key`` every new row with a foreign key to it waits as well, and what it waits for may wait for that one."""
    strict = set()
    for path in _tracked("qafila/*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                strict |= {
                    f"{path.relative_to(ROOT)}: {function.name}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "select_for_update"
                    and not any(one.arg == "no_key" for one in node.keywords)
                }
    assert strict == DELETED


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_files_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    assert "--hash=sha256:" in text


FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:work|root)/[\w.-]"),
    "a package registry": re.compile(
        "|".join(("registry" + r"\.npmjs", "py" + r"pi\.org", "files\\.python" + "hosted"))
    ),
    "a private key": re.compile("-----BEGIN " + "[A-Z ]*PRIVATE KEY"),
}


def test_nothing_unfit_is_committed() -> None:
    found = []
    for path in _tracked():
        if path.suffix in {".mo", ".png", ".woff2", ".gz"} or path == Path(__file__).resolve():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [
            f"{path.relative_to(ROOT)}: {what}" for what, pattern in FORBIDDEN.items() if pattern.search(text)
        ]
    assert found == []


def test_the_version_stands_in_one_place_and_in_the_changelog() -> None:
    from qafila import __version__

    assert __version__ in (ROOT / "CHANGELOG.md").read_text()
