"""Promise 32, a small part (``make fuzz`` is the whole): schemathesis finds no 5xx and no answer that is not described."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chaos import fuzz
from tests.intake.server import web_process

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.slow  # starts a server and a fuzzer: minutes on a busy machine; `make fuzz` is the long form
def test_every_example_and_some_random_calls_are_answered_as_described(dsn: str, tmp_path: Path) -> None:
    key, known = fuzz.furnish(datetime.now(UTC))
    with web_process(dsn, tmp_path / "web.log") as port:
        url = f"http://127.0.0.1:{port}"
        outcome = fuzz.run(url, key, tmp_path, examples=1, phases=("examples", "fuzzing"), known=known)
    assert outcome.requests > 20, outcome.output
    assert (outcome.server_errors, outcome.failures, outcome.exit_code) == (0, {}, 0), outcome.output
    assert outcome.statuses.get("200", 0) + outcome.statuses.get("201", 0) > 10, (
        "the good ways are walked, too"
    )
    assert "Traceback" not in (tmp_path / "web.log").read_text()
