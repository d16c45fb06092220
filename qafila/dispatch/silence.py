"""How a running lane finds out that nobody answers its calls."""

from __future__ import annotations

from typing import Any

from qafila.dispatch.calling import Ended
from qafila.dispatch.rules import silence as rules

CODE = "provider_silent"
"""Wording code of a rest because of it."""
_MARK = "silent"
"""In the lane's pace: how many such rests there were in a row."""


class Silence:
    """One a lane: counts calls without an answer. What it knows of earlier rests stands in the lane's pace."""

    def __init__(self) -> None:
        self._in_a_row = 0

    @staticmethod
    def probing(pace: dict[str, Any]) -> bool:
        """Whether the last rest was because of silence and nobody has answered since: one call at a time."""
        return bool(pace.get(_MARK))

    def heard(self, ended: Ended, pace: dict[str, Any]) -> float | None:
        """Notes how a call ended; the seconds to rest when that is due, else None."""
        if not ended.called:
            return None
        if not ended.silent:
            self._in_a_row = 0
            pace.pop(_MARK, None)
            return None
        self._in_a_row += 1
        if self._in_a_row < rules.IN_A_ROW and not self.probing(pace):
            return None
        times = int(pace.get(_MARK, 0)) + 1
        pace[_MARK] = times
        self._in_a_row = 0
        return rules.silent_rest_seconds(times)
