"""From which states a sender may go where. The statements that change a state take their condition from here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
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
become a rest; who cannot send is not merely paused. One way more: the end of a pause, see :func:`after_resume`."""

PERSON: Final = "person"
AUTO: Final = "auto"


def may(state: str, target: str) -> bool:
    """Whether a sender in ``state`` may become ``target``."""
    return state in FROM[target]


def after_resume(state: str, rest_until: datetime | None, now: datetime) -> str:
    """What a sender in ``state`` becomes when it is resumed: ready, but a pause that ends before the rest it came over leads
    back to that rest. Nobody shortens a provider's limit by a pause.

    :param rest_until: when its rest ends.
    """
    return RESTING if state == PAUSED and rest_until is not None and rest_until > now else READY
