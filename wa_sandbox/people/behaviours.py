"""How people behave: which behaviour a number has, and what happens to a message sent to it, and when.

A behaviour follows from the last two digits of the number, through a table of a hundred slots that can be
configured; delays are drawn from (seed, number, how many messages this person had before).
"""

import hashlib
import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

from wa_sandbox.checked import BadInput

# name → what such a person does, shown on the page and in README.md
BEHAVIOURS: Final[dict[str, str]] = {
    "reader": "sent, delivered, read within seconds",
    "slow": "sent at once, delivered after 10-60 s, read minutes later",
    "never_reads": "sent, delivered, never read (receipts off)",
    "replier": "reads, then answers with a text (up to five times)",
    "stopper": "reads the first message, then writes STOP in the language of the region",
    "blocker": "reads the first message, then blocks: later ones fail with 131026 (131049 for marketing)",
    "capped": "marketing templates outside a window fail with 131049; otherwise a reader",
    "open_chat": "has the chat open: sent, then read without delivered",
    "by_hand": "sent, delivered; everything else is done by hand: on the page or by admin calls",
    "absent": "not on WhatsApp: accepted, then failed with 131026",
    "absent_sync": "not on WhatsApp: refused at once with 131026",
}

DEFAULT_SLOTS: Final[dict[str, int]] = {
    "reader": 60,
    "slow": 12,
    "never_reads": 10,
    "replier": 8,
    "stopper": 2,
    "blocker": 1,
    "capped": 1,
    "open_chat": 3,
    "absent": 2,
    "absent_sync": 1,
}

REPLIES_AT_MOST: Final = 5

_SIX: Final = struct.Struct(">6I")


class Step(NamedTuple):
    """One thing that happens to a message: what, how many seconds after it was accepted, and a code if it failed."""

    what: str
    after: float
    code: int = 0


@dataclass(frozen=True, slots=True)
class Draws:
    """Six draws, the same for the same seed, person and message number."""

    values: tuple[int, ...]

    @classmethod
    def of(cls, seed: int, wa_id: str, nth: int) -> "Draws":
        """The draws for the nth message to a person."""
        digest = hashlib.blake2b(f"{seed}:{wa_id}:{nth}".encode(), digest_size=24).digest()
        return cls(_SIX.unpack(digest))

    def between(self, which: int, low: float, high: float) -> float:
        """The draw number `which`, stretched to [low, high)."""
        return low + self.values[which] / 2**32 * (high - low)


def slot_table(slots: dict[str, int]) -> list[str]:
    """A behaviour for each of the endings 00 to 99, in the order given. Raises BadInput unless they sum to 100."""
    unknown = [name for name in slots if name not in BEHAVIOURS]
    if unknown:
        raise BadInput(f"Unknown behaviour {unknown[0]!r}. Known: {', '.join(BEHAVIOURS)}.")
    if any(not isinstance(count, int) or count < 0 for count in slots.values()) or sum(slots.values()) != 100:
        raise BadInput(
            "The slots of people must be whole numbers that sum to 100 (one for each last two digits)."
        )
    return [name for name, count in slots.items() for _ in range(count)]


def behaviour_of(wa_id: str, table: list[str], overrides: dict[str, str]) -> str:
    """The behaviour of a number: set by hand, else by its last two digits."""
    return overrides.get(wa_id) or table[int(wa_id[-2:])]


def plan(
    behaviour: str, draws: Draws, *, nth: int, marketing: bool, in_window: bool, blocked: bool
) -> list[Step]:
    """What happens to a message that was accepted for a person, in order of time. Seconds at speed 1."""
    sent = draws.between(0, 0.05, 0.3)
    if blocked:
        return [Step("failed", sent + draws.between(1, 0.2, 1.0), 131049 if marketing else 131026)]
    if behaviour in ("absent", "absent_sync"):
        return [Step("failed", sent + draws.between(1, 0.2, 1.0), 131026)]
    if behaviour == "capped" and marketing and not in_window:
        return [Step("failed", sent + draws.between(1, 0.2, 1.0), 131049)]
    slow = behaviour == "slow"
    delivered = sent + (draws.between(1, 10.0, 60.0) if slow else draws.between(1, 0.2, 1.7))
    read = delivered + (draws.between(2, 60.0, 300.0) if slow else draws.between(2, 0.5, 6.0))
    steps = [Step("sent", sent)]
    if behaviour != "open_chat":
        steps.append(Step("delivered", delivered))
    if behaviour not in ("never_reads", "by_hand"):
        steps.append(Step("read", read))
    after_reading = read + draws.between(3, 1.0, 6.0)
    if behaviour == "replier" and nth <= REPLIES_AT_MOST:
        steps.append(Step("reply", after_reading))
    elif behaviour == "stopper" and nth == 1:
        steps.append(Step("stop", after_reading))
    elif behaviour == "blocker" and nth == 1:
        steps.append(Step("block", after_reading))
    return steps
