"""Promises 1 and 2 in small: ``kill -9`` at every point of a message's way out and at random, and two ledgers agree.

Full durability, real processes, the sandbox's own ledger. ``make chaos`` does the same in large.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qafila.kit.processes.parent_death import end_with_parent
from tests.worker.a_dozen_kills import AT_A_POINT, AT_RANDOM, SENDING

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {"ALLOWED_HOSTS": "localhost,127.0.0.1", "DEBUG": "false", "PUBLIC_URL": ""}
"""A developer's own ``.env`` must not decide how this ends."""

Trials = list[dict[str, Any]]


@pytest.fixture(scope="module")
def trials() -> Trials:
    """What came of each, the deaths at a point first."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.worker.a_dozen_kills"],
        cwd=ROOT,
        env={**os.environ, **SETTINGS},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=end_with_parent(signal.SIGKILL),
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_death_at_each_point(trials: Trials) -> None:
    at_a_point = trials[: len(SENDING)]
    assert [trial["point"] for trial in at_a_point] == list(SENDING)
    assert len(SENDING) == 9
    for trial in at_a_point:
        assert trial["died"], trial
        assert trial["good"], trial
        assert (trial["total"], trial["lost"], trial["duplicated"]) == (AT_A_POINT, 0, 0), trial


def test_deaths_at_random(trials: Trials) -> None:
    at_random = trials[len(SENDING) :]
    assert len(at_random) == 3
    for trial in at_random:
        assert trial["good"], trial
        assert (trial["total"], trial["lost"], trial["duplicated"]) == (AT_RANDOM, 0, 0), trial
    assert sum(trial["kills"] for trial in at_random) >= 3
