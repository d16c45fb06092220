"""The checker of ``python -m bench windows``: a short run keeps every window, and it would notice if one were passed."""

from __future__ import annotations

import pytest

from bench.windows import human
from qafila.dispatch.rules import human_pace


def test_no_minute_and_no_day_is_passed_while_the_pace_changes() -> None:
    found = human(6000)
    assert found["overruns"] == 0 and found["sends"] == 6000


def test_the_checker_notices_a_lane_that_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(human_pace, "free_at", lambda policy, state, *, age_days, now: (now, ""))
    assert human(24_000)["overruns"] > 0
