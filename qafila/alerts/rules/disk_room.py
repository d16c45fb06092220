"""When a disk has too little room. It is said early, and not over again while the room swings around the bound."""

from __future__ import annotations

import enum
from typing import Final

LITTLE: Final = 2 << 30
"""Bytes: a million messages need about half of that."""
SHARE_OF_SMALL: Final = 10
"""Of a disk with less than ten times that a tenth is little."""


class Room(enum.Enum):
    """What the room on a disk calls for. Between little and enough nothing changes."""

    ENOUGH = "enough"
    BETWEEN = "between"
    LITTLE = "little"
    NEARLY_NONE = "nearly none"


def room(*, free: int, total: int) -> Room:
    """Judges a disk by its bytes: little below 2 GiB (or a tenth), nearly none below a quarter of that, enough again from
    one and a half of it on."""
    little = min(LITTLE, total // SHARE_OF_SMALL)
    if free < little // 4:
        return Room.NEARLY_NONE
    if free < little:
        return Room.LITTLE
    return Room.ENOUGH if free >= little * 3 // 2 else Room.BETWEEN
