"""From which states a sender may go where. The statements that change a state take their condition from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

READY: Final = "ready"
RESTING: Final = "resting"
PAUSED: Final = "paused"
STOPPED: Final = "stopped"
NOT_CONNECTED: Final = "not_connected"

FROM: Final[Mapping[str, frozenset[str]]] = {
    RESTING: frozenset({READY, RESTING}),
    PAUSED: frozenset({READY, RESTING}),
    STOPPED: frozenset({READY, RESTING, PAUSED}),
    READY: frozenset({RESTING, PAUSED, STOPPED}),
    NOT_CONNECTED: frozenset({READY, RESTING, PAUSED, STOPPED}),
}
"""Target to the states it can be reached from. A rest only grows longer; what a person paused or what cannot send does not
become a rest; who cannot send is not merely paused."""

PERSON: Final = "person"
AUTO: Final = "auto"


def may(state: str, target: str) -> bool:
    """Whether a sender in ``state`` may become ``target``."""
    return state in FROM[target]
