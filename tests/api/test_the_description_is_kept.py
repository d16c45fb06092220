"""Promise 32, a small part (``make fuzz`` is the whole): schemathesis finds no 5xx and no answer that is not described."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel

from chaos import fuzz
from chaos.fuzz_things import furnish
from qafila.api import shapes
from qafila.api.door import api
from tests.api.conftest import Caller
from tests.intake.server import web_process

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_two_shapes_have_one_name() -> None:
    """The description has one place for each name: of two shapes the second would stand for both."""
    modules = [
        importlib.import_module(f"{shapes.__name__}.{one.name}")
        for one in pkgutil.iter_modules(shapes.__path__)
    ]
    names = Counter(
        name
        for module in modules
        for name, one in vars(module).items()
        if isinstance(one, type) and issubclass(one, BaseModel) and one.__module__ == module.__name__
    )
    assert len(names) > 50, "the shapes are found"
    assert [name for name, count in names.items() if count > 1] == []


def test_the_fuzzer_has_an_id_for_every_path() -> None:
    things = furnish(datetime.now(UTC))
    call, seen = Caller(things.key), set()
    for path, methods in api.get_openapi_schema()["paths"].items():
        named = set(re.findall(r"{(\w+)}", path))
        seen |= named
        for ids in (things.known, things.spare):
            assert named <= set(ids), path
            if "get" in methods:
                answer = call.get(path.format(**ids))
                assert answer.status_code == 200 or not named, (path, answer.status_code)
    assert set(things.known) == set(things.spare) == seen


@pytest.mark.slow  # starts a server and a fuzzer: minutes on a busy machine; `make fuzz` is the long form
def test_every_example_and_some_random_calls_are_answered_as_described(dsn: str, tmp_path: Path) -> None:
    things = furnish(datetime.now(UTC))
    with web_process(dsn, tmp_path / "web.log") as port:
        url = f"http://127.0.0.1:{port}"
        outcome = fuzz.run(url, things, tmp_path, examples=1, phases=("examples", "fuzzing"))
    assert outcome.requests > 20, outcome.output
    assert (outcome.server_errors, outcome.failures, outcome.exit_code) == (0, {}, 0), outcome.output
    assert outcome.statuses.get("200", 0) + outcome.statuses.get("201", 0) > 10, (
        "the good ways are walked, too"
    )
    assert "Traceback" not in (tmp_path / "web.log").read_text()
