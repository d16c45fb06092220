"""Who of a package takes how much. Pure: weights and names in, shares out.

Numbers pull at their own pace, so a package of equal weights divides itself by what each may send. A lighter weight makes
a number use only a part of its own pace for the package, beside the heaviest number that may send now; when that one
stops, the others take up their whole pace by themselves.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Final

LONGEST_GAP_SECONDS: Final = 600.0
"""However light a number is: after so long it may take again."""
LEAST_HEALTH: Final = 0.25
"""However unwell a number is, it counts for so much of its weight: whether it may send at all is decided elsewhere."""
_SCALE: Final = float(2**64)


def effective_weight(weight: int, score: int | None) -> float:
    """A number's weight with its health: in quarters, so that small changes of a score change nothing.

    :param weight: 1 to 100, as a person set it.
    :param score: 0 to 100; None where too little is known of the number.
    """
    if score is None:
        return float(weight)
    return weight * max(LEAST_HEALTH, math.floor(score / 100 / LEAST_HEALTH + 0.5) * LEAST_HEALTH)


def gap_seconds(share: float, natural: float) -> float:
    """How long a number holds back from a package after it took of it.

    :param share: above 0, up to 1: its weight as a part of the heaviest one's.
    :param natural: seconds that its own pace asks for what it took.
    """
    if share >= 1.0:
        return 0.0
    return min(LONGEST_GAP_SECONDS, natural * (1.0 / max(share, 1e-6) - 1.0))


def chosen(person: int, weights: Sequence[tuple[int, float]]) -> int:
    """The number that writes to a person whom none of the package knows: the same one each time, and over many people as
    many for each as its weight (weighted rendezvous hashing). When one goes, only its people get another.

    :param person: row id of the contact.
    :param weights: (row id, weight above 0) of the numbers that may send.
    """
    return min(weights, key=lambda one: (_draw(person, one[0]) / one[1], one[0]))[0]


def _draw(person: int, number: int) -> float:
    """An exponential draw that is always the same for this pair."""
    digest = hashlib.blake2b(f"{person}:{number}".encode(), digest_size=8).digest()
    return -math.log((int.from_bytes(digest, "big") + 1.0) / (_SCALE + 1.0))
